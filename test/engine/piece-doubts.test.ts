import { describe, expect, it } from 'vitest'
import { PieceDoubts } from '../../source/engine/piece-doubts.ts'
import { vouchFor } from '../../source/engine/vouched-blocks.ts'
import { createBitfield, createFullBitfield } from '../../source/protocol/bitfield.ts'
import { type Block, pieceBytes } from '../../source/protocol/geometry.ts'
import { toBlockOffset, toPieceIndex } from '../../source/protocol/ids.ts'
import type { Input, TorrentEvent } from '../../source/torrent/boundary.ts'
import { type DiskRecipe, openTorrentDisk, piecesIn, reopen, settle } from '../helpers/torrent-disk.ts'

// Piece 1 lies in a and b, piece 4 in b and c.
const recipe: DiskRecipe = { files: { a: 100, b: 200, c: 84 }, pieceLength: 64 }
const headBytes = 13
const lookMs = 30_000

/** A seed that was started a while ago, and has looked at its files. */
async function seed({ have = 'all' }: { have?: 'all' | 'nothing' } = {}) {
	const disk = openTorrentDisk(recipe)
	if (have === 'all') disk.fill(0, 1, 2)
	const { files, verifier, memory, clock, geometry } = disk
	await files.prepare()
	const resume = disk.resume()
	await resume.load()
	const log: (Input | TorrentEvent)[] = []
	const readBacks: number[] = []
	const slow: { readBack: ((piece: number) => Promise<void>) | undefined } = { readBack: undefined }
	const doubts = new PieceDoubts({
		files,
		resume,
		verifier: {
			readBack: async piece => {
				readBacks.push(piece)
				await slow.readBack?.(piece)
				return await verifier.readBack(piece)
			},
		},
		feed: input => log.push(input),
		report: event => log.push(event),
	})
	const { pieceCount } = geometry
	resume.begin(have === 'all' ? createFullBitfield(pieceCount) : createBitfield(pieceCount))
	await settle()
	/** As the block server serves a peer. */
	const serve = async (...pieces: number[]): Promise<{ sent: number[]; failed: string[] }> => {
		const blocks = pieces.map(
			(piece): Block => ({
				piece: toPieceIndex(piece, pieceCount),
				offset: toBlockOffset(0),
				length: pieceBytes(geometry, piece),
			}),
		)
		const slab = new Uint8Array(pieces.length * (64 + headBytes))
		const read = await files.readBlocks(blocks, slab)
		const readAgain = (kept: readonly Block[]) => files.readBlocks(kept, slab)
		const { wire, failed } = doubts.count === 0 ? read : await vouchFor({ doubts, blocks, read, readAgain })
		const missing = new Set(failed.map(({ block }) => block))
		const sent = blocks.filter(block => !missing.has(block))
		let at = 0
		for (const { piece, length } of sent) {
			// What leaves is right, whatever happened to the files.
			expect(wire.subarray(at + headBytes, at + headBytes + length)).toEqual(disk.piece(piece))
			at += headBytes + length
		}
		expect(wire).toHaveLength(at)
		return {
			sent: sent.map(({ piece }) => piece),
			failed: failed.map(({ block, error }) => `${block.piece} ${error}`),
		}
	}
	if (have === 'all') await serve(0, 1, 2, 3, 4, 5)
	const overwrite = (file: number, position: number): void =>
		memory.patch(files.pathOf(file), position, Uint8Array.of((disk.contentOf(file)[position] ?? 0) ^ 1))
	return { disk, files, memory, clock, resume, doubts, log, readBacks, slow, serve, overwrite }
}

const lost = (log: readonly (Input | TorrentEvent)[]): number[] =>
	log.flatMap(one => (one.type === 'PieceLost' ? [one.piece] : []))
const notes = (log: readonly (Input | TorrentEvent)[]): string[] =>
	log.flatMap(one => (one.type === 'note' ? [`${one.code} ${one.text}`] : []))

