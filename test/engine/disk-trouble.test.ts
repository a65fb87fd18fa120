// A whole engine on a disk that is slow, or that takes nothing from some moment on.
import { expect, it } from 'vitest'
import type { FileHandle } from '../../source/engine/environment.ts'
import { blockBytes } from '../../source/protocol/message.ts'
import { FaultScene, type Run } from '../helpers/fault-scene.ts'

const brought = (run: Run): number => run.asked - run.waiting.length

it.each(['EIO', 'ENOSPC', 'EROFS'])(
	'after a write that fails with %s no more comes than two windows of requests, nor at any later try',
	async code => {
		const scene = new FaultScene({
			recipe: { bytes: 512 * blockBytes, pieceLength: 2 * blockBytes },
			wasKilled: false,
		})
		const run = await scene.start()
		let atFailure: number | undefined
		scene.storage.before = (operation, path) => {
			if (operation !== 'write' || !path.startsWith('/save') || brought(run) < 40) return undefined
			atFailure ??= brought(run)
			throw Object.assign(new Error(code), { code })
		}
		await scene.run(run, () => scene.isStopped(run))
		await scene.pass(run, 60)
		expect(brought(run) - Number(atFailure)).toBeLessThanOrEqual(2 * run.window)
		for (let tries = 0; tries < 3; tries += 1) {
			const before = brought(run)
			run.engine.command({ type: 'retryDisk' })
			await scene.pass(run, 60)
			expect(scene.isStopped(run)).toBe(true)
			expect(brought(run) - before).toBeLessThanOrEqual(2 * run.window)
		}
		scene.storage.before = undefined
		await scene.finish(run)
		scene.expectContent('all')
	},
)

it('a disk that takes 200 ms a write holds up the peers: what waits for it does not grow', async () => {
	const mebibyte = 1 << 20
	const scene = new FaultScene({ recipe: { bytes: 64 * mebibyte, pieceLength: mebibyte }, wasKilled: false })
	const open = scene.storage.open.bind(scene.storage)
	let writtenBytes = 0
	const slow = (handle: FileHandle): FileHandle => ({
		...handle,
		writeSync: () => {
			throw new Error('expected no write that holds up the loop')
		},
		write: async (bytes, position) => {
			await new Promise<void>(resolve => void run.world.clock.after(200, resolve))
			writtenBytes += bytes.length
			return await handle.write(bytes, position)
		},
	})
	scene.storage.open = async (path, mode) => {
		const handle = await open(path, mode)
		return path.startsWith('/save') ? slow(handle) : handle
	}
	const run = await scene.start()
	let mostWaitingBytes = 0
	await scene.run(run, () => {
		mostWaitingBytes = Math.max(mostWaitingBytes, brought(run) * blockBytes - writtenBytes)
		return scene.isOver(run)
	})
	expect(mostWaitingBytes).toBeGreaterThan(16 * mebibyte)
	expect(mostWaitingBytes).toBeLessThan(56 * mebibyte)
	await scene.finish(run)
	scene.expectContent('all')
})

it('a seed whose file was cut short says so once, gives up what is gone, and stops until it is checked', async () => {
	const scene = new FaultScene({
		recipe: { bytes: 8 * blockBytes, pieceLength: blockBytes },
		wasKilled: false,
	})
	await scene.finish(await scene.start())
	const run = await scene.start()
	await scene.run(run, () => scene.isOver(run))
	expect(run.asked).toBe(0)
	const handle = await scene.storage.open('/save/made', 'write')
	await handle.truncate(0)
	await handle.close()
	await scene.run(run, () => scene.isStopped(run))
	await scene.pass(run, 20)
	const notes = run.updates.flatMap(update =>
		update.type === 'events'
			? update.events.flatMap(({ event }) => (event.type === 'note' ? [event.code] : []))
			: [],
	)
	expect(notes).toEqual(['unreadable'])
	expect(run.asked).toBe(0)
	run.engine.command({ type: 'recheck' })
	await scene.run(run, () => !scene.isStopped(run))
	await scene.finish(run)
	expect(run.asked).toBe(8)
	scene.expectContent('all')
	await scene.expectNothingMissing()
})
