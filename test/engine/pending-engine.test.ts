import { describe, expect, it } from 'vitest'
import type { Engine, Update } from '../../source/engine/api.ts'
import { pendingEngine } from '../../source/engine/pending-engine.ts'
import { createFakeEngine } from '../helpers/fake-engine.ts'

function start() {
	const { promise, resolve, reject } = deferred()
	const engine = pendingEngine(promise)
	const updates: Update[] = []
	engine.listen(update => updates.push(update))
	return { engine, updates, resolve, reject }
}

function deferred() {
	let settle: { resolve: (engine: Engine) => void; reject: (error: Error) => void } | undefined
	const promise = new Promise<Engine>((resolve, reject) => {
		settle = { resolve, reject }
	})
	if (settle === undefined) throw new Error('expected a promise to run its executor')
	return { promise, ...settle }
}

describe('an engine that is not there yet', () => {
	it('gets the commands in their order once it is there, and later ones at once', async () => {
		const { engine, resolve } = start()
		const fake = createFakeEngine({ peers: 1 })
		engine.send({ type: 'setRate', snapshotsPerSecond: 10 })
		engine.send({ type: 'pause' })
		resolve(fake)
		await Promise.resolve()
		engine.send({ type: 'resume' })
		expect(fake.commands.map(({ type }) => type)).toEqual(['setRate', 'pause', 'resume'])
	})

	it('is heard by whoever listened before, from its first word', async () => {
		const { updates, resolve } = start()
		const fake = createFakeEngine({ peers: 1 })
		fake.tick(100)
		resolve(fake)
		await Promise.resolve()
		fake.tick(100)
		expect(updates.map(({ type }) => type)).toEqual(['snapshot', 'snapshot'])
	})

	it('has crashed when it never comes', async () => {
		const { engine, updates, reject } = start()
		reject(new Error('no room'))
		await engine.terminate()
		const [only] = updates
		expect(only?.type === 'crashed' && only.stack).toContain('no room')
	})

	it('is ended when it comes too late', async () => {
		const { engine, resolve } = start()
		const ended = engine.terminate()
		let isEnded = false
		resolve({
			...createFakeEngine({ peers: 1 }),
			terminate: () => {
				isEnded = true
				return Promise.resolve()
			},
		})
		await ended
		expect(isEnded).toBe(true)
	})
})
