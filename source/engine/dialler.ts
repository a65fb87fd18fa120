// Dials of one torrent that are under way: each ends in a connection, in a failure, or because nobody wants it any more.
import type { PeerNumber } from '../protocol/ids.ts'
import type { Effect } from '../torrent/boundary.ts'
import type { Connection, ConnectionHandler, Environment } from './environment.ts'

/** Until a dial is given up, in ms of the engine's clock. */
const dialTimeoutMs = 10_000

export type DiallerOptions = {
	readonly environment: Pick<Environment, 'clock' | 'transport'>
	readonly bind: string | undefined
	/** Takes a connection that stands. */
	readonly onConnection: (peer: PeerNumber, connection: Connection, encrypted: boolean) => ConnectionHandler
	/** `error` is the system's code. */
	readonly onFailed: (peer: PeerNumber, error: string) => void
}

export class Dialler {
	readonly #options: DiallerOptions
	readonly #dials = new Map<PeerNumber, AbortController>()

	constructor(options: DiallerOptions) {
		this.#options = options
	}

	/** Resolves when the dial has ended, whichever way. */
	async dial({ peer, address, encrypted }: Effect & { type: 'Dial' }): Promise<void> {
		const { environment, bind, onConnection, onFailed } = this.#options
		const abort = new AbortController()
		this.#dials.set(peer, abort)
		const dialled = await environment.transport.dial(
			{ address, bind, timeoutMs: dialTimeoutMs / environment.clock.speed, signal: abort.signal },
			connection => onConnection(peer, connection, encrypted === true),
		)
		if (dialled.ok || abort.signal.aborted) return
		this.#dials.delete(peer)
		onFailed(peer, dialled.code)
	}

	/** The dial is not wanted any more, where it is still one. */
	abort(peer: PeerNumber): void {
		this.#dials.get(peer)?.abort()
		this.#dials.delete(peer)
	}

	/** It has become a connection that speaks for itself. */
	forget(peer: PeerNumber): void {
		this.#dials.delete(peer)
	}

	abortAll(): void {
		for (const dial of this.#dials.values()) dial.abort()
	}
}
