import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Engine, Update } from '../../source/engine/api.ts'
import { startInlineEngine } from '../../source/engine/inline.ts'
import { makeTorrent } from '../helpers/make-torrent.ts'

async function withEngine(torrent: Uint8Array, use: (engine: Engine) => Promise<void>): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), 'swarmscope-inline-'))
	const engine = startInlineEngine({
		torrent,
		directory: folder,
		stateDirectory: join(folder, 'state'),
		port: 0,
		portIsFixed: false,
		bind: '127.0.0.1',
		peers: [],
		seed: true,
		maxPeers: 50,
		maxDownBytesPerSecond: undefined,
		maxUpBytesPerSecond: undefined,
		only: undefined,
		sequential: false,
		recheck: false,
		announceAll: false,
		randomSeed: 1,
		clockSpeed: 1,
		minimumIntervalS: undefined,
	})
	await use(engine)
	await engine.terminate()
	await rm(folder, { recursive: true, force: true })
}

/** Updates until one of this type came. */
function collect(engine: Engine, last: Update['type']): Promise<Update[]> {
	return new Promise(resolve => {
		const updates: Update[] = []
		engine.listen(update => {
			updates.push(update)
			if (update.type === last) resolve(updates)
		})
	})
}

test('an engine in this thread is commanded over a port: snapshots come, and `stopped` is the last word', async () => {
	await withEngine(makeTorrent().bytes, async engine => {
		engine.send({ type: 'watch', slices: ['summary', 'peers'], wireRows: 0, wirePeer: undefined })
		engine.send({ type: 'setRate', snapshotsPerSecond: 4 })
		const first = await collect(engine, 'snapshot')
		const snapshot = first.find(update => update.type === 'snapshot')
		expect(Object.keys(snapshot?.type === 'snapshot' ? snapshot.slices : {})).toEqual(['summary', 'peers'])
		engine.send({ type: 'stop' })
		const rest = await collect(engine, 'stopped')
		expect(rest.at(-1)).toEqual({ type: 'stopped' })
	})
})

test('what is said before anybody listens is kept for the first who does', async () => {
	await withEngine(new Uint8Array([1, 2, 3]), async engine => {
		await new Promise(resolve => setTimeout(resolve, 200))
		const [update] = await collect(engine, 'refused')
		expect(update).toMatchObject({ type: 'refused', code: 'torrent' })
	})
})
