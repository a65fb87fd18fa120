// The handshake: BEP 3, reserved bits of BEP 4, 5 (dht), 6 (fast), 10 (extended) and 52 (v2). 68 bytes: 19,
// the protocol's name, 8 reserved bytes, info hash, peer id. The peer id may come later than the rest.

import { utf8 } from './bytes.ts'
import { ProtocolError } from './errors.ts'
import { type InfoHash, type PeerId, toInfoHash, toPeerId } from './ids.ts'

/** Length of the whole handshake in bytes. */
export const handshakeBytes = 68
/** Length of the part that ends with the info hash: enough to know which torrent is meant. */
export const handshakeHeadBytes = 48

/** What one side can do, as its reserved bits say; both sides must for it to count. */
export type HandshakeFlags = {
	readonly extended: boolean
	readonly dht: boolean
	readonly fast: boolean
	readonly v2: boolean
}

/** What is known after 48 bytes. `reserved` keeps the bits that we know nothing of. */
export type HandshakeHead = {
	readonly reserved: Uint8Array
	readonly flags: HandshakeFlags
	readonly infoHash: InfoHash
}

export type Handshake = HandshakeHead & { readonly peerId: PeerId }

/** What every handshake begins with: 19 and the protocol's name. */
export const handshakePreamble = Uint8Array.of(19, ...utf8('BitTorrent protocol'))
const reservedAt = handshakePreamble.length
const infoHashAt = reservedAt + 8

/** The 68 bytes of our side. */
export function encodeHandshake(handshake: {
	readonly flags: HandshakeFlags
	readonly infoHash: InfoHash
	readonly peerId: PeerId
}): Uint8Array {
	const bytes = new Uint8Array(handshakeBytes)
	bytes.set(handshakePreamble)
	bytes.set(encodeFlags(handshake.flags), reservedAt)
	bytes.set(handshake.infoHash, infoHashAt)
	bytes.set(handshake.peerId, handshakeHeadBytes)
	return bytes
}

/** A whole handshake. Throws a ProtocolError `handshake-length` or `handshake-protocol`. */
export function parseHandshake(bytes: Uint8Array): Handshake {
	if (bytes.length !== handshakeBytes) {
		throw new ProtocolError('handshake-length', `expected ${handshakeBytes} bytes, got ${bytes.length}`)
	}
	checkPreamble(bytes, bytes.length)
	return { ...parseHead(bytes), peerId: toPeerId(bytes.slice(handshakeHeadBytes)) }
}

/** The reserved bytes for these flags; all other bits are zero. */
export function encodeFlags(flags: HandshakeFlags): Uint8Array {
	const reserved = new Uint8Array(8)
	reserved[5] = flags.extended ? 0x10 : 0
	reserved[7] = (flags.dht ? 0x01 : 0) | (flags.fast ? 0x04 : 0) | (flags.v2 ? 0x10 : 0)
	return reserved
}

/** The flags in 8 reserved bytes; bits that we do not know are ignored. */
export function decodeFlags(reserved: Uint8Array): HandshakeFlags {
	const [fifth = 0, , seventh = 0] = reserved.subarray(5)
	return {
		extended: (fifth & 0x10) !== 0,
		dht: (seventh & 0x01) !== 0,
		fast: (seventh & 0x04) !== 0,
		v2: (seventh & 0x10) !== 0,
	}
}

/** What both sides can do. */
export function commonFlags(ours: HandshakeFlags, theirs: HandshakeFlags): HandshakeFlags {
	return {
		extended: ours.extended && theirs.extended,
		dht: ours.dht && theirs.dht,
		fast: ours.fast && theirs.fast,
		v2: ours.v2 && theirs.v2,
	}
}

/**
 * Takes a handshake in pieces of any size. An accepted connection is answered as soon as `head` is known;
 * what follows the 68th byte is handed back by push() and belongs to the message stream.
 */
export class HandshakeReader {
	readonly #bytes = new Uint8Array(handshakeBytes)
	#length = 0
	#head: HandshakeHead | undefined
	#handshake: Handshake | undefined

	/** Reserved bits and info hash, from the 48th byte on. */
	get head(): HandshakeHead | undefined {
		return this.#head
	}

	/** The whole handshake, from the 68th byte on. */
	get handshake(): Handshake | undefined {
		return this.#handshake
	}

	/**
	 * Takes what it needs and returns the rest, a view into `bytes` (all of it once the handshake is whole).
	 * Throws a ProtocolError `handshake-protocol` at the first byte that is not the protocol's name.
	 */
	push(bytes: Uint8Array): Uint8Array {
		const taken = Math.min(bytes.length, handshakeBytes - this.#length)
		this.#bytes.set(bytes.subarray(0, taken), this.#length)
		this.#length += taken
		checkPreamble(this.#bytes, this.#length)
		if (this.#length >= handshakeHeadBytes) this.#head ??= parseHead(this.#bytes)
		if (this.#length === handshakeBytes) this.#handshake ??= parseHandshake(this.#bytes)
		return bytes.subarray(taken)
	}
}

function checkPreamble(bytes: Uint8Array, length: number): void {
	for (let at = 0; at < length && at < handshakePreamble.length; at += 1) {
		if (bytes[at] !== handshakePreamble[at]) {
			throw new ProtocolError('handshake-protocol', 'expected the name of the BitTorrent protocol', {
				offset: at,
			})
		}
	}
}

function parseHead(bytes: Uint8Array): HandshakeHead {
	const reserved = bytes.slice(reservedAt, infoHashAt)
	return {
		reserved,
		flags: decodeFlags(reserved),
		infoHash: toInfoHash(bytes.slice(infoHashAt, handshakeHeadBytes)),
	}
}
