import { describe, expect, it } from 'vitest'
import type { ProcessTable } from '../../source/engine/environment.ts'
import { acquireLock } from '../../source/engine/lock.ts'
import { createNodeProcesses } from '../../source/engine/node-processes.ts'
import { toInfoHash } from '../../source/protocol/ids.ts'
import { MemoryStorage } from '../../source/practice/memory-storage.ts'
import { infoHash, settle } from '../helpers/torrent-disk.ts'

const path = `/state/${'07'.repeat(20)}.lock`

function processes(pid: number, running: Readonly<Record<number, string>>): ProcessTable {
	return { pid, startOf: other => Promise.resolve(running[other]) }
}

function take(storage: MemoryStorage, table: ProcessTable, hash = infoHash): ReturnType<typeof acquireLock> {
	return acquireLock({ storage, processes: table, stateDirectory: '/state', infoHash: hash })
}

describe('the lock of a torrent', () => {
	it('is held by one process and free again when released', async () => {
		const storage = new MemoryStorage()
		const running = { 1: 'a', 2: 'b' }
		const first = await take(storage, processes(1, running))
		expect(await take(storage, processes(2, running))).toMatchObject({ ok: false, code: 'locked' })
		if (!first.ok) throw new Error(first.message)
		await first.value.release()
		expect(storage.paths()).toEqual([])
		expect((await take(storage, processes(2, running))).ok).toBe(true)
	})

	it('says who holds it', async () => {
		const storage = new MemoryStorage()
		await take(storage, processes(4711, { 4711: 'a' }))
		const second = await take(storage, processes(2, { 4711: 'a', 2: 'b' }))
		expect(second).toMatchObject({ message: expect.stringContaining('4711') as string })
	})

	it('is refused to the same process a second time', async () => {
		const storage = new MemoryStorage()
		const table = processes(1, { 1: 'a' })
		await take(storage, table)
		expect(await take(storage, table)).toMatchObject({ ok: false, code: 'locked' })
	})

	it('is per torrent', async () => {
		const storage = new MemoryStorage()
		const table = processes(1, { 1: 'a' })
		await take(storage, table)
		const other = toInfoHash(new Uint8Array(20))
		expect((await take(storage, table, other)).ok).toBe(true)
	})

	it.each([
		['that is gone', {}],
		['whose pid another one has now', { 1: 'later' }],
	])('is taken over from a process %s', async (_, running) => {
		const storage = new MemoryStorage()
		await take(storage, processes(1, { 1: 'a' }))
		const second = await take(storage, processes(2, { ...running, 2: 'b' }))
		expect(second.ok).toBe(true)
		expect(new TextDecoder().decode(storage.get(path))).toBe('2 b\n')
	})

	it.each(['', '1', '1 a', 'nonsense\n', '-1 a\n'])(
		'is taken over when its line is damaged: %j',
		async line => {
			const storage = new MemoryStorage()
			storage.put(path, new TextEncoder().encode(line))
			expect((await take(storage, processes(2, { 1: 'a', 2: 'b' }))).ok).toBe(true)
		},
	)

	it('goes to one of those who find it stale together', async () => {
		const storage = new MemoryStorage()
		await take(storage, processes(9, { 9: 'gone' }))
		const running = { 1: 'a', 2: 'b', 3: 'c' }
		const taken = await Promise.all([1, 2, 3].map(pid => take(storage, processes(pid, running))))
		expect(taken.filter(({ ok }) => ok)).toHaveLength(1)
	})

	it('is left alone by a holder that was taken for dead', async () => {
		const storage = new MemoryStorage()
		const first = await take(storage, processes(1, { 1: 'a' }))
		await take(storage, processes(2, { 2: 'b' }))
		if (first.ok) await first.value.release()
		expect(new TextDecoder().decode(storage.get(path))).toBe('2 b\n')
	})

	it('is refused with the error of the disk, and leaves nothing half-made', async () => {
		const storage = new MemoryStorage()
		storage.before = operation => {
			if (operation === 'write') throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })
			return undefined
		}
		expect(await take(storage, processes(1, { 1: 'a' }))).toMatchObject({ ok: false, code: 'ENOSPC' })
		await settle()
		expect(storage.paths()).toEqual([])
		expect(storage.openHandles).toBe(0)
	})
})

describe('the processes of this machine', () => {
	it('are told apart by their start, which stays the same', async () => {
		const table = createNodeProcesses()
		const start = await table.startOf(process.pid)
		expect(start).toMatch(/^\S+$/)
		expect(await table.startOf(process.pid)).toBe(start)
		expect(await table.startOf(process.ppid)).not.toBe(process.platform === 'linux' ? start : undefined)
		expect(await table.startOf(2 ** 31 - 2)).toBeUndefined()
	})
})
