import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { PiecePool } from '../../source/engine/piece-pool.ts'
import { createFullBitfield } from '../../source/protocol/bitfield.ts'
import { blockBytes } from '../../source/protocol/message.ts'
import { openTorrentDisk, piecesIn, type TorrentDisk } from '../helpers/torrent-disk.ts'

const mib = 1 << 20
const hex = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex')

function poolFor(disk: TorrentDisk): PiecePool {
	const { geometry, hasher, files } = disk
	return new PiecePool({ geometry, hasher, spill: (piece, parts) => files.writePiece(piece, parts) })
}

function receive(pool: PiecePool, piece: number, bytes: Uint8Array, order: 'forward' | 'backward'): void {
	const offsets = Array.from(
		{ length: Math.ceil(bytes.length / blockBytes) },
		(_, index) => index * blockBytes,
	)
	for (const offset of order === 'forward' ? offsets : offsets.reverse()) {
		const block = bytes.subarray(offset, offset + blockBytes)
		pool.target(piece, offset, block.length).set(block)
		pool.received(piece, offset)
	}
}

function blocksOf(bytes: Uint8Array): string[] {
	return Array.from({ length: Math.ceil(bytes.length / blockBytes) }, (_, index) =>
		hex(bytes.subarray(index * blockBytes, (index + 1) * blockBytes)),
	)
}

describe.each([
	['a piece in one buffer', 3 * blockBytes],
	['a large piece', 5 * mib],
])('Verifier.verify of %s', (_, pieceLength) => {
	const recipe = { files: { a: pieceLength + 20, b: 100_000 }, pieceLength }

	it.each(['forward', 'backward'] as const)('knows a right piece, received %s', async order => {
		const disk = openTorrentDisk(recipe)
		await disk.files.prepare()
		const pool = poolFor(disk)
		for (let piece = 0; piece < disk.geometry.pieceCount; piece += 1) {
			receive(pool, piece, disk.piece(piece), order)
			const verdict = { matches: true, digests: undefined }
			expect(await disk.verifier.verify(pool, piece, false)).toEqual({ ok: true, value: verdict })
		}
	})

	it('gives the digests of all blocks when asked', async () => {
		const disk = openTorrentDisk(recipe)
		await disk.files.prepare()
		const pool = poolFor(disk)
		receive(pool, 0, disk.piece(0), 'forward')
		const verdict = { matches: true, digests: blocksOf(disk.piece(0)) }
		expect(await disk.verifier.verify(pool, 0, true)).toEqual({ ok: true, value: verdict })
	})

	it('finds one wrong bit and gives the digests to find whose it is', async () => {
		const disk = openTorrentDisk(recipe)
		await disk.files.prepare()
		const pool = poolFor(disk)
		const wrong = disk.piece(0).slice()
		wrong[wrong.length - 1]! ^= 1
		receive(pool, 0, wrong, 'forward')
		const verdict = { matches: false, digests: blocksOf(wrong) }
		expect(await disk.verifier.verify(pool, 0, false)).toEqual({ ok: true, value: verdict })
	})
})

describe('Verifier.verify of a large piece', () => {
	const recipe = { files: { a: 5 * mib }, pieceLength: 5 * mib }

	it('fails when its bytes did not reach the disk', async () => {
		const disk = openTorrentDisk(recipe)
		await disk.files.prepare()
		disk.memory.capacityBytes = mib
		const pool = poolFor(disk)
		receive(pool, 0, disk.piece(0), 'forward')
		expect(await disk.verifier.verify(pool, 0, false)).toMatchObject({ ok: false, code: 'ENOSPC' })
	})

	it('fails when its bytes cannot be read back', async () => {
		const disk = openTorrentDisk(recipe)
		await disk.files.prepare()
		const pool = poolFor(disk)
		receive(pool, 0, disk.piece(0), 'backward')
		await pool.settled(0)
		disk.memory.before = operation => {
			if (operation === 'read') throw Object.assign(new Error('EIO'), { code: 'EIO' })
			return undefined
		}
		expect(await disk.verifier.verify(pool, 0, false)).toMatchObject({ ok: false, code: 'EIO' })
	})

	it('hashes no more than 1 MiB between two waits for the disk', async () => {
		const disk = openTorrentDisk(recipe)
		await disk.files.prepare()
		const pool = poolFor(disk)
		receive(pool, 0, disk.piece(0), 'backward')
		await pool.settled(0)
		let most = 0
		disk.memory.before = operation => {
			if (operation === 'read') most += 1
			return undefined
		}
		await disk.verifier.verify(pool, 0, false)
		// The first span came last, in order, and was hashed on its way.
		expect(most).toBe(4)
	})
})

