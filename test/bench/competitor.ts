// A client in the benchmark: what the interop tests can command, and what it can take part in.
import type { Client } from '../interop/clients/client.ts'

export interface Competitor extends Client {
	readonly limits?: {
		/** false: it only downloads. */
		readonly seeds?: boolean
		/** The most peers that it can take a torrent from. */
		readonly peers?: number
	}
	/** Fetches the program when the benchmark asks for it; throws when it cannot be had. */
	readonly install?: () => void
}
