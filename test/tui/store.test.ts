import { describe, expect, it } from 'vitest'
import { toPieceIndex } from '../../source/protocol/ids.ts'
import { safeText } from '../../source/protocol/safe-text.ts'
import type { TorrentEvent } from '../../source/torrent/boundary.ts'
import { createEngineStore } from '../../source/tui/store.ts'
import { createFakeEngine } from '../helpers/fake-engine.ts'

function start() {
	const engine = createFakeEngine({ peers: 5 })
	const store = createEngineStore(engine)
	return { engine, store }
}

describe('engine store', () => {
	it('keeps the identity of slices that did not come', () => {
		const { engine, store } = start()
		engine.tick(100)
		const before = store.get().slices
		engine.post({ type: 'snapshot', slices: { summary: engine.slices().summary } })
		const after = store.get().slices
		expect(after.peers).toBe(before.peers)
		expect(after.wire).toBe(before.wire)
		expect(after.summary).not.toBe(before.summary)
	})

	it('keeps the identity of the peer order while nobody comes or goes', () => {
		const { engine, store } = start()
		engine.tick(100)
		const { peerOrder } = store.get()
		engine.tick(100)
		expect(store.get().peerOrder).toBe(peerOrder)
	})

	it('shows nothing new while frozen and everything afterwards', () => {
		const { engine, store } = start()
		engine.tick(100)
		store.freeze(true)
		const shown = store.get()
		engine.tick(100)
		expect(store.get()).toBe(shown)
		store.freeze(false)
		expect(store.get().slices.summary?.at).toBe(engine.slices().summary.at)
	})

	it('tells of each snapshot once, frozen or not, so that it can be acknowledged', () => {
		const { engine, store } = start()
		let told = 0
		store.onSnapshot(() => {
			told += 1
		})
		engine.tick(100)
		store.freeze(true)
		engine.tick(100)
		expect(told).toBe(2)
	})

	it('tells of the end even while frozen', () => {
		const { engine, store } = start()
		store.freeze(true)
		engine.post({ type: 'stopped' })
		expect(store.get().end).toEqual({ type: 'stopped' })
	})

	it('shows verified pieces together with the snapshot that counts them, other events at once', () => {
		const { engine, store } = start()
		engine.tick(100)
		let told = 0
		store.subscribe(() => {
			told += 1
		})
		const piece = toPieceIndex(7, 2636)
		const timed = (event: TorrentEvent) => ({ at: 1, wallTime: 1, event })
		const verified = timed({ type: 'pieceVerified', piece, piecesHave: 8 })
		engine.post({ type: 'events', events: [verified] })
		expect(told).toBe(0)
		engine.post({ type: 'snapshot', slices: { summary: engine.slices().summary } })
		expect(told).toBe(1)
		expect(store.get().log).toHaveLength(1)
		engine.post({ type: 'events', events: [verified, timed({ type: 'endgameEntered' })] })
		expect(told).toBe(2)
		expect(store.get().log).toHaveLength(2)
	})

	it('counts pieces that come in a row in one line and keeps the log bounded', () => {
		const { engine, store } = start()
		for (let second = 0; second < 5; second += 1) engine.tick(1000)
		expect(store.get().log).toHaveLength(1)
		expect(store.get().log[0]).toMatchObject({ type: 'event', count: 5 })
		for (let line = 0; line < 1500; line += 1) store.note(safeText(`line ${line}`), 0)
		expect(store.get().log).toHaveLength(1000)
		expect(store.get().log.at(-1)).toMatchObject({ text: 'line 1499' })
	})
})
