import { describe, expect, it } from 'vitest'
import type { ProcessTable, Storage } from '../../source/engine/environment.ts'
import { acquireLock } from '../../source/engine/lock.ts'
import { createNodeProcesses } from '../../source/engine/node-processes.ts'
import { toInfoHash } from '../../source/protocol/ids.ts'
import { MemoryStorage } from '../../source/practice/memory-storage.ts'
import { createRandom, randomBelow, type RandomState } from '../../source/torrent/random.ts'
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
			if (operation === 'createFile') throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })
			return undefined
		}
		expect(await take(storage, processes(1, { 1: 'a' }))).toMatchObject({ ok: false, code: 'ENOSPC' })
		await settle()
		expect(storage.paths()).toEqual([])
		expect(storage.openHandles).toBe(0)
	})
})

/** Processes whose calls to one disk happen, and are answered, in an order that the seed decides. */
class Crowd {
	readonly storage = new MemoryStorage()
	readonly running = new Map<number, string>()
	readonly #random: RandomState
	readonly #waiting: { readonly pid: number; readonly go: () => void }[] = []

	constructor(seed: number) {
		this.#random = createRandom(seed)
	}

	/** Begins to take the lock; `dies`: at this turn of its calls, of which each has two. */
	begin(
		pid: number,
		dies = Number.POSITIVE_INFINITY,
	): { outcome: Awaited<ReturnType<typeof take>> | undefined } {
		const taker: ReturnType<Crowd['begin']> = { outcome: undefined }
		const turns = { left: dies }
		this.running.set(pid, 'a')
		const disk = this.#diskOf(pid, turns)
		const table = { pid, startOf: (other: number) => Promise.resolve(this.running.get(other)) }
		void acquireLock({ storage: disk, processes: table, stateDirectory: '/state', infoHash }).then(
			outcome => {
				taker.outcome = outcome
			},
		)
		return taker
	}

	/** Until nobody waits any more. */
	async run(after: () => void = () => undefined): Promise<void> {
		for (;;) {
			await new Promise(resolve => setImmediate(resolve))
			after()
			if (this.#waiting.length === 0) return
			const [next] = this.#waiting.splice(randomBelow(this.#random, this.#waiting.length), 1)
			next?.go()
		}
	}

	#diskOf(pid: number, turns: { left: number }): Storage {
		const { storage } = this
		const turn = async (): Promise<void> => {
			turns.left -= 1
			if (turns.left < 0) this.running.delete(pid)
			await new Promise<void>(go => {
				if (turns.left >= 0) this.#waiting.push({ pid, go })
			})
		}
		const later =
			<Given extends unknown[], Value>(call: (...given: Given) => Promise<Value>) =>
			async (...given: Given): Promise<Value> => {
				await turn()
				const answer = call(...given)
				answer.catch(() => undefined)
				await turn()
				return await answer
			}
		return {
			open: later((at: string, mode: 'read' | 'write' | 'create') => storage.open(at, mode)),
			stat: later((...given) => storage.stat(...given)),
			realpath: later((...given) => storage.realpath(...given)),
			makeDirectory: later((at: string) => storage.makeDirectory(at)),
			readFile: later((...given) => storage.readFile(...given)),
			createFile: later((...given) => storage.createFile(...given)),
			replaceFile: later((...given) => storage.replaceFile(...given)),
			unlink: later((...given) => storage.unlink(...given)),
			list: later((...given) => storage.list(...given)),
		}
	}
}

const dead = new TextEncoder().encode('9 gone\n')
const seeds = Array.from({ length: 300 }, (_, seed) => seed)

describe('many that want the lock of a torrent at once', () => {
	it.each(['there is none', 'its holder is dead', 'a taker of it died as well'])(
		'get it one at a time, and one gets it: %s',
		async found => {
			for (const seed of seeds) {
				const crowd = new Crowd(seed)
				if (found !== 'there is none') crowd.storage.put(path, dead)
				if (found === 'a taker of it died as well') {
					crowd.begin(8, 9)
					await crowd.run()
					expect(crowd.storage.paths(), 'the guard that it left').toHaveLength(2)
				}
				const takers = [1, 2, 3, 4].map(pid => crowd.begin(pid))
				await crowd.run()
				const codes = takers.map(({ outcome }) => (outcome?.ok === false ? outcome.code : 'taken')).sort()
				expect(codes, `seed ${seed}`).toEqual(['locked', 'locked', 'locked', 'taken'])
				expect(crowd.storage.paths(), `seed ${seed}`).toEqual([path])
			}
		},
	)

	it('never hold it together while some die in the middle and some release it', async () => {
		for (const seed of seeds) {
			const crowd = new Crowd(seed)
			crowd.storage.put(path, dead)
			const random = createRandom(seed + 1)
			const takers = [1, 2, 3, 4, 5, 6].map(pid => ({
				pid,
				...{ taker: crowd.begin(pid, pid < 4 ? randomBelow(random, 30) : undefined), released: false },
			}))
			await crowd.run(() => {
				const holders = takers.filter(
					({ pid, taker, released }) => !released && taker.outcome?.ok && crowd.running.has(pid),
				)
				expect(holders.length, `seed ${seed}`).toBeLessThanOrEqual(1)
				const [holder] = holders
				if (holder?.taker.outcome?.ok !== true || randomBelow(random, 4) > 0) return
				holder.released = true
				void holder.taker.outcome.value.release()
			})
			for (const { pid } of takers) crowd.running.delete(pid)
			expect(await take(crowd.storage, processes(7, { 7: 'a' })), `seed ${seed}`).toMatchObject({ ok: true })
		}
	})

	it('leave it to the next start wherever one dies', async () => {
		for (let dies = 0; ; dies += 1) {
			const crowd = new Crowd(dies)
			crowd.storage.put(path, dead)
			const first = crowd.begin(1, dies)
			await crowd.run()
			if (first.outcome !== undefined) {
				expect(dies).toBeGreaterThan(15)
				return
			}
			const next = await take(crowd.storage, processes(2, { 2: 'b' }))
			expect(next.ok, `died at turn ${dies}`).toBe(true)
			expect(crowd.storage.paths()).toEqual([path])
		}
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
