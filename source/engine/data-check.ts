// The check of data on disk: reads in steps of at most 1 MiB, hashes one step while the next is being read, and
// waits for the disk at each, so that the loop turns (S6). Pieces that are a hole in their file are not hashed
// one by one.
import { type Bitfield, createBitfield, forEachPiece, setPiece } from '../protocol/bitfield.ts'
import { equalBytes } from '../protocol/bytes.ts'
import { type Geometry, pieceBytes, pieceOffset } from '../protocol/geometry.ts'
import type { PieceIndex } from '../protocol/ids.ts'
import type { Hasher, IncrementalHash, Outcome, WorldFailure } from './environment.ts'
import type { FileStorage } from './file-storage.ts'
import { unlessAborted } from './unless-aborted.ts'

export type DataCheck = {
	readonly hasher: Hasher
	readonly files: FileStorage
	readonly pieces: Bitfield
	/** 20 bytes a piece. */
	readonly pieceHashes: Uint8Array
	readonly signal: AbortSignal
	readonly onProgress: (fraction: number) => void
	/** Called for each failure that is not just data that is missing: EIO of the disk, EACCES … */
	readonly onUnreadable?: (failure: WorldFailure) => void
}

/**
 * A read: whole pieces one after the other (`count`), a part of a piece that is larger than a step, or the
 * start of a piece that seems to be a hole.
 */
type Step = {
	readonly kind: 'pieces' | 'part' | 'hole'
	readonly piece: number
	readonly count: number
	readonly from: number
	readonly length: number
}

type CheckState = {
	readonly check: DataCheck
	readonly geometry: Geometry
	readonly found: Bitfield
	/** The hash of a large piece as far as its parts were read; undefined once one of them failed. */
	running: { readonly piece: number; readonly hash: IncrementalHash } | undefined
	/** Digests of so many zeros. */
	readonly zeroHashes: Map<number, Uint8Array>
	checkedPieces: number
}

const stepBytes = 1 << 20
const holeProbeBytes = 4096
/** So many zeros are hashed in one go, once. */
const holeLimitBytes = 16 << 20

/**
 * The pieces among `check.pieces` that are on disk and right. Rejects with the signal's reason when aborted, at
 * once even where a read does not come to its end.
 */
export async function checkPieces(check: DataCheck): Promise<Bitfield> {
	const { geometry } = check.files.layout
	const found = createBitfield(geometry.pieceCount)
	const state: CheckState = {
		check,
		geometry,
		found,
		running: undefined,
		zeroHashes: new Map(),
		checkedPieces: 0,
	}
	let [buffer, spare] = [new Uint8Array(stepBytes), new Uint8Array(stepBytes)]
	let before: (() => Promise<void>) | undefined
	for (const step of stepsOf(check)) {
		check.signal.throwIfAborted()
		const bytes = buffer.subarray(0, step.length)
		const reading = check.files.read(pieceOffset(geometry, step.piece) + step.from, bytes)
		await before?.()
		before = async () => judge(state, step, { bytes, outcome: await unlessAborted(check.signal, reading) })
		;[buffer, spare] = [spare, buffer]
	}
	await before?.()
	check.signal.throwIfAborted()
	check.onProgress(1)
	return found
}

/** What to read, in order; consecutive small pieces share a step. */
function* stepsOf({ files, pieces }: DataCheck): Generator<Step, void, undefined> {
	const { geometry } = files.layout
	const wanted: PieceIndex[] = []
	forEachPiece(pieces, piece => wanted.push(piece))
	let pending: Step | undefined
	for (const piece of wanted) {
		const bytes = pieceBytes(geometry, piece)
		const isHole = bytes <= holeLimitBytes && files.isHole(pieceOffset(geometry, piece), bytes)
		if (!isHole && pending?.piece === piece - (pending?.count ?? 0) && pending.length + bytes <= stepBytes) {
			pending = { ...pending, count: pending.count + 1, length: pending.length + bytes }
			continue
		}
		if (pending !== undefined) yield pending
		pending = undefined
		if (isHole) {
			yield { kind: 'hole', piece, count: 1, from: 0, length: Math.min(holeProbeBytes, bytes) }
		} else if (bytes <= stepBytes) {
			pending = { kind: 'pieces', piece, count: 1, from: 0, length: bytes }
		} else yield* partsOf(piece, bytes)
	}
	if (pending !== undefined) yield pending
}

