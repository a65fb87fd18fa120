import { beforeEach, describe, expect, it, test } from 'vitest'
import { allocateAligned, isAligned } from '../../source/engine/aligned-memory.ts'
import { BufferStack } from '../../source/engine/buffer-stack.ts'
import { systemError } from '../../source/engine/disk-errors.ts'
import { DirectWrites } from '../../source/engine/direct-writes.ts'
import { DiskMode } from '../../source/engine/disk-mode.ts'
import type { FileHandle } from '../../source/engine/environment.ts'
import { writeAll } from '../../source/engine/transfer.ts'
import { ManualClock } from '../helpers/manual-clock.ts'

const pieceLength = 1 << 20

describe('aligned memory', () => {
	test('holds as many buffers as an arena has room for, each of which may be written directly', () => {
		const buffers = allocateAligned(pieceLength) ?? []
		expect(buffers).toHaveLength(16)
		for (const buffer of buffers) expect(isAligned([buffer], 3 * pieceLength)).toBe(true)
		expect(new Set(buffers.map(({ byteOffset }) => byteOffset)).size).toBe(16)
	})

	test('is not to be had for sizes that end within a page', () => {
		expect(allocateAligned(pieceLength + 4096)).toBeUndefined()
		expect(allocateAligned(0)).toBeUndefined()
	})

	test('is worth a direct write from 256 KiB on, in one part or in several', () => {
		const [a, b, c] = allocateAligned(131_072) ?? []
		if (a === undefined || b === undefined || c === undefined) throw new Error('expected three buffers')
		expect(isAligned([a], 0)).toBe(false)
		expect(isAligned([c, a], 65_536)).toBe(true)
		expect(isAligned([a, b.subarray(16)], 0)).toBe(false)
		expect(isAligned([a, b, new Uint8Array(131_072)], 0)).toBe(false)
	})

	test('gives one buffer where a piece is larger than an arena', () => {
		expect(allocateAligned(32 << 20)).toHaveLength(1)
	})

	test.each([
		['memory of another kind', () => [new Uint8Array(pieceLength), 0] as const],
		['an odd position', () => [allocateAligned(pieceLength)![0]!, 100] as const],
		['a place that shares a page of some machine', () => [allocateAligned(pieceLength)![0]!, 4096] as const],
		['an odd start', () => [allocateAligned(pieceLength)![0]!.subarray(16, 4096 + 16), 0] as const],
		['an odd length', () => [allocateAligned(pieceLength)![0]!.subarray(0, 5000), 0] as const],
	])('is not taken for aligned: %s', (_, make) => {
		const [bytes, position] = make()
		expect(isAligned([bytes], position)).toBe(false)
	})

	test('is what the buffers of a pool are made of, each once', () => {
		const stack = new BufferStack(pieceLength, 16 * pieceLength)
		const taken = Array.from({ length: 40 }, () => stack.take())
		for (const [index, buffer] of taken.entries()) buffer.fill(index)
		expect(taken.every((buffer, index) => buffer.every(byte => byte === index))).toBe(true)
		expect(taken.every(buffer => isAligned([buffer], 0))).toBe(true)
		stack.give(taken[7]!)
		expect(stack.take() === taken[7], 'last in, first out').toBe(true)
	})

	test('goes back to the system an arena at a time', () => {
		const stack = new BufferStack(pieceLength, 16 * pieceLength)
		const arenasOf = (buffers: readonly Uint8Array[]): number =>
			new Set(buffers.map(({ buffer }) => buffer)).size
		const taken = Array.from({ length: 48 }, () => stack.take())
		expect(arenasOf(taken)).toBe(3)
		for (const buffer of taken) stack.give(buffer)
		const again = Array.from({ length: 48 }, () => stack.take())
		expect(arenasOf(again)).toBe(3)
		expect(arenasOf([...taken, ...again])).toBe(5)
	})
})

