// The k-th operation of the disk fails, for every k and every kind of failure (threat D15): whatever happens,
// nothing is claimed that is not there, and once the fault is over the download ends with the right bytes.
import { describe, expect, it } from 'vitest'
import { wireBytes } from '../../source/engine/file-storage.ts'
import { type Bitfield, forEachPiece, hasPiece, setPiece } from '../../source/protocol/bitfield.ts'
import {
	type DiskRecipe,
	openTorrentDisk,
	partPath,
	piecesIn,
	reopen,
	settle,
	type TorrentDisk,
} from '../helpers/torrent-disk.ts'

const recipe: DiskRecipe = { files: { 'top/a': 100, 'top/deep/b': 60, 'top/c': 96 }, pieceLength: 64 }
const failures = ['ENOSPC', 'EIO', 'EROFS', 'EACCES', 'EMFILE', 'ENOENT', 'EINTR', 'EAGAIN', 'short'] as const
type Failure = (typeof failures)[number]

/** Fails the operations from `first` to before `end`, counted from 0; returns how many were asked for. */
function inject(
	disk: TorrentDisk,
	{ first, end, failure }: { readonly first: number; readonly end: number; readonly failure: Failure },
): { count: number } {
	const seen = { count: 0 }
	disk.memory.before = operation => {
		const index = seen.count
		seen.count += 1
		if (index < first || index >= end) return undefined
		if (failure !== 'short') throw Object.assign(new Error(`${failure}: injected`), { code: failure })
		return operation === 'read' || operation === 'write' ? 5 : undefined
	}
	return seen
}

/** One run, as the engine makes it: look, check, download what is missing, save. Failures are borne. */
async function run(disk: TorrentDisk, wanted: readonly number[]): Promise<void> {
	const { files } = disk
	const resume = disk.resume()
	if (!(await files.prepare()).ok) return
	const resumed = await resume.load()
	const have = await checked(disk, resumed.toCheck)
	forEachPiece(resumed.trusted, piece => setPiece(have, piece))
	resume.begin(have)
	for (const piece of wanted) {
		if (hasPiece(have, piece)) continue
		const written = await files.writePiece(piece, [{ offset: 0, bytes: disk.piece(piece) }])
		if (!written.ok) continue
		resume.pieceWritten(piece)
		setPiece(have, piece)
		if (piece === 1) await resume.checkpoint()
	}
	await serve(disk, have)
	if (have.count === have.size) await files.finish()
	await resume.close()
	await settle()
	await files.close()
}

async function checked(disk: TorrentDisk, pieces: Bitfield): Promise<Bitfield> {
	const signal = new AbortController().signal
	const found = await disk.verifier.check({ pieces, signal, onProgress: () => undefined })
	for (const piece of piecesIn(found)) expect(hasPiece(pieces, piece)).toBe(true)
	return found
}

/** What is sent to a peer is right, or is not sent. */
async function serve(disk: TorrentDisk, have: Bitfield): Promise<void> {
	const blocks = piecesIn(have).map(piece => ({ piece, offset: 0, length: disk.piece(piece).length }))
	const { wire, failed } = await disk.files.readBlocks(blocks, new Uint8Array(wireBytes(blocks)))
	let at = 0
	for (const block of blocks) {
		if (failed.some(entry => entry.block === block)) continue
		expect(wire.subarray(at + 13, at + 13 + block.length)).toEqual(disk.piece(block.piece))
		at += 13 + block.length
	}
	expect(at).toBe(wire.length)
}

/** Everything that a new run would claim without a look has to be on disk. */
async function expectNoFalseClaim(disk: TorrentDisk, given: DiskRecipe, context: string): Promise<void> {
	const again = reopen(disk, given)
	await again.files.prepare()
	const { trusted } = await again.resume().load()
	for (const piece of piecesIn(trusted)) {
		const bytes = new Uint8Array(disk.piece(piece).length)
		expect((await again.files.read(piece * recipe.pieceLength, bytes)).ok, context).toBe(true)
		expect(bytes, `${context}, piece ${piece}`).toEqual(disk.piece(piece))
	}
	await again.files.close()
}

