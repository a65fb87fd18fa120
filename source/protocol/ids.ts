// The small values everything is named by. A branded type is made by its checked constructor only, so a
// number that came off the wire cannot be used as an index before somebody has looked at it.

declare const brand: unique symbol
type Brand<Base, Name extends string> = Base & { readonly [brand]: Name }

/** SHA-1 over the original bytes of the info dictionary, 20 bytes (BEP 3). */
export type InfoHash = Brand<Uint8Array, 'InfoHash'>
/** 20 bytes by which a client names itself (BEP 3). */
export type PeerId = Brand<Uint8Array, 'PeerId'>
/** 20 bytes: a place in the DHT, of a node or of an info hash (BEP 5). */
export type NodeId = Brand<Uint8Array, 'NodeId'>
/** Index of a piece of this torrent: 0 ≤ index < piece count. */
export type PieceIndex = Brand<number, 'PieceIndex'>
/** Offset of a block in its piece, in bytes: a multiple of the block size. */
export type BlockOffset = Brand<number, 'BlockOffset'>
/** Number of a connection, unique for the life of a torrent and never used again. */
export type PeerNumber = Brand<number, 'PeerNumber'>
/** Number of a tracker of this torrent; the core knows trackers by number alone. */
export type TrackerNumber = Brand<number, 'TrackerNumber'>

/** Throws a RangeError unless `bytes` holds 20 bytes. */
export function toInfoHash(bytes: Uint8Array): InfoHash {
	return checkLength(bytes, 'an info hash') as InfoHash
}

/** Throws a RangeError unless `bytes` holds 20 bytes. */
export function toPeerId(bytes: Uint8Array): PeerId {
	return checkLength(bytes, 'a peer id') as PeerId
}

/** Throws a RangeError unless `bytes` holds 20 bytes. */
export function toNodeId(bytes: Uint8Array): NodeId {
	return checkLength(bytes, 'a node id') as NodeId
}

/** Throws a RangeError unless `index` is an integer with 0 ≤ index < pieceCount. */
export function toPieceIndex(index: number, pieceCount: number): PieceIndex {
	if (!isPieceIndex(index, pieceCount)) {
		throw new RangeError(`expected a piece below ${pieceCount}, got ${index}`)
	}
	return index
}

/** Whether `index` names a piece of a torrent of `pieceCount` pieces. */
export function isPieceIndex(index: number, pieceCount: number): index is PieceIndex {
	return Number.isInteger(index) && index >= 0 && index < pieceCount
}

/** Throws a RangeError unless `offset` is a non-negative integer. */
export function toBlockOffset(offset: number): BlockOffset {
	return checkCount(offset, 'block offset') as BlockOffset
}

/** Throws a RangeError unless `number` is a non-negative integer. */
export function toPeerNumber(number: number): PeerNumber {
	return checkCount(number, 'peer number') as PeerNumber
}

/** Throws a RangeError unless `number` is a non-negative integer. */
export function toTrackerNumber(number: number): TrackerNumber {
	return checkCount(number, 'tracker number') as TrackerNumber
}

function checkLength(bytes: Uint8Array, what: string): Uint8Array {
	if (bytes.length !== 20) throw new RangeError(`expected ${what} of 20 bytes, got ${bytes.length}`)
	return bytes
}

function checkCount(value: number, what: string): number {
	if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`expected a ${what}, got ${value}`)
	return value
}
