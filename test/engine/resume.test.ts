import { describe, expect, it } from 'vitest'
import { decodeResumeState } from '../../source/engine/resume-codec.ts'
import type { DiskFailure, Resumed } from '../../source/engine/resume.ts'
import type { MemoryOperation } from '../../source/practice/memory-storage.ts'
import { createBitfield, createFullBitfield, setPiece } from '../../source/protocol/bitfield.ts'
import {
	type DiskRecipe,
	infoHash,
	openTorrentDisk,
	piecesIn,
	reopen,
	settle,
	stateDirectory,
	type TorrentDisk,
	writePieces,
} from '../helpers/torrent-disk.ts'

const recipe: DiskRecipe = { files: { a: 100, b: 92, c: 64 }, pieceLength: 64 }
const states = [0, 1].map(slot => `${stateDirectory}/${'07'.repeat(20)}.state.${slot}`)
const codes = (resumed: Resumed): string[] => resumed.notes.map(({ code }) => code)

/** A run that downloads these pieces and ends in the given way. */
async function run(
	disk: TorrentDisk,
	pieces: readonly number[],
	end: 'close' | 'checkpoint' | 'kill',
): Promise<void> {
	await disk.files.prepare()
	const resume = disk.resume()
	await resume.load()
	resume.begin(createBitfield(disk.geometry.pieceCount))
	await settle()
	for (const piece of pieces) {
		await writePieces(disk, piece)
		resume.pieceWritten(piece)
	}
	if (end === 'close') await resume.close()
	if (end === 'checkpoint') await resume.checkpoint()
	disk.clock.advance(60_000)
	if (end !== 'close') await settle()
	await disk.files.close()
}

async function load(disk: TorrentDisk, given = recipe): Promise<Resumed & { readonly disk: TorrentDisk }> {
	const again = reopen(disk, given)
	await again.files.prepare()
	return { ...(await again.resume().load()), disk: again }
}

function fail(...operations: readonly MemoryOperation[]): (operation: MemoryOperation) => undefined {
	return operation => {
		if (operations.includes(operation)) throw Object.assign(new Error('EIO: injected'), { code: 'EIO' })
	}
}

/** The data may be read from now on, and not opened for writing. */
function refuseWrites({ memory }: TorrentDisk, code: string): void {
	const open = memory.open.bind(memory)
	memory.open = (path, mode) =>
		mode !== 'read' && path.startsWith('/save/')
			? Promise.reject(Object.assign(new Error(`${code}: injected`), { code }))
			: open(path, mode)
}

describe('Resume after a clean end', () => {
	it('trusts what was written, with nothing to check or to say', async () => {
		const disk = openTorrentDisk(recipe)
		await run(disk, [0, 2, 3], 'close')
		const resumed = await load(disk)
		expect(piecesIn(resumed.trusted)).toEqual([0, 2, 3])
		expect(resumed).toMatchObject({ notes: [], missingFiles: [], uploadedBytes: 11, downloadedBytes: 22 })
		expect(resumed.toCheck.count).toBe(0)
		expect(resumed.peers).toEqual([{ host: '192.0.2.1', port: 6881 }])
		expect(disk.memory.get(`${stateDirectory}/${'07'.repeat(20)}.torrent`)).toEqual(Uint8Array.of(1, 2, 3))
	})

	it('leaves no timer behind', async () => {
		const disk = openTorrentDisk(recipe)
		await run(disk, [0], 'close')
		expect(disk.clock.waiting).toBe(0)
		expect(disk.memory.openHandles).toBe(0)
	})

	it('has nothing to say about a torrent that was never here', async () => {
		const resumed = await load(openTorrentDisk(recipe))
		expect(resumed).toMatchObject({ notes: [], missingFiles: [] })
		expect(resumed.toCheck.count + resumed.trusted.count).toBe(0)
	})

	it('checks the files that are there when there is no state', async () => {
		const disk = openTorrentDisk(recipe)
		disk.fill(0, 2)
		const resumed = await load(disk)
		expect(piecesIn(resumed.toCheck)).toEqual([0, 3])
		expect(codes(resumed)).toEqual(['dataWithoutState'])
	})

	it('does not believe a state about another folder', async () => {
		const disk = openTorrentDisk(recipe)
		await run(disk, [0, 2, 3], 'close')
		await disk.files.prepare()
		const resumed = await disk.resume({ directory: '/elsewhere' }).load()
		expect(resumed.trusted.count).toBe(0)
		expect(piecesIn(resumed.toCheck)).toEqual([0, 2, 3])
		expect(codes(resumed)).toEqual(['otherDirectory'])
	})
})

