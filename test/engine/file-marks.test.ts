import { describe, expect, it } from 'vitest'
import { FileMarks } from '../../source/engine/file-marks.ts'
import { partFile } from '../../source/engine/file-layout.ts'
import type { FileHandle } from '../../source/engine/environment.ts'
import { MemoryStorage, type MemoryOperation } from '../../source/practice/memory-storage.ts'
import { ManualClock } from '../helpers/manual-clock.ts'

const path = '/save/a'
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

/** A file that is known as it lies on disk. */
async function setUp() {
	const clock = new ManualClock()
	const memory = new MemoryStorage({ wallTime: () => clock.wallTime() })
	memory.put(path, new Uint8Array(100))
	const changed: number[] = []
	const marks = new FileMarks(clock, 1)
	marks.listen(file => changed.push(file))
	marks.reset([await memory.stat(path), undefined])
	const handle = await memory.open(path, 'write')
	const looks = { count: 0 }
	memory.before = (operation: MemoryOperation) => {
		if (operation === 'fileStat') looks.count += 1
		return undefined
	}
	/** As FileStorage reads: it looks when that is due. */
	const serve = async (): Promise<void> => {
		if (marks.isDue(0)) await marks.look(0, handle)
	}
	const write = async (work: () => Promise<unknown> = () => handle.write(bytes(1), 0)): Promise<void> => {
		await marks.writeBegins(0, handle)
		try {
			await work()
		} finally {
			marks.writeEnds(0)
		}
	}
	const sync = async (during?: () => Promise<void>): Promise<void> => {
		const turn = marks.turnOf(0)
		await handle.sync()
		const stat = await handle.stat()
		await during?.()
		marks.synced(0, stat, turn)
	}
	return { clock, memory, marks, handle, changed, looks, serve, write, sync }
}

describe('a file that nobody changed', () => {
	it('is looked at once in 30 seconds at most, and only while somebody asks', async () => {
		const { clock, looks, changed, serve } = await setUp()
		for (let ask = 0; ask < 10; ask += 1) await serve()
		expect(looks.count).toBe(1)
		clock.advance(29_999)
		await serve()
		expect(looks.count).toBe(1)
		clock.advance(1)
		await serve()
		expect(looks.count).toBe(2)
		clock.advance(3_600_000)
		expect(looks.count).toBe(2)
		expect(changed).toEqual([])
		expect(clock.waiting).toBe(0)
	})

	it('costs one look where many ask at the same time', async () => {
		const { looks, serve } = await setUp()
		await Promise.all([serve(), serve(), serve()])
		expect(looks.count).toBe(1)
	})

	it('is looked at again when the look failed', async () => {
		const { memory, changed, serve } = await setUp()
		const { before } = memory
		memory.before = () => {
			throw Object.assign(new Error('EIO'), { code: 'EIO' })
		}
		await expect(serve()).rejects.toThrow('EIO')
		memory.before = before
		memory.patch(path, 0, bytes(7))
		await serve()
		expect(changed).toEqual([0])
	})
})

describe('a file that somebody changed', () => {
	const changes: Readonly<
		Record<string, (memory: MemoryStorage, handle: FileHandle) => Promise<void> | void>
	> = {
		'in place': memory => memory.patch(path, 5, bytes(7)),
		'by its time alone': memory => memory.patch(path, 5, bytes()),
		'so that it is longer': async (_, handle) => handle.truncate(101),
		'so that it is shorter': async (_, handle) => handle.truncate(99),
	}
	it.each(Object.entries(changes))('%s is told once, with its new mark', async (_, change) => {
		const { clock, memory, marks, handle, changed, serve } = await setUp()
		await serve()
		await change(memory, handle)
		clock.advance(30_000)
		await serve()
		expect(changed).toEqual([0])
		expect(marks.stats[0]).toEqual(await handle.stat())
		clock.advance(30_000)
		await serve()
		expect(changed).toEqual([0])
	})

	it('has its new mark when it is told: no state may be saved in between', async () => {
		const { memory, marks, handle, serve } = await setUp()
		const seen: unknown[] = []
		marks.listen(() => seen.push(marks.stats[0]))
		memory.patch(path, 5, bytes(7))
		await serve()
		expect(seen).toEqual([await handle.stat()])
	})

	it('is told again when it is changed again', async () => {
		const { clock, memory, changed, serve } = await setUp()
		for (let time = 0; time < 3; time += 1) {
			memory.patch(path, 5, bytes(time))
			clock.advance(30_000)
			await serve()
		}
		expect(changed).toEqual([0, 0, 0])
	})

	it('is told by a sync as well when we wrote nothing to it', async () => {
		const { memory, changed, sync } = await setUp()
		await sync()
		expect(changed).toEqual([])
		memory.patch(path, 5, bytes(7))
		await sync()
		expect(changed).toEqual([0])
	})

	it('is told before our own first write hides it', async () => {
		const { memory, changed, write, sync } = await setUp()
		await write()
		await sync()
		memory.patch(path, 5, bytes(7))
		await write()
		await sync()
		expect(changed).toEqual([0])
	})

	it('and that was looked at anew is what it is', async () => {
		const { memory, marks, changed, serve } = await setUp()
		memory.patch(path, 5, bytes(7))
		marks.reset([await memory.stat(path), undefined])
		await serve()
		expect(changed).toEqual([])
	})

	it('may be the part file', async () => {
		const { memory, marks, handle } = await setUp()
		const changed: number[] = []
		marks.listen(file => changed.push(file))
		marks.reset([undefined, await memory.stat(path)])
		memory.patch(path, 5, bytes(7))
		await marks.look(partFile, handle)
		expect(changed).toEqual([partFile])
	})
})

describe('our own writes', () => {
	it('are no change, whenever somebody looks', async () => {
		const { clock, changed, serve, write, sync } = await setUp()
		await serve()
		for (let round = 0; round < 3; round += 1) {
			await write()
			clock.advance(30_000)
			await serve()
			await sync()
			clock.advance(30_000)
			await serve()
		}
		expect(changed).toEqual([])
	})

	it('that begin while somebody looks are no change', async () => {
		const { memory, marks, handle, changed, write } = await setUp()
		const slow: FileHandle = {
			...handle,
			stat: async () => {
				await write()
				return await handle.stat()
			},
		}
		await marks.look(0, slow)
		expect(changed).toEqual([])
		expect(memory.get(path)?.[0]).toBe(1)
	})

	it('that end behind the look of a sync are no change', async () => {
		const { clock, changed, serve, write, sync } = await setUp()
		await write()
		await sync(() => write())
		clock.advance(30_000)
		await serve()
		expect(changed).toEqual([])
		await sync()
		await serve()
		expect(changed).toEqual([])
	})

	it('that are under way during a sync are no change afterwards', async () => {
		const { clock, handle, changed, serve, write, sync } = await setUp()
		await write(async () => {
			await sync()
			await handle.write(bytes(9), 3)
		})
		clock.advance(30_000)
		await serve()
		expect(changed).toEqual([])
	})

	it('are refused where a file is left alone, until it is looked at anew', async () => {
		const { memory, marks, write } = await setUp()
		marks.leaveAlone(0)
		await expect(write()).rejects.toMatchObject({ code: 'ESTALE' })
		expect(memory.get(path)?.[0]).toBe(0)
		marks.reset([await memory.stat(path), undefined])
		await write()
		expect(memory.get(path)?.[0]).toBe(1)
	})
})
