import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../source/engine/environment.ts'
import { createNodeHasher } from '../../source/engine/node-hasher.ts'
import { type PiecePart, PiecePool, type PiecePoolOptions } from '../../source/engine/piece-pool.ts'
import { equalBytes } from '../../source/protocol/bytes.ts'
import { createGeometry } from '../../source/protocol/geometry.ts'
import { makeContent } from '../helpers/make-torrent.ts'
import { settle } from '../helpers/torrent-disk.ts'

const kib = 1024
const mib = 1024 * kib
const block = 16 * kib
const done: Outcome<undefined> = { ok: true, value: undefined }

function poolOf(
	pieceLength: number,
	totalBytes: number,
	options: Partial<PiecePoolOptions> = {},
): { pool: PiecePool; spilled: { piece: number; parts: { offset: number; bytes: Uint8Array }[] }[] } {
	const spilled: { piece: number; parts: { offset: number; bytes: Uint8Array }[] }[] = []
	const pool = new PiecePool({
		geometry: createGeometry(pieceLength, totalBytes),
		hasher: createNodeHasher(),
		spill: (piece: number, parts: readonly PiecePart[]) => {
			spilled.push({ piece, parts: parts.map(({ offset, bytes }) => ({ offset, bytes: bytes.slice() })) })
			return Promise.resolve(done)
		},
		...options,
	})
	return { pool, spilled }
}

function give(pool: PiecePool, piece: number, offset: number, bytes: Uint8Array): void {
	pool.target(piece, offset, bytes.length).set(bytes)
	pool.received(piece, offset)
}

describe('PiecePool with pieces up to 4 MiB', () => {
	it('puts blocks together in any order', () => {
		const { pool } = poolOf(3 * block, 4 * block + 5)
		const content = makeContent(3 * block)
		for (const at of [2, 0, 1]) give(pool, 0, at * block, content.subarray(at * block, (at + 1) * block))
		give(pool, 1, 0, content.subarray(0, block))
		give(pool, 1, block, content.subarray(0, 5))
		expect(pool.whole(0)).toEqual(content)
		expect(pool.parts(0)).toEqual([{ offset: 0, bytes: content }])
		expect(pool.whole(1)).toHaveLength(block + 5)
	})

	it('uses the memory again that was freed last', () => {
		const { pool } = poolOf(block, 10 * block)
		const first = pool.target(0, 0, block).buffer
		const second = pool.target(1, 0, block).buffer
		pool.release(0)
		pool.release(1)
		expect(pool.target(2, 0, block).buffer).toBe(second)
		expect(pool.target(3, 0, block).buffer).toBe(first)
		expect(first).toBeInstanceOf(ArrayBuffer)
	})

	it('counts what open pieces take and says when there is no room for more', () => {
		const { pool } = poolOf(2 * block, 20 * block, { capacityBytes: 4 * block, idleBytes: 0 })
		pool.target(0, 0, block)
		pool.target(0, block, block)
		expect(pool.bytesInUse).toBe(2 * block)
		expect(pool.hasRoom()).toBe(true)
		pool.target(1, 0, block)
		expect(pool.hasRoom()).toBe(false)
		expect(pool.congested).toBe(false)
		pool.target(2, 0, block)
		pool.target(3, 0, block)
		expect(pool.congested).toBe(true)
		for (const piece of [0, 1, 2, 3, 3, 7]) pool.release(piece)
		expect(pool.bytesInUse).toBe(0)
		expect(pool.hasRoom()).toBe(true)
	})

	it('keeps no more idle memory than it may', () => {
		const { pool } = poolOf(block, 10 * block, { idleBytes: 2 * block })
		const buffers = [0, 1, 2].map(piece => pool.target(piece, 0, block).buffer)
		for (const piece of [0, 1, 2]) pool.release(piece)
		const again = [3, 4, 5].map(piece => pool.target(piece, 0, block).buffer)
		expect(again.filter(buffer => buffers.includes(buffer))).toHaveLength(2)
	})
})