describe('a file that is what it was', () => {
	it('costs nothing but a look in 30 s', async () => {
		const { clock, doubts, readBacks, memory, serve } = await seed()
		const operations: string[] = []
		memory.before = operation => {
			operations.push(operation)
			return undefined
		}
		expect(await serve(0)).toEqual({ sent: [0], failed: [] })
		clock.advance(lookMs)
		expect(await serve(0)).toEqual({ sent: [0], failed: [] })
		expect(operations).toEqual(['read', 'read', 'fileStat'])
		expect(doubts.count).toBe(0)
		expect(readBacks).toEqual([])
	})
})

describe('a file that only looks changed', () => {
	it('costs one more reading of what is asked for, and loses nothing', async () => {
		const { disk, clock, memory, doubts, log, readBacks, serve } = await seed()
		for (let time = 1; time <= 3; time += 1) {
			memory.patch('/save/b', 0, new Uint8Array())
			clock.advance(lookMs)
			expect(await serve(2, 3)).toEqual({ sent: [2, 3], failed: [] })
			expect(await serve(2, 0, 3)).toEqual({ sent: [2, 0, 3], failed: [] })
			expect(readBacks.splice(0)).toEqual([2, 3])
			// Nobody asked for the first and the last piece of the file.
			expect([1, 2, 3, 4].map(piece => doubts.has(piece))).toEqual([true, false, false, true])
		}
		expect(log).toEqual([])
		clock.advance(3_000)
		await settle()
		const next = reopen(disk, recipe)
		await next.files.prepare()
		const resumed = await next.resume().load()
		expect(piecesIn(resumed.trusted)).toEqual([0, 2, 3, 5])
		expect(piecesIn(resumed.toCheck)).toEqual([1, 4])
	})
})

