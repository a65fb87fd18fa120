import { describe, expect, it } from 'vitest'
import { wireBytes } from '../../source/engine/file-storage.ts'
import { concatBytes } from '../../source/protocol/bytes.ts'
import { encodeMessage } from '../../source/protocol/message-encoder.ts'
import { openTorrentDisk, partPath, piecesIn, reopen, writePieces } from '../helpers/torrent-disk.ts'

const three = { files: { 'top/a': 100, 'top/deep/b': 60, 'top/c': 140 }, pieceLength: 64 }
const allOf = [0, 1, 2, 3, 4]

describe('FileStorage', () => {
	it('creates nothing by being prepared', async () => {
		const disk = openTorrentDisk(three)
		expect(await disk.files.prepare()).toEqual({ ok: true, value: undefined })
		expect(disk.files.checkable().count).toBe(0)
		expect(disk.memory.paths()).toEqual([])
	})

	it('creates a file and its folders when its first bytes are written', async () => {
		const disk = openTorrentDisk(three)
		await disk.files.prepare()
		await writePieces(disk, 0)
		expect(disk.memory.paths()).toEqual(['/save/top/a'])
		await writePieces(disk, 1)
		expect(disk.memory.paths()).toEqual(['/save/top/a', '/save/top/deep/b'])
	})

	it('lays every piece where it belongs, in any order', async () => {
		const disk = openTorrentDisk(three)
		await disk.files.prepare()
		await writePieces(disk, 4, 2, 0, 3, 1)
		for (const file of [0, 1, 2])
			expect(disk.memory.get(disk.files.pathOf(file))).toEqual(disk.contentOf(file))
	})

	it('goes on after short writes, one byte at a time if need be', async () => {
		const disk = openTorrentDisk(three)
		await disk.files.prepare()
		disk.memory.before = operation => (operation === 'write' ? 1 : undefined)
		await writePieces(disk, ...allOf)
		for (const file of [0, 1, 2])
			expect(disk.memory.get(disk.files.pathOf(file))).toEqual(disk.contentOf(file))
	})

	it('fails when the disk takes nothing, instead of trying for ever', async () => {
		const disk = openTorrentDisk(three)
		await disk.files.prepare()
		disk.memory.before = operation => (operation === 'write' ? 0 : undefined)
		const outcome = await disk.files.writePiece(0, [{ offset: 0, bytes: disk.piece(0) }])
		expect(outcome).toMatchObject({ ok: false, code: 'EIO' })
		expect(disk.files.queuedWriteBytes).toBe(0)
	})

	it('keeps at most 40 files open, whatever the torrent has', async () => {
		const names = Array.from({ length: 500 }, (_, index) => [`top/${index}`, 10])
		const disk = openTorrentDisk({
			files: Object.fromEntries(names) as Record<string, number>,
			pieceLength: 64,
		})
		await disk.files.prepare()
		let most = 0
		disk.memory.before = () => {
			most = Math.max(most, disk.memory.openHandles)
			return undefined
		}
		await writePieces(disk, ...Array.from({ length: disk.geometry.pieceCount }, (_, piece) => piece))
		expect(most).toBe(40)
		expect((await disk.files.sync()).ok).toBe(true)
		expect(most).toBeLessThanOrEqual(44)
		await disk.files.close()
		expect(disk.memory.openHandles).toBe(0)
		expect(disk.memory.get('/save/top/499')).toEqual(disk.contentOf(499))
	})

	it('gives its own descriptors back when the process has none left', async () => {
		const disk = openTorrentDisk(three)
		await disk.files.prepare()
		await writePieces(disk, 0)
		disk.memory.before = operation => {
			if (operation !== 'open' || disk.memory.openHandles === 0) return undefined
			throw Object.assign(new Error('EMFILE'), { code: 'EMFILE' })
		}
		await writePieces(disk, 1, 2)
		expect(disk.memory.get('/save/top/deep/b')).toEqual(disk.contentOf(1))
	})

	it('syncs each file that was written, once, and knows their marks afterwards', async () => {
		const disk = openTorrentDisk(three)
		await disk.files.prepare()
		await writePieces(disk, 0, 1)
		const synced: string[] = []
		disk.memory.before = (operation, path) => {
			if (operation === 'sync') synced.push(path)
			return undefined
		}
		await disk.files.sync()
		await disk.files.sync()
		expect(synced.sort()).toEqual(['/save/top/a', '/save/top/deep/b'])
		expect(disk.files.stats.map(stat => stat?.sizeBytes)).toEqual([100, 28, undefined, undefined])
	})

	it('knows which pieces may be on disk by the sizes of the files', async () => {
		const disk = openTorrentDisk(three)
		disk.memory.put('/save/top/a', new Uint8Array(100))
		disk.memory.put('/save/top/deep/b', new Uint8Array(59))
		disk.memory.put('/save/top/c', new Uint8Array(300))
		await disk.files.prepare()
		expect(piecesIn(disk.files.checkable())).toEqual([0, 1, 3, 4])
	})

	it('never shortens a larger file that is there', async () => {
		const disk = openTorrentDisk(three)
		const theirs = new Uint8Array(500).fill(9)
		disk.memory.put('/save/top/a', theirs)
		await disk.files.prepare()
		await disk.verifier.check({
			pieces: disk.files.checkable(),
			signal: new AbortController().signal,
			onProgress: () => undefined,
		})
		await disk.files.sync()
		expect(disk.memory.get('/save/top/a')).toEqual(theirs)
		await writePieces(disk, ...allOf)
		expect(disk.memory.get('/save/top/a')).toEqual(concatBytes([disk.contentOf(0), theirs.subarray(100)]))
		expect(await disk.files.finish()).toEqual({ ok: true, value: [{ file: 0, problem: 'larger' }] })
	})
})