describe('PiecePool with pieces over 4 MiB', () => {
	const length = 5 * mib
	const content = makeContent(length)
	const blocks = Array.from({ length: length / block }, (_, index) => index)
	const giveBlock = (pool: PiecePool, index: number, piece = 0): void =>
		give(pool, piece, index * block, content.subarray(index * block, (index + 1) * block))

	it('writes every 1 MiB when it is complete and holds no more than what is not', async () => {
		const { pool, spilled } = poolOf(length, length)
		let most = 0
		for (const index of blocks) {
			giveBlock(pool, index)
			most = Math.max(most, pool.bytesInUse)
			if (index % 64 === 63) await settle()
		}
		expect(spilled.map(({ parts }) => parts.map(({ offset, bytes }) => [offset, bytes.length]))).toEqual(
			[0, 1, 2, 3, 4].map(span => [[span * mib, mib]]),
		)
		for (const { parts } of spilled) {
			for (const { offset, bytes } of parts) {
				expect(equalBytes(bytes, content.subarray(offset, offset + bytes.length))).toBe(true)
			}
		}
		expect(most).toBeLessThanOrEqual(2 * mib)
		expect(pool.bytesInUse).toBe(0)
		expect(pool.whole(0)).toBeUndefined()
		expect(pool.parts(0)).toEqual([])
		expect(await pool.settled(0)).toEqual(done)
	})

	it('hashes what comes in order on its way', async () => {
		const { pool } = poolOf(length, length)
		for (const index of blocks) giveBlock(pool, index)
		await pool.settled(0)
		const running = pool.takeRunningHash(0)
		expect(running?.bytes).toBe(length)
		expect(running?.hash.digest()).toEqual(createNodeHasher().sha1(content))
		expect(pool.takeRunningHash(0)).toBeUndefined()
	})

	it('leaves the hash of what came too early to whoever reads it back', async () => {
		const { pool } = poolOf(length, length)
		for (const index of [...blocks.slice(128), ...blocks.slice(0, 128)]) giveBlock(pool, index)
		await pool.settled(0)
		const running = pool.takeRunningHash(0)
		expect(running?.bytes).toBe(2 * mib)
		running?.hash.update(content.subarray(2 * mib))
		expect(running?.hash.digest()).toEqual(createNodeHasher().sha1(content))
	})

	it('writes what came of incomplete spans when memory runs out, each byte once', async () => {
		const { pool, spilled } = poolOf(length, length, { capacityBytes: mib })
		const scattered = [...blocks].sort((a, b) => (a % 7) - (b % 7) || a - b)
		let most = 0
		for (const index of scattered) {
			giveBlock(pool, index)
			most = Math.max(most, pool.bytesInUse)
			if (index % 8 === 0) await settle()
		}
		expect(await pool.settled(0)).toEqual(done)
		expect(most).toBeLessThan(3 * mib)
		const disk = new Uint8Array(length)
		let written = 0
		for (const { parts } of spilled) {
			for (const { offset, bytes } of parts) {
				disk.set(bytes, offset)
				written += bytes.length
			}
		}
		expect(equalBytes(disk, content)).toBe(true)
		expect(written).toBe(length)
	})

	it('minds not when a block is announced twice or was never there', async () => {
		const { pool, spilled } = poolOf(length, length)
		for (const index of blocks.slice(0, 64)) {
			giveBlock(pool, index)
			pool.received(0, index * block)
			pool.received(0, (index + 64) * block)
		}
		await settle()
		expect(spilled).toHaveLength(1)
	})

	it('handles a last piece that ends inside a block', async () => {
		const last = length - 3 * mib - 100
		const { pool, spilled } = poolOf(length, length + last)
		for (let offset = 0; offset < last; offset += block) {
			give(pool, 1, offset, content.subarray(offset, Math.min(last, offset + block)))
		}
		await settle()
		const bytes = spilled.flatMap(({ parts }) => parts).reduce((sum, part) => sum + part.bytes.length, 0)
		expect(bytes).toBe(last)
		expect(pool.takeRunningHash(1)?.hash.digest()).toEqual(createNodeHasher().sha1(content.subarray(0, last)))
		expect(pool.bytesInUse).toBe(0)
	})

	it('keeps what the disk refused for another try, and says so', async () => {
		const full: Outcome<undefined> = { ok: false, code: 'ENOSPC', message: 'full' }
		const { pool } = poolOf(length, length, { spill: () => Promise.resolve(full) })
		for (const index of blocks.slice(0, 64)) giveBlock(pool, index)
		expect(await pool.settled(0)).toEqual(full)
		const [part] = pool.parts(0)
		expect(part?.offset).toBe(0)
		expect(equalBytes(part!.bytes, content.subarray(0, mib))).toBe(true)
		expect(pool.bytesInUse).toBe(mib)
		pool.release(0)
		expect(pool.bytesInUse).toBe(0)
		expect(pool.parts(0)).toEqual([])
	})

	it('writes a piece that is opened anew only after the last of its old bytes', async () => {
		const order: string[] = []
		let endFirst = (): void => undefined
		let calls = 0
		const { pool } = poolOf(length, length, {
			spill: async () => {
				calls += 1
				const call = calls
				order.push(`begin ${call}`)
				if (call === 1) {
					await new Promise<void>(resolve => {
						endFirst = resolve
					})
				}
				order.push(`end ${call}`)
				return done
			},
		})
		for (const index of blocks.slice(0, 64)) giveBlock(pool, index)
		await settle()
		pool.release(0)
		for (const index of blocks.slice(0, 64)) giveBlock(pool, index)
		await settle()
		endFirst()
		await settle()
		expect(order).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2'])
		expect(pool.bytesInUse).toBe(0)
	})
})