describe('a file that somebody wrote over', () => {
	it('is served but for what is not right any more, which is lost; the user hears of it once', async () => {
		const { clock, log, serve, overwrite } = await seed()
		overwrite(1, 20)
		overwrite(1, 100)
		clock.advance(lookMs)
		expect(await serve(0, 1, 2, 3)).toEqual({ sent: [0, 2], failed: ['1 ESTALE', '3 ESTALE'] })
		expect(lost(log)).toEqual([1, 3])
		expect(log.filter(({ type }) => type === 'PieceLost')).toMatchObject([
			{ error: 'ESTALE' },
			{ error: 'ESTALE' },
		])
		expect(notes(log)).toHaveLength(1)
		expect(notes(log)[0]).toMatch(/^file-changed \/save\/b was written over by somebody else/u)
		expect(await serve(1)).toEqual({ sent: [], failed: ['1 ESTALE'] })
		expect(lost(log)).toEqual([1, 3])
	})

	it('is not read back twice for two peers who ask for the same, and one piece at a time', async () => {
		const { clock, readBacks, slow, serve, overwrite } = await seed()
		overwrite(1, 20)
		clock.advance(lookMs)
		let [reading, most] = [0, 0]
		slow.readBack = async () => {
			reading += 1
			most = Math.max(most, reading)
			await settle()
			reading -= 1
		}
		const answers = await Promise.all([serve(2, 1), serve(1, 3), serve(5)])
		expect(answers.map(({ sent }) => sent)).toEqual([[2], [3], [5]])
		expect(readBacks.sort()).toEqual([1, 2, 3])
		expect(most).toBe(1)
	})

	it('serves others while a piece is read back', async () => {
		const { clock, memory, doubts, slow, serve } = await seed()
		memory.patch('/save/b', 0, new Uint8Array())
		clock.advance(lookMs)
		let proceed: () => void = () => undefined
		const gate = new Promise<void>(resolve => (proceed = resolve))
		slow.readBack = () => gate
		const waiting = serve(2)
		await settle()
		expect(doubts.has(2)).toBe(true)
		expect(await serve(0)).toEqual({ sent: [0], failed: [] })
		proceed()
		expect(await waiting).toEqual({ sent: [2], failed: [] })
	})

	it('in a block that was read before anybody knew is not served either', async () => {
		const { files, clock, doubts, serve, overwrite } = await seed()
		const block: Block = { piece: toPieceIndex(3, 6), offset: toBlockOffset(0), length: 64 }
		const slab = new Uint8Array(64 + headBytes)
		overwrite(1, 100)
		const read = await files.readBlocks([block], slab)
		expect(read.failed).toEqual([])
		clock.advance(lookMs)
		await serve(3)
		const readAgain = (kept: readonly Block[]) => files.readBlocks(kept, slab)
		const { wire, failed } = await vouchFor({ doubts, blocks: [block], read, readAgain })
		expect(wire).toHaveLength(0)
		expect(failed).toEqual([{ block, error: 'ESTALE' }])
	})

	it('once more, while a piece of it is read back, is read back once more', async () => {
		const { files, clock, memory, doubts, readBacks, serve, overwrite } = await seed()
		memory.patch('/save/b', 0, new Uint8Array())
		clock.advance(lookMs)
		await serve(2)
		expect(doubts.has(3)).toBe(true)
		let isFirst = true
		memory.before = (operation, path) => {
			if (operation !== 'read' || path !== '/save/b' || !isFirst || readBacks.at(-1) !== 3) return undefined
			isFirst = false
			// The first bytes of the piece were read; somebody looks at what happens to them then.
			queueMicrotask(() => {
				overwrite(1, 100)
				void files.look(3)
			})
			return undefined
		}
		expect(await serve(3)).toEqual({ sent: [], failed: ['3 ESTALE'] })
		expect(readBacks).toEqual([2, 3, 3])
	})

	it('is looked at again before each piece of it is read back', async () => {
		const { clock, memory, doubts, serve, overwrite } = await seed()
		memory.patch('/save/b', 0, new Uint8Array())
		clock.advance(lookMs)
		expect((await serve(2)).sent).toEqual([2])
		overwrite(1, 30)
		expect((await serve(3)).sent).toEqual([3])
		expect(doubts.has(2)).toBe(true)
		expect((await serve(2)).failed).toEqual(['2 ESTALE'])
	})

	it('is not written to any more, before it is checked', async () => {
		const { disk, files, clock, memory, doubts, serve, overwrite } = await seed()
		overwrite(1, 100)
		clock.advance(lookMs)
		await serve(3)
		const before = memory.get('/save/b')
		const write = () => files.writePiece(3, [{ offset: 0, bytes: disk.piece(3) }])
		expect(await write()).toMatchObject({ ok: false, code: 'ESTALE' })
		expect(memory.get('/save/b')).toEqual(before)
		doubts.clear()
		await files.prepare()
		expect((await write()).ok).toBe(true)
		expect(await serve(3)).toEqual({ sent: [3], failed: [] })
	})

	it('is not claimed by any state, from the look on until a piece proved right', async () => {
		const { disk, clock, resume, serve, overwrite } = await seed()
		const claimed = async (): Promise<{ trusted: number[]; toCheck: number[] }> => {
			const next = reopen(disk, recipe)
			await next.files.prepare()
			const { trusted, toCheck } = await next.resume().load()
			return { trusted: piecesIn(trusted), toCheck: piecesIn(toCheck) }
		}
		expect((await claimed()).trusted).toEqual([0, 1, 2, 3, 4, 5])
		overwrite(1, 100)
		clock.advance(lookMs)
		await serve(2)
		await resume.checkpoint()
		expect(await claimed()).toEqual({ trusted: [0, 2, 5], toCheck: [1, 3, 4] })
		await serve(3)
		await resume.close()
		expect(await claimed()).toEqual({ trusted: [0, 2, 5], toCheck: [1, 4] })
	})
})