describe('FileStorage and links', () => {
	it('writes through no link in the last element', async () => {
		const disk = openTorrentDisk(three)
		disk.memory.put('/home/secret', new Uint8Array(4))
		disk.memory.link('/save/top/a', '/home/secret')
		await disk.files.prepare()
		const outcome = await disk.files.writePiece(0, [{ offset: 0, bytes: disk.piece(0) }])
		expect(outcome).toMatchObject({ ok: false, code: 'ELOOP' })
		expect(disk.memory.get('/home/secret')).toEqual(new Uint8Array(4))
	})

	it.each([
		['/save/top', '/home'],
		['/save/top/deep', '../../home'],
	])('creates nothing below the link %s', async (link, target) => {
		const disk = openTorrentDisk(three)
		disk.memory.put('/home/x', new Uint8Array(1))
		disk.memory.link(link, target)
		await disk.files.prepare()
		const outcome = await disk.files.writePiece(1, [{ offset: 36, bytes: disk.piece(1).subarray(36) }])
		expect(outcome).toMatchObject({ ok: false, code: 'ELOOP' })
		expect(disk.memory.paths().filter(path => path.startsWith('/home'))).toEqual(['/home/x'])
	})

	it('saves into a folder that the user reaches by a link', async () => {
		const disk = openTorrentDisk(three)
		disk.memory.put('/big/x', new Uint8Array(1))
		disk.memory.link('/save', '/big')
		await disk.files.prepare()
		await writePieces(disk, 0)
		expect(disk.memory.paths()).toContain('/big/top/a')
	})

	it('writes into nothing but a file', async () => {
		const disk = openTorrentDisk(three)
		disk.memory.put('/save/top/a/x', new Uint8Array(1))
		disk.memory.put('/save/top/deep', new Uint8Array(1))
		await disk.files.prepare()
		const onFolder = await disk.files.writePiece(0, [{ offset: 0, bytes: disk.piece(0) }])
		expect(onFolder).toMatchObject({ ok: false, code: 'EISDIR' })
		const belowFile = await disk.files.writePiece(1, [{ offset: 36, bytes: disk.piece(1).subarray(36) }])
		expect(belowFile).toMatchObject({ ok: false, code: 'ENOTDIR' })
	})
})