function* partsOf(piece: number, bytes: number): Generator<Step, void, undefined> {
	for (let from = 0; from < bytes; from += stepBytes) {
		yield { kind: 'part', piece, count: 1, from, length: Math.min(stepBytes, bytes - from) }
	}
}

async function judge(
	state: CheckState,
	step: Step,
	{ bytes, outcome }: { readonly bytes: Uint8Array; readonly outcome: Outcome<undefined> },
): Promise<void> {
	if (!outcome.ok) await judgeFailure(state, step, outcome)
	else if (step.kind === 'pieces') judgePieces(state, step, bytes)
	else if (step.kind === 'part') judgePart(state, step, bytes)
	else await judgeHole(state, step, bytes)
	if (step.from + step.length < pieceBytes(state.geometry, step.piece) && step.kind === 'part') return
	state.checkedPieces += step.count
	state.check.onProgress(state.checkedPieces / Math.max(1, state.check.pieces.count))
}

function judgePieces(state: CheckState, step: Step, bytes: Uint8Array): void {
	let at = 0
	for (let piece = step.piece; piece < step.piece + step.count; piece += 1) {
		const length = pieceBytes(state.geometry, piece)
		accept(state, piece, state.check.hasher.sha1(bytes.subarray(at, at + length)))
		at += length
	}
}

function judgePart(state: CheckState, step: Step, bytes: Uint8Array): void {
	if (step.from === 0) state.running = { piece: step.piece, hash: state.check.hasher.startSha1() }
	if (state.running?.piece !== step.piece) return
	state.running.hash.update(bytes)
	if (step.from + step.length === pieceBytes(state.geometry, step.piece)) {
		accept(state, step.piece, state.running.hash.digest())
	}
}

/** Not every file system tells the truth about holes: the start of the piece has to be zeros as well. */
async function judgeHole(state: CheckState, step: Step, probe: Uint8Array): Promise<void> {
	const length = pieceBytes(state.geometry, step.piece)
	if (probe.every(byte => byte === 0)) accept(state, step.piece, zeroHash(state, length))
	else await judgeAlone(state, step.piece)
}

/** One bad file spoils a step of several pieces: each is looked at alone. */
async function judgeFailure(state: CheckState, step: Step, failure: WorldFailure): Promise<void> {
	state.running = undefined
	if (step.count === 1) {
		report(state, failure)
		return
	}
	for (let piece = step.piece; piece < step.piece + step.count; piece += 1) await judgeAlone(state, piece)
}

/** Data that is just not there is nothing to speak of. */
function report(state: CheckState, failure: WorldFailure): void {
	if (failure.code !== 'ENOENT') state.check.onUnreadable?.(failure)
}

async function judgeAlone(state: CheckState, piece: number): Promise<void> {
	const { hasher, files, signal } = state.check
	const hash = hasher.startSha1()
	for (const { from, length } of partsOf(piece, pieceBytes(state.geometry, piece))) {
		const bytes = new Uint8Array(length)
		const reading = files.read(pieceOffset(state.geometry, piece) + from, bytes)
		const outcome = await unlessAborted(signal, reading)
		if (!outcome.ok) {
			report(state, outcome)
			return
		}
		hash.update(bytes)
	}
	accept(state, piece, hash.digest())
}

function accept(state: CheckState, piece: number, digest: Uint8Array): void {
	const expected = state.check.pieceHashes.subarray(piece * 20, piece * 20 + 20)
	if (equalBytes(digest, expected)) setPiece(state.found, piece)
}

function zeroHash(state: CheckState, length: number): Uint8Array {
	const known = state.zeroHashes.get(length)
	if (known !== undefined) return known
	const hash = state.check.hasher.startSha1()
	const zeros = new Uint8Array(Math.min(length, stepBytes))
	for (let at = 0; at < length; at += stepBytes)
		hash.update(zeros.subarray(0, Math.min(stepBytes, length - at)))
	const digest = hash.digest()
	state.zeroHashes.set(length, digest)
	return digest
}