/** Runs with the fault at each operation in turn until a run is over before it. */
async function sweep(
	failure: Failure,
	length: number,
	{ given, wanted }: { readonly given: DiskRecipe; readonly wanted: readonly number[] },
): Promise<void> {
	for (let first = 0; ; first += 1) {
		const context = `${failure} at operation ${first}`
		const disk = openTorrentDisk(given)
		const seen = inject(disk, { first, end: first + length, failure })
		await run(disk, wanted)
		const isOver = seen.count <= first
		disk.memory.before = undefined
		expect(disk.memory.openHandles, context).toBe(0)
		await expectNoFalseClaim(disk, given, context)
		disk.memory.powerCut()
		await expectNoFalseClaim(disk, given, `${context} and a power cut`)
		const again = reopen(disk, given)
		await run(again, wanted)
		const last = reopen(disk, given)
		await last.files.prepare()
		expect(piecesIn((await last.resume().load()).trusted), context).toEqual(wanted)
		await expectNoFalseClaim(disk, given, `${context}, run again`)
		if (isOver) {
			expect(first).toBeGreaterThan(40)
			return
		}
	}
}

describe.each(failures)('when an operation fails with %s', failure => {
	it.each([
		['once', 1],
		['from then on until the next start', Number.POSITIVE_INFINITY],
	])('%s, all of a torrent is there in the end', async (_, length) => {
		await sweep(failure, length, { given: recipe, wanted: [0, 1, 2, 3] })
	})

	it('once, all of the chosen files is there in the end', async () => {
		await sweep(failure, 1, { given: { ...recipe, chosen: [1] }, wanted: [1, 2] })
	})
})

describe('a disk that is full', () => {
	it('takes the rest when there is room again, in the same run and without a check', async () => {
		const disk = openTorrentDisk(recipe)
		await disk.files.prepare()
		disk.memory.capacityBytes = 130
		const outcomes: boolean[] = []
		for (const piece of [0, 1, 2, 3]) {
			const parts = [{ offset: 0, bytes: disk.piece(piece) }]
			outcomes.push((await disk.files.writePiece(piece, parts)).ok)
		}
		expect(outcomes).toEqual([true, true, false, false])
		disk.memory.capacityBytes = Number.POSITIVE_INFINITY
		for (const piece of [2, 3]) {
			const parts = [{ offset: 0, bytes: disk.piece(piece) }]
			expect((await disk.files.writePiece(piece, parts)).ok).toBe(true)
		}
		for (const file of [0, 1, 2])
			expect(disk.memory.get(disk.files.pathOf(file))).toEqual(disk.contentOf(file))
	})

	it('keeps the old state, and what it has of the data', async () => {
		const disk = openTorrentDisk(recipe)
		await run(disk, [0])
		disk.memory.capacityBytes = 0
		await run(reopen(disk, recipe), [0, 1, 2, 3])
		const again = reopen(disk, recipe)
		await again.files.prepare()
		expect(piecesIn((await again.resume().load()).trusted)).toEqual([0])
	})
})

describe('choosing other files between runs', () => {
	it('claims nothing that is not there, whatever fails while bytes leave the part file', async () => {
		for (let first = 0; ; first += 1) {
			const disk = openTorrentDisk({ ...recipe, chosen: [1] })
			await run(disk, [1, 2])
			expect(disk.memory.get(partPath)).toBeDefined()
			const whole = reopen(disk, recipe)
			const seen = inject(whole, { first, end: first + 1, failure: 'EIO' })
			await run(whole, [0, 1, 2, 3])
			disk.memory.before = undefined
			const context = `operation ${first}`
			await expectNoFalseClaim(disk, recipe, context)
			disk.memory.powerCut()
			await expectNoFalseClaim(disk, recipe, `${context} and a power cut`)
			await run(reopen(disk, recipe), [0, 1, 2, 3])
			for (const file of [0, 1, 2]) {
				expect(disk.memory.get(disk.files.pathOf(file)), context).toEqual(disk.contentOf(file))
			}
			if (seen.count <= first) return
		}
	})
})
