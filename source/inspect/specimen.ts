// What is dissected: the bytes of one message or handshake, and what is known of it beside them.
import type { Geometry } from '../protocol/geometry.ts'
import type { SafeText } from '../protocol/safe-text.ts'
import type { Direction } from './tap.ts'

/** One message or handshake as it was on the wire. */
export type Specimen = {
	readonly type: 'message' | 'handshake'
	readonly direction: Direction
	/** From its first byte, length prefix included; of a `piece` the head is enough. */
	readonly bytes: Uint8Array
	/** Bytes that it had on the wire; more than `bytes` where not all were kept. */
	readonly totalBytes: number
	/** Of the torrent, where it is known: what piece and block numbers mean. */
	readonly geometry?: Geometry | undefined
	/** The extension that the id of an extended message stands for, where it is known. */
	readonly extension?: SafeText | undefined
}