describe('FileStorage and files that others change', () => {
	it('does not make a file again that somebody took away', async () => {
		const disk = openTorrentDisk(three)
		await disk.files.prepare()
		await writePieces(disk, 0)
		await disk.files.close()
		await disk.memory.unlink('/save/top/a')
		const outcome = await disk.files.writePiece(0, [{ offset: 0, bytes: disk.piece(0) }])
		expect(outcome).toMatchObject({ ok: false, code: 'ENOENT' })
		expect(disk.memory.paths()).toEqual([])
	})

	it('does not call safe what went into a file without a name', async () => {
		const disk = openTorrentDisk(three)
		await disk.files.prepare()
		await writePieces(disk, 0)
		await disk.memory.unlink('/save/top/a')
		await writePieces(disk, 0)
		expect(await disk.files.sync()).toMatchObject({ ok: false, code: 'ESTALE' })
	})

	it('does not call safe a file that was cut short under its handle, nor makes it long again', async () => {
		const disk = openTorrentDisk(three)
		await disk.files.prepare()
		await writePieces(disk, 0)
		expect((await disk.files.sync()).ok).toBe(true)
		const path = disk.files.pathOf(0)
		const handle = await disk.memory.open(path, 'write')
		await handle.truncate(10)
		await handle.close()
		disk.files.touch(0)
		expect(await disk.files.sync()).toMatchObject({ ok: false, code: 'ESTALE' })
		const parts = [{ offset: 0, bytes: disk.piece(0) }]
		expect(await disk.files.writePiece(0, parts)).toMatchObject({ ok: false, code: 'ESTALE' })
		expect(disk.memory.get(path)).toHaveLength(10)
		// A look at what is there takes it as it is.
		await disk.files.prepare()
		expect(await disk.files.writePiece(0, parts)).toMatchObject({ ok: true })
		expect((await disk.files.sync()).ok).toBe(true)
	})

	it('does not take for cut short a file that grows while it is synced', async () => {
		const disk = openTorrentDisk({ files: { a: 192 }, pieceLength: 64 })
		await disk.files.prepare()
		const open = disk.storage.open.bind(disk.storage)
		let grows = false
		disk.storage.open = async (path, mode) => {
			const handle = await open(path, mode)
			const stat = async () => {
				const seen = await handle.stat()
				if (grows) await writePieces(disk, 1)
				return seen
			}
			return { ...handle, stat }
		}
		await writePieces(disk, 0)
		grows = true
		expect((await disk.files.sync()).ok).toBe(true)
	})

	it('neither reads nor writes a file that took the place of ours', async () => {
		const disk = openTorrentDisk(three)
		await disk.files.prepare()
		await writePieces(disk, 0)
		await disk.files.close()
		disk.memory.put('/save/top/a', new Uint8Array(100))
		const outcome = await disk.files.writePiece(0, [{ offset: 0, bytes: disk.piece(0) }])
		expect(outcome).toMatchObject({ ok: false, code: 'ESTALE' })
		expect(await disk.files.read(0, new Uint8Array(10))).toMatchObject({ ok: false, code: 'ESTALE' })
		await disk.files.prepare()
		expect((await disk.files.read(0, new Uint8Array(10))).ok).toBe(true)
	})

	it('does not pass off as data what lies behind the end of a file that was cut', async () => {
		const disk = openTorrentDisk(three)
		disk.fill(0, 1, 2)
		await disk.files.prepare()
		await (await disk.storage.open('/save/top/a', 'write')).truncate(70)
		expect(await disk.files.read(0, new Uint8Array(70))).toMatchObject({ ok: true })
		expect(await disk.files.read(0, new Uint8Array(71))).toMatchObject({ ok: false, code: 'EIO' })
	})

	it('finds at the end what is missing, short, larger, replaced or no file', async () => {
		const files = { a: 10, b: 10, c: 10, d: 10, e: 10, f: 10 }
		const disk = openTorrentDisk({ files, pieceLength: 64 })
		await disk.files.prepare()
		await writePieces(disk, 0)
		expect(await disk.files.finish()).toEqual({ ok: true, value: [] })
		await disk.memory.unlink('/save/a')
		disk.memory.put('/save/d', disk.contentOf(3))
		await disk.memory.unlink('/save/e')
		disk.memory.link('/save/e', '/save/f')
		const [b, c] = [await disk.storage.open('/save/b', 'write'), await disk.storage.open('/save/c', 'write')]
		await b.truncate(9)
		await c.truncate(11)
		expect(await disk.files.finish()).toEqual({
			ok: true,
			value: [
				{ file: 0, problem: 'missing' },
				{ file: 1, problem: 'short' },
				{ file: 2, problem: 'larger' },
				{ file: 3, problem: 'replaced' },
				{ file: 4, problem: 'notAFile' },
			],
		})
	})

	it('creates empty files at the end', async () => {
		const disk = openTorrentDisk({ files: { 'top/a': 64, 'top/empty/e': 0 }, pieceLength: 64 })
		await disk.files.prepare()
		await writePieces(disk, 0)
		expect(await disk.files.finish()).toEqual({ ok: true, value: [] })
		expect(disk.memory.get('/save/top/empty/e')).toEqual(new Uint8Array())
	})
})