describe('Resume after a crash', () => {
	it('trusts what the last checkpoint made safe, although the files were written afterwards', async () => {
		const disk = openTorrentDisk(recipe)
		await disk.files.prepare()
		const resume = disk.resume()
		await resume.load()
		resume.begin(createBitfield(4))
		await settle()
		await writePieces(disk, 0, 3)
		resume.pieceWritten(0)
		resume.pieceWritten(3)
		await resume.checkpoint()
		await writePieces(disk, 1)
		const resumed = await load(disk)
		expect(piecesIn(resumed.trusted)).toEqual([0, 3])
		expect(resumed.missingFiles).toEqual([])
	})

	it('checks what was in doubt when the state was saved', async () => {
		const disk = openTorrentDisk(recipe)
		await disk.files.prepare()
		const resume = disk.resume()
		await resume.load()
		resume.begin(createBitfield(4))
		await settle()
		await writePieces(disk, 0)
		resume.pieceWritten(0)
		disk.memory.before = fail('sync')
		await resume.checkpoint()
		disk.memory.before = undefined
		const resumed = await load(disk)
		expect(piecesIn(resumed.trusted)).toEqual([])
		expect(piecesIn(resumed.toCheck)).toEqual([0])
		expect(codes(resumed)).toEqual(['uncleanEnd'])
	})

	it('does not take writes long after the last save for its own', async () => {
		const disk = openTorrentDisk(recipe)
		await run(disk, [0, 3], 'checkpoint')
		disk.clock.advance(10 * 60_000)
		disk.memory.patch('/save/a', 0, Uint8Array.of(1))
		const resumed = await load(disk)
		expect(piecesIn(resumed.trusted)).toEqual([3])
		expect(piecesIn(resumed.toCheck)).toEqual([0])
		expect(codes(resumed)).toContain('filesChanged')
	})

	it.each(['power cut', 'kill'] as const)(
		'claims nothing that is not on disk after a %s at any operation',
		async end => {
			for (let operations = 0; ; operations += 1) {
				const disk = openTorrentDisk(recipe)
				let left = operations
				// From here on nothing reaches the disk any more.
				disk.memory.before = () => {
					left -= 1
					if (left < 0) throw Object.assign(new Error('EIO: cut'), { code: 'EIO' })
					return undefined
				}
				await disk.files.prepare()
				const resume = disk.resume()
				await resume.load()
				resume.begin(createBitfield(4))
				for (const piece of [1, 0, 3, 2]) {
					const written = await disk.files.writePiece(piece, [{ offset: 0, bytes: disk.piece(piece) }])
					if (written.ok) resume.pieceWritten(piece)
					if (piece !== 3) await resume.checkpoint()
				}
				await settle()
				const survived = left >= 0
				disk.memory.before = undefined
				if (end === 'power cut') disk.memory.powerCut()
				const resumed = await load(disk)
				for (const piece of piecesIn(resumed.trusted)) {
					const bytes = new Uint8Array(64)
					expect((await resumed.disk.files.read(piece * 64, bytes)).ok, `operation ${operations}`).toBe(true)
					expect(bytes, `operation ${operations}, piece ${piece}`).toEqual(disk.piece(piece))
				}
				if (survived) {
					expect(resumed.trusted.count).toBe(4)
					break
				}
			}
		},
	)
})