describe('a piece in doubt', () => {
	it('that cannot be read stays in doubt, and is not lost', async () => {
		const { clock, memory, doubts, log, serve } = await seed()
		memory.patch('/save/b', 0, new Uint8Array())
		clock.advance(lookMs)
		await serve(2)
		memory.before = (operation, path) => {
			if (operation === 'read' && path === '/save/b') throw Object.assign(new Error('EIO'), { code: 'EIO' })
			return undefined
		}
		expect((await serve(3)).failed.every(one => one === '3 EIO')).toBe(true)
		expect(doubts.has(3)).toBe(true)
		expect(log).toEqual([])
		memory.before = undefined
		expect(await serve(3)).toEqual({ sent: [3], failed: [] })
	})

	it('that we write ourselves is in none any more', async () => {
		const { disk, files, clock, memory, resume, doubts, readBacks, serve } = await seed({ have: 'nothing' })
		const write = async (piece: number): Promise<void> => {
			expect((await files.writePiece(piece, [{ offset: 0, bytes: disk.piece(piece) }])).ok).toBe(true)
			resume.pieceWritten(piece)
			doubts.forget(piece)
		}
		for (const piece of [1, 2]) await write(piece)
		await resume.checkpoint()
		memory.patch('/save/b', 50, Uint8Array.of(1, 2, 3))
		await write(3)
		expect([1, 2, 3].map(piece => doubts.has(piece))).toEqual([true, true, false])
		clock.advance(lookMs)
		expect(await serve(3)).toEqual({ sent: [3], failed: [] })
		expect(readBacks).toEqual([])
	})

	it('that is given up is in none any more', async () => {
		const { clock, memory, doubts, readBacks, serve } = await seed()
		memory.patch('/save/b', 0, new Uint8Array())
		clock.advance(lookMs)
		await serve(2)
		doubts.forget(3)
		expect(doubts.has(3)).toBe(false)
		await doubts.settleAll()
		expect(readBacks).toEqual([2, 1, 4])
	})

	it('counts only where we claimed it: what is not there yet cannot be lost', async () => {
		const { disk, files, memory, resume, doubts, log } = await seed({ have: 'nothing' })
		expect((await files.writePiece(2, [{ offset: 0, bytes: disk.piece(2) }])).ok).toBe(true)
		resume.pieceWritten(2)
		await resume.checkpoint()
		memory.patch('/save/b', 0, Uint8Array.of(1))
		await files.look(2)
		expect(doubts.count).toBe(1)
		await doubts.settleAll()
		expect(doubts.count).toBe(0)
		expect(log).toEqual([])
	})

	it('is not read back any more at the end, and who waits is let go', async () => {
		const { clock, memory, doubts, readBacks, serve } = await seed()
		memory.patch('/save/b', 0, new Uint8Array())
		clock.advance(lookMs)
		await serve(2)
		doubts.end()
		expect(await serve(3)).toEqual({ sent: [], failed: ['3 ECANCELED'] })
		await doubts.settleAll()
		expect(readBacks).toEqual([2])
	})

	it('that came to be while a check ran is not claimed when it ends', async () => {
		const { disk, files, memory, resume, doubts } = await seed()
		await resume.distrust()
		memory.patch('/save/b', 0, new Uint8Array())
		await files.look(2)
		resume.begin(createFullBitfield(disk.geometry.pieceCount))
		doubts.checked()
		await resume.checkpoint()
		const next = reopen(disk, recipe)
		await next.files.prepare()
		expect(piecesIn((await next.resume().load()).trusted)).toEqual([0, 5])
	})

	it('is none after a check of all data, whose verdict counts', async () => {
		const { clock, memory, doubts, readBacks, log, serve, overwrite } = await seed()
		memory.patch('/save/b', 0, new Uint8Array())
		clock.advance(lookMs)
		await serve(2)
		overwrite(1, 100)
		memory.before = operation => {
			if (operation === 'read' && readBacks.at(-1) === 3) doubts.clear()
			return undefined
		}
		expect(await doubts.settle(3)).toBeUndefined()
		expect(lost(log)).toEqual([])
		expect(doubts.count).toBe(0)
	})
})
