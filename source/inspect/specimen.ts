// What is dissected: the bytes of one message, handshake, datagram or HTTP message, and what is known of it beside them.
import type { Geometry } from '../protocol/geometry.ts'
import type { SafeText } from '../protocol/safe-text.ts'
import type { Direction, EncryptionStep } from './tap.ts'

/** One message as it was on the wire. */
export type Specimen = {
	readonly type: 'message' | 'handshake' | 'encryption' | 'krpc' | 'lsd' | 'udpTracker' | 'http'
	readonly direction: Direction
	/** From its first byte, length prefix included; of a `piece` the head is enough. */
	readonly bytes: Uint8Array
	/** Bytes that it had on the wire; more than `bytes` where not all were kept. */
	readonly totalBytes: number
	/** Of the torrent, where it is known: what piece and block numbers mean. */
	readonly geometry?: Geometry | undefined
	/** The extension that the id of an extended message stands for, where it is known. */
	readonly extension?: SafeText | undefined
	/** The address that a datagram came from or went to: its family decides how long addresses in it are. */
	readonly host?: string | undefined
	/** KRPC: the method that a response or an error answers. */
	readonly answers?: SafeText | undefined
	/** KRPC: what was asked about, 40 hexadecimal digits. */
	readonly target?: string | undefined
	/** Which flight of the encrypted handshake it is. */
	readonly step?: EncryptionStep | undefined
	/** Bytes of the first pad in front of it. */
	readonly padBytes?: number | undefined
}
