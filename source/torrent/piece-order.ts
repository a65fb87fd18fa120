// The pieces that may be opened (missing, wanted, not open yet), filed by how many peers have them: one array a
// number of copies, so filing and moving a piece is O(1). A search looks at a bounded number of pieces; only
// for a peer with hardly any of them does it go through bitfields, eight pieces a step, from where it last
// stopped. Invariant: `filed` has exactly the pieces that are in a bucket.
import { type Bitfield, clearPiece, createBitfield, hasPiece, setPiece } from '../protocol/bitfield.ts'
import { type RandomState, randomBelow } from './random.ts'

export type PieceOrder = {
	/** Pieces by the copies that peers other than seeds have. */
	readonly buckets: number[][]
	/** Place of a piece in its bucket. */
	readonly positions: Uint32Array
	readonly bucketOf: Uint16Array
	readonly filed: Bitfield
	/** No bucket below holds a piece. */
	lowestBucket: number
	/** No byte of `filed` below has a bit. */
	lowestByte: number
	/** Pieces and bytes of bitfields looked at so far: what the searches cost. */
	visits: number
}

/** What a peer has, chance, and where the search through bitfields goes on. */
export type PieceSearch = {
	readonly have: Bitfield
	readonly random: RandomState
	readonly position: ScanPosition
}
type ScanPosition = { scanByte: number }

const probesPerBucket = 32
const probesInAll = 128
const candidatesOfScan = 16
const stepsForCandidates = 64

/** No piece is filed. */
export function createPieceOrder(pieceCount: number): PieceOrder {
	return {
		buckets: [],
		positions: new Uint32Array(pieceCount),
		bucketOf: new Uint16Array(pieceCount),
		filed: createBitfield(pieceCount),
		lowestBucket: 0,
		lowestByte: 0,
		visits: 0,
	}
}

/** Files a piece that is not filed. */
export function filePiece(order: PieceOrder, piece: number, copies: number): void {
	setPiece(order.filed, piece)
	put(order, piece, copies)
	order.lowestByte = Math.min(order.lowestByte, piece >>> 3)
}

/** Takes a filed piece out. */
export function unfilePiece(order: PieceOrder, piece: number): void {
	clearPiece(order.filed, piece)
	take(order, piece)
}

/** Moves the piece, if it is filed, to where its copies belong. */
export function refilePiece(order: PieceOrder, piece: number, copies: number): void {
	if (!hasPiece(order.filed, piece) || order.bucketOf[piece] === copies) return
	take(order, piece)
	put(order, piece, copies)
}

/** Filed pieces that no peer but seeds has. */
export function countWithoutCopies(order: PieceOrder): number {
	return order.buckets[0]?.length ?? 0
}

/** One of the rarest filed pieces in `have`, by lot among equals; undefined when there is none. */
export function findRarest(order: PieceOrder, { have, random, position }: PieceSearch): number | undefined {
	const { buckets } = order
	while (order.lowestBucket < buckets.length && buckets[order.lowestBucket]?.length === 0) {
		order.lowestBucket += 1
	}
	const stopAt = order.visits + probesInAll
	for (let copies = order.lowestBucket; copies < buckets.length && order.visits < stopAt; copies += 1) {
		const piece = probe(order, copies, have, random)
		if (piece !== undefined) return piece
	}
	return scan(order, have, position)
}

/** One of the most common filed pieces in `have`, for peers that would hold up a rare one. */
export function findCommonest(
	order: PieceOrder,
	{ have, random, position }: PieceSearch,
): number | undefined {
	const stopAt = order.visits + probesInAll
	for (let copies = order.buckets.length - 1; copies >= 0 && order.visits < stopAt; copies -= 1) {
		const piece = probe(order, copies, have, random)
		if (piece !== undefined) return piece
	}
	return scan(order, have, position)
}

/** Any filed piece in `have`, by lot. */
export function findRandom(order: PieceOrder, { have, random, position }: PieceSearch): number | undefined {
	if (order.filed.count === 0) return undefined
	for (let tries = 0; tries < probesPerBucket; tries += 1) {
		order.visits += 1
		const piece = nthFiled(order, randomBelow(random, order.filed.count))
		if (piece !== undefined && hasPiece(have, piece)) return piece
	}
	position.scanByte = randomBelow(random, order.filed.bytes.length)
	return scan(order, have, position)
}

/** The first filed piece in `have`. */
export function findFirst(order: PieceOrder, have: Bitfield): number | undefined {
	const filed = order.filed.bytes
	while (order.lowestByte < filed.length && filed[order.lowestByte] === 0) {
		order.lowestByte += 1
		order.visits += 1
	}
	for (let at = order.lowestByte; at < filed.length; at += 1) {
		order.visits += 1
		const both = (filed[at] ?? 0) & (have.bytes[at] ?? 0)
		if (both !== 0) return at * 8 + Math.clz32(both) - 24
	}
	return undefined
}

function put(order: PieceOrder, piece: number, copies: number): void {
	while (order.buckets.length <= copies) order.buckets.push([])
	const bucket = order.buckets[copies]
	if (bucket === undefined) return
	order.bucketOf[piece] = copies
	order.positions[piece] = bucket.length
	bucket.push(piece)
	if (copies < order.lowestBucket) order.lowestBucket = copies
}

function take(order: PieceOrder, piece: number): void {
	const bucket = order.buckets[order.bucketOf[piece] ?? 0]
	const last = bucket?.pop()
	if (bucket === undefined || last === undefined || last === piece) return
	const position = order.positions[piece] ?? 0
	bucket[position] = last
	order.positions[last] = position
}

function nthFiled(order: PieceOrder, n: number): number | undefined {
	let rest = n
	for (const bucket of order.buckets) {
		if (rest < bucket.length) return bucket[rest]
		rest -= bucket.length
	}
	return undefined
}

function probe(order: PieceOrder, copies: number, have: Bitfield, random: RandomState): number | undefined {
	const bucket = order.buckets[copies]
	if (bucket === undefined || bucket.length === 0) return undefined
	const size = bucket.length
	const isSmall = size <= probesPerBucket
	const start = isSmall ? randomBelow(random, size) : 0
	// A small bucket is searched whole; in a large one neighbours may be alike, so each probe is by lot.
	for (let tries = 0; tries < size && tries < probesPerBucket; tries += 1) {
		order.visits += 1
		const piece = bucket[isSmall ? (start + tries) % size : randomBelow(random, size)]
		if (piece !== undefined && hasPiece(have, piece)) return piece
	}
	return undefined
}

function scan(order: PieceOrder, have: Bitfield, position: ScanPosition): number | undefined {
	const filed = order.filed.bytes
	let found: number | undefined
	let candidates = 0
	let at = position.scanByte < filed.length ? position.scanByte : 0
	let steps = filed.length
	while (steps > 0 && candidates < candidatesOfScan) {
		steps -= 1
		order.visits += 1
		let both = (filed[at] ?? 0) & (have.bytes[at] ?? 0)
		if (both !== 0 && candidates === 0) {
			position.scanByte = at
			steps = Math.min(steps, stepsForCandidates)
		}
		while (both !== 0) {
			const bit = Math.clz32(both) - 24
			both &= ~(0x80 >>> bit)
			const piece = at * 8 + bit
			if (found === undefined || copiesOf(order, piece) < copiesOf(order, found)) found = piece
			candidates += 1
		}
		at = at + 1 < filed.length ? at + 1 : 0
	}
	return found
}

function copiesOf(order: PieceOrder, piece: number): number {
	return order.bucketOf[piece] ?? 0
}