describe('FileStorage with padding', () => {
	const padded = { files: { a: 10, '.pad/54': 54, b: 70 }, pieceLength: 64 }

	it('keeps padding off the disk and reads it as zeros', async () => {
		const disk = openTorrentDisk(padded)
		await disk.files.prepare()
		await writePieces(disk, 0, 1, 2)
		expect(disk.memory.paths()).toEqual(['/save/a', '/save/b'])
		const bytes = new Uint8Array(64).fill(1)
		await disk.files.read(0, bytes)
		expect(bytes).toEqual(disk.piece(0))
		expect(piecesIn(disk.files.checkable())).toEqual([])
		await disk.files.prepare()
		expect(piecesIn(disk.files.checkable())).toEqual([0, 1, 2])
	})
})

describe('FileStorage with chosen files', () => {
	// Pieces of 64: a = 0..1, b = 1..2, c = 2..4, d is inside piece 4 and e begins there.
	const five = { files: { a: 100, b: 60, c: 100, d: 10, e: 130 }, pieceLength: 64 }

	it('creates nothing of a file that was not chosen', async () => {
		const disk = openTorrentDisk({ ...five, chosen: [1] })
		await disk.files.prepare()
		await writePieces(disk, 1, 2)
		expect(disk.memory.paths()).toEqual(['/save/b', partPath])
		for (const piece of [1, 2]) {
			const bytes = new Uint8Array(64)
			expect((await disk.files.read(piece * 64, bytes)).ok).toBe(true)
			expect(bytes).toEqual(disk.piece(piece))
		}
	})

	it('keeps nothing of pieces that no chosen file is in', async () => {
		const disk = openTorrentDisk({ ...five, chosen: [1] })
		await disk.files.prepare()
		const outcome = await disk.files.writePiece(0, [{ offset: 0, bytes: disk.piece(0) }])
		expect(outcome).toMatchObject({ ok: false, code: 'ENOENT' })
		expect(await disk.files.read(0, new Uint8Array(64))).toMatchObject({ ok: false })
	})

	it('finds in the part file what it needs to check or serve a piece after a restart', async () => {
		const recipe = { ...five, chosen: [1] }
		const disk = openTorrentDisk(recipe)
		await disk.files.prepare()
		await writePieces(disk, 1, 2)
		const again = reopen(disk, recipe)
		await again.files.prepare()
		expect(piecesIn(again.files.checkable())).toEqual([1, 2])
	})

	it('moves the bytes out of the part file when everything is chosen', async () => {
		const disk = openTorrentDisk({ ...five, chosen: [1] })
		await disk.files.prepare()
		await writePieces(disk, 1, 2)
		await disk.files.close()
		const again = reopen(disk, five)
		expect((await again.files.prepare()).ok).toBe(true)
		expect(piecesIn(again.files.checkable())).toEqual([0, 1, 2])
		const bytes = new Uint8Array(128)
		expect((await again.files.read(64, bytes)).ok).toBe(true)
		expect(bytes).toEqual(again.content.subarray(64, 192))
		expect(again.memory.paths()).not.toContain('/save/d')
		await writePieces(again, 0, 3, 4, 5, 6)
		expect(await again.files.finish()).toEqual({ ok: true, value: [] })
		for (const file of [0, 1, 2, 3, 4]) {
			expect(again.memory.get(again.files.pathOf(file))).toEqual(again.contentOf(file))
		}
		expect(again.memory.paths()).not.toContain(partPath)
	})

	it('goes on to use a file that is there although it is not chosen', async () => {
		const disk = openTorrentDisk({ ...five, chosen: [1] })
		disk.fill(0)
		await disk.files.prepare()
		await writePieces(disk, 1, 2)
		expect(disk.memory.get('/save/a')).toEqual(disk.contentOf(0))
		expect(piecesIn(disk.files.checkable())).toEqual([0])
	})
})