describe('Resume and its checkpoints', () => {
	async function begun(options: Parameters<TorrentDisk['resume']>[0] = {}): Promise<{
		disk: TorrentDisk
		resume: ReturnType<TorrentDisk['resume']>
		operations: string[]
	}> {
		const disk = openTorrentDisk(recipe)
		await disk.files.prepare()
		const resume = disk.resume(options)
		await resume.load()
		resume.begin(createBitfield(4))
		await settle()
		const operations: string[] = []
		disk.memory.before = operation => {
			if (operation === 'sync' || operation === 'replaceFile') operations.push(operation)
			return undefined
		}
		return { disk, resume, operations }
	}

	it('syncs and saves 3 s after a piece was written, data before state', async () => {
		const { disk, resume, operations } = await begun()
		await writePieces(disk, 0)
		resume.pieceWritten(0)
		disk.clock.advance(2_999)
		await settle()
		expect(operations).toEqual([])
		disk.clock.advance(1)
		await settle()
		expect(operations[0]).toBe('sync')
		expect(operations.slice(1)).toEqual(['replaceFile', 'replaceFile'])
		expect(piecesIn((await load(disk)).trusted)).toEqual([0])
	})

	it('writes nothing while nothing happens', async () => {
		const { disk, operations } = await begun()
		disk.clock.advance(3_600_000)
		await settle()
		expect(operations).toEqual([])
	})

	it('saves totals that moved once a minute', async () => {
		let uploadedBytes = 0
		const { disk, operations } = await begun({
			facts: () => ({ uploadedBytes, downloadedBytes: 0, peers: [] }),
		})
		uploadedBytes = 5
		disk.clock.advance(60_000)
		await settle()
		expect(operations).toHaveLength(2)
		expect((await load(disk)).uploadedBytes).toBe(5)
	})

	it('does not claim a piece whose sync failed, however well the next one goes', async () => {
		const failures: DiskFailure[] = []
		const { disk, resume } = await begun({ onSyncFailure: failure => failures.push(failure) })
		await writePieces(disk, 0)
		resume.pieceWritten(0)
		disk.memory.before = fail('sync')
		expect(await resume.checkpoint()).toMatchObject({ ok: false, code: 'EIO' })
		disk.memory.before = undefined
		await writePieces(disk, 3)
		resume.pieceWritten(3)
		expect((await resume.checkpoint()).ok).toBe(true)
		expect(failures).toHaveLength(1)
		await resume.close()
		const resumed = await load(disk)
		expect(piecesIn(resumed.trusted)).toEqual([3])
		expect(piecesIn(resumed.toCheck)).toEqual([0])
	})

	it.each(['running', 'its own'])(
		'does not claim what a check of all data found after a sync failed: %s',
		async sync => {
			const failures: DiskFailure[] = []
			const { disk, resume } = await begun({ onSyncFailure: failure => failures.push(failure) })
			await writePieces(disk, 3)
			resume.pieceWritten(3)
			await resume.checkpoint()
			await writePieces(disk, 0)
			resume.pieceWritten(0)
			disk.memory.before = fail('sync')
			await Promise.all([sync === 'running' ? resume.checkpoint() : undefined, resume.distrust()])
			expect(failures).toHaveLength(1)
			// What the disk lost is in the page cache still, so that the check finds it right.
			disk.memory.before = undefined
			await disk.files.prepare()
			const found = createBitfield(4)
			for (const piece of [0, 3]) setPiece(found, piece)
			resume.begin(found)
			await resume.checkpoint()
			await resume.close()
			const resumed = await load(disk)
			expect(piecesIn(resumed.trusted)).toEqual([3])
			expect(piecesIn(resumed.toCheck)).toEqual([0])
		},
	)

	it('does not claim a piece that was written again while its sync ran', async () => {
		const { disk, resume } = await begun()
		await writePieces(disk, 0)
		resume.pieceWritten(0)
		disk.memory.before = operation => {
			if (operation === 'sync') {
				resume.pieceLost(0)
				resume.pieceWritten(0)
			}
			return undefined
		}
		await resume.checkpoint()
		disk.memory.before = undefined
		const resumed = await load(disk)
		expect(piecesIn(resumed.trusted)).toEqual([])
		expect(piecesIn(resumed.toCheck)).toEqual([0])
	})

	/** States as the next run finds them, each generation as if the other were damaged. */
	async function claims(disk: TorrentDisk): Promise<{ trusted: number[]; toCheck: number[] }[]> {
		const found: { trusted: number[]; toCheck: number[] }[] = []
		for (const slot of states) {
			const other = openTorrentDisk({ ...recipe, storage: disk.memory, clock: disk.clock })
			const kept = disk.memory.get(slot)!
			disk.memory.put(slot, Uint8Array.of(1))
			await other.files.prepare()
			const { trusted, toCheck } = await other.resume().load()
			found.push({ trusted: piecesIn(trusted), toCheck: piecesIn(toCheck) })
			disk.memory.put(slot, kept)
		}
		return found
	}

	it('claims no piece of a file that somebody changed, in either generation, until it was checked and synced', async () => {
		const { disk, resume } = await begun()
		disk.files.marks.listen(file => resume.doubt(file === 0 ? [0, 1] : []))
		await writePieces(disk, 0, 1, 3)
		for (const piece of [0, 1, 3]) resume.pieceWritten(piece)
		await resume.checkpoint()
		disk.memory.patch('/save/a', 5, Uint8Array.of(1, 2, 3))
		expect((await disk.files.look(0)).ok).toBe(true)
		disk.clock.advance(3_000)
		await settle()
		expect(await claims(disk)).toEqual([
			{ trusted: [3], toCheck: [0, 1] },
			{ trusted: [3], toCheck: [0, 1] },
		])
		resume.pieceChecked(1)
		await resume.checkpoint()
		const resumed = await load(disk)
		expect(piecesIn(resumed.trusted)).toEqual([1, 3])
		expect(piecesIn(resumed.toCheck)).toEqual([0])
		expect((await resume.close()).ok).toBe(true)
		expect(piecesIn((await load(disk)).toCheck)).toEqual([0])
	})

	it('claims nothing of a file that somebody changed before the sync looked at it', async () => {
		const { disk, resume } = await begun()
		disk.files.marks.listen(() => resume.doubt([0, 1]))
		await writePieces(disk, 0)
		resume.pieceWritten(0)
		await resume.checkpoint()
		resume.doubt([0])
		resume.pieceChecked(0)
		disk.memory.patch('/save/a', 5, Uint8Array.of(1, 2, 3))
		await resume.checkpoint()
		await settle()
		const resumed = await load(disk)
		expect(piecesIn(resumed.trusted)).toEqual([])
		expect(piecesIn(resumed.toCheck)).toEqual([0])
	})

	it('claims a piece in doubt that was written again', async () => {
		const { disk, resume } = await begun()
		await writePieces(disk, 0)
		resume.pieceWritten(0)
		resume.doubt([0])
		await writePieces(disk, 0)
		resume.pieceWritten(0)
		expect((await resume.close()).ok).toBe(true)
		const resumed = await load(disk)
		expect(piecesIn(resumed.trusted)).toEqual([0])
		expect(codes(resumed)).toEqual([])
		const shape = { infoHash, pieceCount: 4, fileCount: 4 }
		const saved = states.flatMap(slot => decodeResumeState(disk.memory.get(slot)!, shape, disk.hasher) ?? [])
		expect(saved.sort((one, other) => one.generation - other.generation).at(-1)?.clean).toBe(true)
	})

	it('does not vouch for a piece that it never claimed', async () => {
		const { disk, resume } = await begun()
		await writePieces(disk, 0)
		resume.doubt([0, 1])
		resume.pieceChecked(0)
		await resume.checkpoint()
		const resumed = await load(disk)
		expect(resumed.trusted.count + resumed.toCheck.count).toBe(0)
	})

	it('trusts no whole file that was written to after the last save, although the run was killed', async () => {
		const disk = openTorrentDisk(recipe)
		await run(disk, [0, 1, 3], 'checkpoint')
		disk.memory.patch('/save/a', 5, Uint8Array.of(1, 2, 3))
		const resumed = await load(disk)
		expect(piecesIn(resumed.trusted)).toEqual([3])
		expect(piecesIn(resumed.toCheck)).toEqual([0, 1])
		expect(codes(resumed)).toContain('filesChanged')
	})

	it('leaves no generation that claims a lost piece', async () => {
		const { disk, resume } = await begun()
		await writePieces(disk, 0, 3)
		resume.pieceWritten(0)
		resume.pieceWritten(3)
		await resume.checkpoint()
		resume.pieceLost(0)
		await resume.checkpoint()
		expect((await claims(disk)).map(({ trusted }) => trusted)).toEqual([[3], [3]])
	})

	it('goes on when the state cannot be saved, keeps the old one, and says so once', async () => {
		const failures: (DiskFailure | undefined)[] = []
		const { disk, resume } = await begun({ onStateFailure: failure => failures.push(failure) })
		await writePieces(disk, 0)
		resume.pieceWritten(0)
		await resume.checkpoint()
		disk.memory.before = fail('replaceFile')
		await writePieces(disk, 3)
		resume.pieceWritten(3)
		expect(await resume.checkpoint()).toMatchObject({ ok: false, code: 'EIO' })
		disk.clock.advance(60_000)
		await settle()
		expect(failures).toEqual([expect.objectContaining({ code: 'EIO' })])
		disk.memory.before = undefined
		expect(piecesIn((await load(disk)).trusted)).toEqual([0])
		disk.clock.advance(60_000)
		await settle()
		expect(failures).toHaveLength(2)
		expect(failures[1]).toBeUndefined()
		expect(piecesIn((await load(disk)).trusted)).toEqual([0, 3])
	})

	it('does not trust what a check read until it is synced', async () => {
		const disk = openTorrentDisk(recipe)
		disk.fill(0, 1, 2)
		await disk.files.prepare()
		const synced: string[] = []
		disk.memory.before = (operation, path) => {
			if (operation === 'sync') synced.push(path)
			return undefined
		}
		const resume = disk.resume()
		await resume.load()
		resume.begin(createFullBitfield(4))
		await settle()
		expect(synced.sort()).toEqual(['/save/a', '/save/b', '/save/c'])
		expect((await load(disk)).trusted.count).toBe(4)
	})

	it.each(['EROFS', 'EACCES'])('ends cleanly over files that may only be read: %s', async failure => {
		const disk = openTorrentDisk(recipe)
		refuseWrites(disk, failure)
		disk.fill(0, 1, 2)
		await disk.files.prepare()
		const resume = disk.resume({ onSyncFailure: ({ code }) => expect.fail(code) })
		const { toCheck } = await resume.load()
		expect(toCheck.count).toBe(toCheck.size)
		resume.begin(toCheck)
		expect((await resume.close()).ok).toBe(true)
		const next = await load(disk)
		expect(next.toCheck.count).toBe(0)
		expect(next.trusted.count).toBe(toCheck.size)
	})

	it('does not call safe what it wrote before the disk became one to read only', async () => {
		const disk = openTorrentDisk(recipe)
		await disk.files.prepare()
		const failures: string[] = []
		const resume = disk.resume({ onSyncFailure: ({ code }) => failures.push(code) })
		resume.begin((await resume.load()).trusted)
		await writePieces(disk, 0)
		resume.pieceWritten(0)
		await disk.files.close()
		refuseWrites(disk, 'EROFS')
		expect((await resume.close()).ok).toBe(false)
		expect(failures).toContain('EROFS')
		expect((await load(disk)).trusted.count).toBe(0)
	})

	it('takes away what a killed run left beside the state', async () => {
		const disk = openTorrentDisk(recipe)
		const temporary = `${states[0]!}.4242-1.tmp`
		disk.memory.put(temporary, Uint8Array.of(1))
		disk.memory.put(`${stateDirectory}/other.tmp`, Uint8Array.of(1))
		await load(disk)
		expect(disk.memory.paths()).toEqual([`${stateDirectory}/other.tmp`])
	})
})