describe('direct writes', () => {
	const clock = new ManualClock()
	let piece: Uint8Array
	let mode: DiskMode
	let direct: DirectWrites
	let written: number[]
	let elapsedMs: number
	let failure: Error | undefined

	// Of a handle nothing but writes is called here and below.
	const handle = {
		writeDirect: (parts: readonly Uint8Array[], position: number) => {
			clock.advance(elapsedMs)
			if (failure !== undefined) return Promise.reject(failure)
			written.push(position)
			return Promise.resolve(parts.reduce((sum, { length }) => sum + length, 0))
		},
	} as unknown as FileHandle

	beforeEach(() => {
		piece = allocateAligned(pieceLength)![0]!
		mode = new DiskMode(clock)
		direct = new DirectWrites(clock, mode)
		written = []
		elapsedMs = 1
		failure = undefined
	})
	const writeMany = async (count: number): Promise<number> => {
		written = []
		for (let index = 0; index < count; index += 1) await direct.write(handle, [piece], index * pieceLength)
		return written.length
	}

	it('takes aligned pieces and leaves the rest to the page cache', async () => {
		expect(await direct.write(handle, [piece], 0)).toBe(pieceLength)
		expect(await direct.write(handle, [piece], 100)).toBe(0)
		expect(await direct.write(handle, [piece.subarray(0, 131_072)], 0)).toBe(0)
		expect(await direct.write({} as unknown as FileHandle, [piece], 0)).toBe(0)
		expect(written).toEqual([0])
	})

	it('asks a file system that knows no direct writes no second time', async () => {
		failure = systemError('EINVAL', 'invalid argument')
		expect(await direct.write(handle, [piece], 0)).toBe(0)
		failure = undefined
		expect(await writeMany(5)).toBe(0)
	})

	it('passes on what is wrong with the disk', async () => {
		failure = systemError('ENOSPC', 'no space left on device')
		await expect(direct.write(handle, [piece], 0)).rejects.toMatchObject({ code: 'ENOSPC' })
	})

	it('leaves a slow disk to the page cache for a while, and longer the next time', async () => {
		elapsedMs = 30
		expect(await writeMany(4)).toBe(4)
		expect(await writeMany(64)).toBe(0)
		expect(await writeMany(4)).toBe(4)
		expect(await writeMany(256)).toBe(0)
		elapsedMs = 1
		expect(await writeMany(100)).toBe(100)
	})

	it('holds nothing against a disk that a busy loop did not wait for', async () => {
		let idleMs = 0
		const busy = {
			...handle,
			writeDirect: (parts: readonly Uint8Array[], position: number) => {
				idleMs += idlePart * elapsedMs
				return handle.writeDirect?.(parts, position) ?? Promise.resolve(0)
			},
		}
		direct = new DirectWrites(
			{
				speed: 1,
				now: () => clock.now(),
				wallTime: () => 0,
				after: () => () => undefined,
				idleMs: () => idleMs,
			},
			mode,
		)
		const writeBusily = async (): Promise<number> => {
			written = []
			for (let index = 0; index < 20; index += 1) await direct.write(busy, [piece], 0)
			return written.length
		}
		elapsedMs = 40
		let idlePart = 0.4
		expect(await writeBusily()).toBe(20)
		idlePart = 0.6
		expect(await writeBusily()).toBe(4)
	})

	it('forgives a slow write now and then', async () => {
		for (let index = 0; index < 100; index += 1) {
			elapsedMs = index % 4 === 0 ? 30 : 1
			await direct.write(handle, [piece], 0)
		}
		expect(written).toHaveLength(100)
	})

	it('does not hold it against the disk that it is being synced', async () => {
		elapsedMs = 30
		await mode.during(() => writeMany(50))
		expect(written).toHaveLength(50)
	})

	it('is followed by an ordinary write of what it left', async () => {
		const rest: { readonly position: number; readonly bytes: number }[] = []
		const short = {
			writeDirect: () => Promise.resolve(786_432),
			write: (bytes: Uint8Array, position: number) => {
				rest.push({ position, bytes: bytes.length })
				return Promise.resolve(bytes.length)
			},
		} as unknown as FileHandle
		await writeAll(short, [piece], { position: pieceLength, mode, direct })
		expect(rest).toEqual([{ position: pieceLength + 786_432, bytes: 262_144 }])
	})

	it('is followed by ordinary writes of the parts that it left, from where it stopped', async () => {
		const rest: { readonly position: number; readonly first: number | undefined; readonly bytes: number }[] =
			[]
		const short = {
			writeDirect: () => Promise.resolve(300_000),
			write: (bytes: Uint8Array, position: number) => {
				rest.push({ position, first: bytes[0], bytes: bytes.length })
				return Promise.resolve(bytes.length)
			},
		} as unknown as FileHandle
		const parts = allocateAligned(262_144)!.slice(0, 3)
		for (const [index, part] of parts.entries()) part.fill(index)
		await writeAll(short, parts, { position: 0, mode, direct })
		expect(rest).toEqual([
			{ position: 300_000, first: 1, bytes: 224_288 },
			{ position: 524_288, first: 2, bytes: 262_144 },
		])
	})
})