describe('FileStorage.readBlocks', () => {
	const blocks = [
		{ piece: 0, offset: 0, length: 64 },
		{ piece: 1, offset: 0, length: 40 },
		{ piece: 4, offset: 3, length: 17 },
		{ piece: 2, offset: 0, length: 64 },
	]
	const expectedWire = (disk: ReturnType<typeof openTorrentDisk>, wanted: typeof blocks): Uint8Array =>
		concatBytes(
			wanted.flatMap(block => [
				encodeMessage({ type: 'piece', ...block }),
				disk.piece(block.piece).subarray(block.offset, block.offset + block.length),
			]),
		)

	async function filled(): Promise<ReturnType<typeof openTorrentDisk>> {
		const disk = openTorrentDisk(three)
		disk.fill(0, 1, 2)
		await disk.files.prepare()
		return disk
	}

	it('makes piece messages of blocks, across files', async () => {
		const disk = await filled()
		const slab = new Uint8Array(wireBytes(blocks) + 5)
		const { wire, failed } = await disk.files.readBlocks(blocks, slab)
		expect(failed).toEqual([])
		expect(wire).toEqual(expectedWire(disk, blocks))
		expect(wire.buffer).toBe(slab.buffer)
	})

	it('reads the same once it goes synchronously', async () => {
		const disk = await filled()
		for (let round = 0; round < 100; round += 1) {
			const { wire } = await disk.files.readBlocks(blocks, new Uint8Array(wireBytes(blocks)))
			expect(wire).toEqual(expectedWire(disk, blocks))
		}
	})

	it('reads blocks that lie together in one call', async () => {
		const disk = await filled()
		const wanted = [0, 16, 32, 48].map(offset => ({ piece: 0, offset, length: 16 }))
		const reads: string[] = []
		const handle = await disk.storage.open('/save/top/a', 'read')
		disk.memory.before = (operation, path) => {
			if (operation === 'open') reads.push(path)
			return undefined
		}
		await handle.close()
		const { wire } = await disk.files.readBlocks(wanted, new Uint8Array(wireBytes(wanted)))
		expect(wire).toEqual(expectedWire(disk, wanted))
		expect(reads).toEqual(['/save/top/a'])
	})

	it('goes on after short reads', async () => {
		const disk = await filled()
		disk.memory.before = operation => (operation === 'read' ? 7 : undefined)
		const { wire, failed } = await disk.files.readBlocks(blocks, new Uint8Array(wireBytes(blocks)))
		expect(failed).toEqual([])
		expect(wire).toEqual(expectedWire(disk, blocks))
	})

	it('leaves out blocks behind the end of a file that was cut, and sends no garbage for them', async () => {
		const disk = await filled()
		await (await disk.storage.open('/save/top/a', 'write')).truncate(80)
		const { wire, failed } = await disk.files.readBlocks(blocks, new Uint8Array(wireBytes(blocks)))
		expect(failed).toEqual([{ block: blocks[1], error: 'EIO' }])
		expect(wire).toEqual(expectedWire(disk, [blocks[0]!, blocks[2]!, blocks[3]!]))
	})

	it('names the blocks of a file that cannot be opened or read', async () => {
		const disk = await filled()
		disk.memory.before = (operation, path) => {
			if (operation !== 'read' || path !== '/save/top/c') return undefined
			throw Object.assign(new Error('EIO'), { code: 'EIO' })
		}
		await disk.memory.unlink('/save/top/deep/b')
		const { wire, failed } = await disk.files.readBlocks(blocks, new Uint8Array(wireBytes(blocks)))
		expect(failed).toEqual([
			{ block: blocks[1], error: 'ENOENT' },
			{ block: blocks[2], error: 'EIO' },
			{ block: blocks[3], error: 'ENOENT' },
		])
		expect(wire).toEqual(expectedWire(disk, [blocks[0]!]))
	})
})
