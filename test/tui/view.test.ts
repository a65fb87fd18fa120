import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toPeerNumber } from '../../source/protocol/ids.ts'
import type { WireRow } from '../../source/torrent/snapshot.ts'
import type { Action } from '../../source/tui/keymap.ts'
import { keyGroups } from '../../source/tui/keymap.ts'
import { paneNames } from '../../source/tui/layout.ts'
import { windowOf } from '../../source/tui/list-rows.ts'
import { extendHeldWire } from '../../source/tui/held-wire.ts'
import { createView, selectedPeer, type ViewContext, type ViewState } from '../../source/tui/view.ts'
import { openPane, reduceView } from '../../source/tui/view-reducer.ts'

const peerOrder = [4, 8, 2, 6].map(toPeerNumber)
const wire = (from: number, to: number): WireRow[] =>
	Array.from({ length: to - from }, (_, index) => ({
		sequence: from + index,
		at: from + index,
		direction: 'in',
		channel: 'peer',
		peer: toPeerNumber(4),
		host: '10.0.0.1',
		port: 1,
		message: { type: 'choke' },
		latencyMs: undefined,
		reason: undefined,
	}))
const context: ViewContext = {
	counts: {
		trackers: 2,
		peers: 4,
		pipeline: 0,
		pieces: 30,
		wire: 10,
		events: 50,
		files: 3,
		graphs: 0,
		dht: 0,
	},
	peerOrder,
	wireRows: wire(90, 100),
	trackerCount: 2,
	fileCount: 3,
	filesKnown: true,
}
const press = (view: ViewState, ...actions: Action[]) =>
	actions.reduce((state, action) => reduceView(state, action, context), view)
const start = createView(80, 24, 10)

describe('view', () => {
	it('goes round the panes that are on screen', () => {
		expect(press(start, 'nextPane').focus).toBe('pipeline')
		expect(press(start, 'nextPane', 'nextPane', 'nextPane', 'nextPane').focus).toBe('peers')
		expect(press(start, 'previousPane').focus).toBe('trackers')
	})

	it('keeps the chosen peer when the order changes, and takes another when it leaves', () => {
		const view = press(start, 'moveDown')
		expect(selectedPeer(view, context)).toBe(8)
		expect(selectedPeer(view, { peerOrder: [8, 4].map(toPeerNumber) })).toBe(8)
		expect(selectedPeer(view, { peerOrder: [4, 2].map(toPeerNumber) })).toBe(2)
		expect(selectedPeer(view, { peerOrder: [] })).toBeUndefined()
	})

	it('maximises and comes back, to the peers when the pane has no place of its own', () => {
		const files = openPane(start, 'files')
		expect(files).toMatchObject({ focus: 'files', maximised: true })
		expect(press(files, 'back')).toMatchObject({ focus: 'peers', maximised: false })
		expect(press(start, 'maximise', 'maximise')).toMatchObject({ maximised: false })
	})

	it('holds the wire for whoever moves in it and follows it again on Esc', () => {
		const held = press({ ...start, focus: 'wire' }, 'moveUp')
		expect(held.heldWire).toBe(context.wireRows)
		expect(held.positions.wire?.cursor).toBe(8)
		expect(press(held, 'back').heldWire).toBeUndefined()
		expect(press(held, 'follow').heldWire).toBeUndefined()
	})

	it('puts older messages before held ones and stays on the message', () => {
		const held = press({ ...start, focus: 'wire' }, 'moveUp')
		const extended = extendHeldWire(held, wire(60, 104))
		const cursor = extended.positions.wire?.cursor ?? -1
		expect(extended.heldWire?.map(({ sequence }) => sequence)).toEqual(
			wire(60, 100).map(({ sequence }) => sequence),
		)
		expect(extended.heldWire?.[cursor]?.sequence).toBe(98)
		expect(extendHeldWire(extended, wire(10, 120))).toBe(extended)
	})

	it('asks for older messages until all that are kept have come', () => {
		const held = press({ ...start, focus: 'wire' }, 'moveUp')
		const some = extendHeldWire(held, wire(60, 104), 5000)
		expect(some.heldWireIsFull).toBe(false)
		const all = extendHeldWire(some, wire(5, 4101), 5000)
		expect(all.heldWireIsFull).toBe(true)
		expect(all.heldWire).toHaveLength(95)
		expect(all.heldWire?.[all.positions.wire?.cursor ?? -1]?.sequence).toBe(98)
	})

	it('holds what comes where a filter had left nothing', () => {
		const empty = { ...context, wireRows: [], counts: { ...context.counts, wire: 0 } }
		const held = reduceView({ ...start, focus: 'wire' }, 'moveUp', empty)
		expect(extendHeldWire(held, wire(3, 9), 9).heldWire).toHaveLength(6)
	})

	it('changes the refresh rate within its steps', () => {
		expect(press(start, 'faster', 'faster', 'faster').snapshotsPerSecond).toBe(20)
		expect(press(start, 'slower', 'slower', 'slower', 'slower', 'slower').snapshotsPerSecond).toBe(1)
	})

	it('survives any keys in any order at any size, with the cursor inside its list', () => {
		const actions = keyGroups.flatMap(({ bindings }) => bindings.map(({ action }) => action))
		fc.assert(
			fc.property(
				fc.array(fc.oneof(fc.constantFrom(...actions), fc.constantFrom(...paneNames)), { maxLength: 40 }),
				fc.integer({ min: 1, max: 300 }),
				fc.integer({ min: 1, max: 100 }),
				(steps, columns, rows) => {
					let view = createView(columns, rows, 10)
					for (const step of steps) {
						const pane = paneNames.find(name => name === step)
						view = pane === undefined ? press(view, step as Action) : openPane(view, pane)
						for (const name of paneNames) {
							const position = view.positions[name]
							if (position === undefined) continue
							expect(position.cursor).toBeGreaterThanOrEqual(0)
							expect(position.cursor).toBeLessThan(Math.max(1, context.counts[name]))
						}
					}
				},
			),
		)
	})
})

describe('list window', () => {
	it('always holds the cursor and never shows past the end', () => {
		const number = fc.integer({ min: 0, max: 60 })
		fc.assert(
			fc.property(number, number, number, fc.integer({ min: 1, max: 30 }), (cursor, top, count, rows) => {
				const window = windowOf({ cursor, top }, count, rows)
				expect(window.top).toBeGreaterThanOrEqual(0)
				expect(window.cursor).toBeGreaterThanOrEqual(window.top)
				expect(window.cursor).toBeLessThan(window.top + rows)
				if (count >= rows) expect(window.top + rows).toBeLessThanOrEqual(count)
			}),
		)
	})
})