describe('Verifier.check', () => {
	async function check(
		disk: TorrentDisk,
		signal = new AbortController().signal,
	): Promise<{ found: number[]; fractions: number[]; failures: string[] }> {
		const fractions: number[] = []
		const failures: string[] = []
		const found = await disk.verifier.check({
			pieces: createFullBitfield(disk.geometry.pieceCount),
			signal,
			onProgress: fraction => fractions.push(fraction),
			onUnreadable: ({ code }) => failures.push(code),
		})
		return { found: piecesIn(found), fractions, failures }
	}

	it.each([
		['small pieces', 1000],
		['pieces of 1 MiB', mib],
		['pieces over 1 MiB', 3 * mib - 5],
	])('finds exactly the right pieces among %s', async (_, pieceLength) => {
		const disk = openTorrentDisk({
			files: { a: 2 * pieceLength + 10, b: pieceLength, c: 3 * pieceLength },
			pieceLength,
		})
		disk.fill(0, 1, 2)
		disk.memory.patch('/save/b', pieceLength - 11, new Uint8Array([disk.contentOf(1).at(-11)! ^ 1]))
		await disk.files.prepare()
		const { found, fractions } = await check(disk)
		expect(found).toEqual([0, 1, 3, 4, 5, 6])
		expect(fractions.at(-1)).toBe(1)
		expect([...fractions].sort((a, b) => a - b)).toEqual(fractions)
	})

	it('looks only at the pieces it was asked for', async () => {
		const disk = openTorrentDisk({ files: { a: 640 }, pieceLength: 64 })
		disk.fill(0)
		await disk.files.prepare()
		const pieces = { bytes: Uint8Array.of(0b0011_0000, 0b0100_0000), size: 10, count: 3 }
		const options = { pieces, signal: new AbortController().signal, onProgress: () => undefined }
		expect(piecesIn(await disk.verifier.check(options))).toEqual([2, 3, 9])
	})

	it('does without what is missing, cut off or unreadable, and says which it could not read', async () => {
		const disk = openTorrentDisk({ files: { a: 128, b: 128, c: 128, d: 128 }, pieceLength: 64 })
		disk.fill(0, 2, 3)
		await (await disk.storage.open('/save/c', 'write')).truncate(100)
		await disk.files.prepare()
		disk.memory.before = (operation, path) => {
			if (operation === 'open' && path === '/save/d') throw Object.assign(new Error(''), { code: 'EACCES' })
			return undefined
		}
		const { found, failures } = await check(disk)
		expect(found).toEqual([0, 1, 4])
		expect(failures).toContain('EACCES')
		expect(failures).not.toContain('ENOENT')
	})

	it('reads hardly anything of a file that is a hole', async () => {
		const disk = openTorrentDisk({ files: { a: 4 * mib }, pieceLength: mib })
		disk.memory.put('/save/a', new Uint8Array())
		await (await disk.storage.open('/save/a', 'write')).truncate(4 * mib)
		await disk.files.prepare()
		let bytesRead = 0
		const storage = disk.memory
		const open = storage.open.bind(storage)
		storage.open = async (path, mode) => {
			const handle = await open(path, mode)
			return {
				...handle,
				read: async (target, position) => {
					const count = await handle.read(target, position)
					bytesRead += count
					return count
				},
			}
		}
		expect((await check(disk)).found).toEqual([])
		expect(bytesRead).toBe(4 * 4096)
	})

	it('does not take data for a hole because the file system says so', async () => {
		const disk = openTorrentDisk({ files: { a: 4 * mib }, pieceLength: mib })
		disk.fill(0)
		const stat = disk.memory.stat.bind(disk.memory)
		disk.memory.stat = async path => {
			const found = await stat(path)
			return found === undefined ? undefined : { ...found, allocatedBytes: 0 }
		}
		await disk.files.prepare()
		expect((await check(disk)).found).toEqual([0, 1, 2, 3])
	})

	it('ends at once when aborted, with the reason', async () => {
		const disk = openTorrentDisk({ files: { a: 4 * mib }, pieceLength: mib })
		disk.fill(0)
		await disk.files.prepare()
		const abort = new AbortController()
		let reads = 0
		disk.memory.before = operation => {
			if (operation !== 'read') return undefined
			reads += 1
			if (reads === 2) abort.abort(new Error('enough'))
			return undefined
		}
		await expect(check(disk, abort.signal)).rejects.toThrow('enough')
		expect(reads).toBe(2)
	})
})

describe('Verifier.readBack', () => {
	const pieceLength = 2 * mib + 3 * blockBytes
	const filled = async (): Promise<TorrentDisk> => {
		const disk = openTorrentDisk({ files: { a: pieceLength + 20, b: 100_000 }, pieceLength })
		disk.fill(0, 1)
		await disk.files.prepare()
		return disk
	}

	it('knows what is right on disk and what is not', async () => {
		const disk = await filled()
		disk.memory.patch(disk.files.pathOf(1), 99_999, Uint8Array.of((disk.content.at(-1) ?? 0) ^ 1))
		expect(await disk.verifier.readBack(0)).toEqual({ ok: true, value: true })
		expect(await disk.verifier.readBack(1)).toEqual({ ok: true, value: false })
	})

	it('says so where it cannot read', async () => {
		const disk = await filled()
		const handle = await disk.memory.open(disk.files.pathOf(0), 'write')
		await handle.truncate(mib)
		expect(await disk.verifier.readBack(0)).toMatchObject({ ok: false, code: 'EIO' })
	})

	it('lets the loop turn after each MiB', async () => {
		const disk = await filled()
		const log: string[] = []
		disk.memory.before = operation => {
			if (operation !== 'read') return undefined
			log.push('read')
			setImmediate(() => log.push('turn'))
			return undefined
		}
		const open = disk.memory.open.bind(disk.memory)
		disk.memory.open = async (...words) => {
			const handle = await open(...words)
			return {
				...handle,
				read: async (target, position) => {
					expect(target.length).toBeLessThanOrEqual(mib)
					await new Promise(resolve => setImmediate(resolve))
					return await handle.read(target, position)
				},
			}
		}
		expect(await disk.verifier.readBack(0)).toEqual({ ok: true, value: true })
		expect(log).toEqual(['read', 'turn', 'read', 'turn', 'read'])
	})
})