describe('Resume with a damaged state', () => {
	async function twoGenerations(): Promise<{ disk: TorrentDisk; newest: string; older: string }> {
		const disk = openTorrentDisk(recipe)
		await disk.files.prepare()
		const resume = disk.resume()
		await resume.load()
		resume.begin(createBitfield(4))
		await settle()
		for (const piece of [0, 3]) {
			await writePieces(disk, piece)
			resume.pieceWritten(piece)
			await resume.checkpoint()
		}
		await disk.files.close()
		const before = disk.memory.get(states[0]!)!
		await resume.checkpoint()
		const isFirst = !before.every((byte, index) => byte === disk.memory.get(states[0]!)![index])
		return { disk, newest: states[isFirst ? 0 : 1]!, older: states[isFirst ? 1 : 0]! }
	}

	it.each([
		['cut', (bytes: Uint8Array) => bytes.subarray(0, 40)],
		['empty', () => new Uint8Array()],
		['with one bit changed', (bytes: Uint8Array) => bytes.with(99, (bytes[99] ?? 0) ^ 1)],
	])('takes the older generation when the newer is %s', async (_, damage) => {
		const { disk, newest } = await twoGenerations()
		disk.memory.put(newest, damage(disk.memory.get(newest)!))
		const resumed = await load(disk)
		expect(piecesIn(resumed.trusted)).toEqual([0, 3])
		expect(codes(resumed)).toEqual(['previousState'])
	})

	it('minds little that the older one is damaged', async () => {
		const { disk, older } = await twoGenerations()
		disk.memory.put(older, new Uint8Array(3))
		expect(piecesIn((await load(disk)).trusted)).toEqual([0, 3])
	})

	it('checks all that is there when neither can be read, and tells the user', async () => {
		const { disk } = await twoGenerations()
		for (const slot of states) disk.memory.put(slot, new Uint8Array(3))
		const resumed = await load(disk)
		expect(resumed.trusted.count).toBe(0)
		expect(piecesIn(resumed.toCheck)).toEqual([0, 3])
		expect(codes(resumed)).toEqual(['stateDamaged'])
	})

	it('treats a state that the disk does not give as damaged', async () => {
		const { disk } = await twoGenerations()
		const again = reopen(disk, recipe)
		await again.files.prepare()
		disk.memory.before = fail('readFile', 'list')
		expect(codes(await again.resume().load())).toEqual(['stateDamaged'])
	})

	it('saves anew over damage', async () => {
		const { disk } = await twoGenerations()
		for (const slot of states) disk.memory.put(slot, new Uint8Array(3))
		const again = reopen(disk, recipe)
		await again.files.prepare()
		const resume = again.resume()
		await resume.load()
		const have = createBitfield(4)
		setPiece(have, 3)
		resume.begin(have)
		await resume.close()
		const resumed = await load(disk)
		expect(piecesIn(resumed.trusted)).toEqual([3])
		expect(codes(resumed)).toEqual([])
	})
})
