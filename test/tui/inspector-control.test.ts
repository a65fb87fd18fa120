import { describe, expect, it } from 'vitest'
import { encodeMessage } from '../../source/protocol/message-encoder.ts'
import type { Message } from '../../source/protocol/message.ts'
import type { WireRow } from '../../source/torrent/snapshot.ts'
import { createCell } from '../../source/tui/cell.ts'
import { createController } from '../../source/tui/controller.ts'
import type { KeyPress } from '../../source/tui/keymap.ts'
import { createEngineStore } from '../../source/tui/store.ts'
import { createView } from '../../source/tui/view.ts'
import { createFakeEngine } from '../helpers/fake-engine.ts'
import { wireRow } from '../helpers/wire-rows.ts'

const none: KeyPress = {
	upArrow: false,
	downArrow: false,
	pageUp: false,
	pageDown: false,
	home: false,
	end: false,
	return: false,
	escape: false,
	tab: false,
	ctrl: false,
	shift: false,
}
const named: Readonly<Record<string, Partial<KeyPress>>> = {
	Enter: { return: true },
	Esc: { escape: true },
	Tab: { tab: true },
}

const bitfield: Message = { type: 'bitfield', bits: new Uint8Array(330).fill(0xf0) }
const rows: readonly WireRow[] = [
	wireRow({ type: 'handshake' }, { sequence: 0 }),
	wireRow(bitfield, { sequence: 1 }),
	wireRow({ type: 'have', piece: 7 }, { sequence: 2 }),
	wireRow({ type: 'request', piece: 812, offset: 0x4000, length: 16_384 }, { sequence: 3 }),
]

/** A screen without Ink whose wire has these four messages and the focus. */
function start() {
	const engine = createFakeEngine({ peers: 3 })
	const store = createEngineStore(engine)
	const view = createCell(createView(80, 24, 10))
	const asked: string[] = []
	const controller = createController({
		engine,
		store,
		view,
		onQuit: () => asked.push('quit'),
		onRepaint: () => undefined,
		onSuspend: () => undefined,
		onCopy: () => true,
	})
	const { summary } = engine.slices()
	const post = (wire: readonly WireRow[]) =>
		engine.post({ type: 'snapshot', slices: { summary, wire: { at: 3000, total: wire.length, rows: wire } } })
	post(rows)
	view.change(state => ({ ...state, focus: 'wire' }))
	const press = (...names: string[]) => {
		for (const name of names) controller.handleKey(name in named ? '' : name, { ...none, ...named[name] })
	}
	const asksFor = () =>
		engine.commands.flatMap(command => (command.type === 'inspect' ? [command.sequence] : []))
	return { engine, store, view, press, post, asked, asksFor, inspector: () => view.get().inspector }
}

describe('inspecting from the wire', () => {
	it('Enter on the followed wire holds it and opens its newest message', () => {
		const { press, inspector, view, asksFor } = start()
		press('Enter')
		expect(view.get().heldWire).toBe(rows)
		expect(inspector()?.row.sequence).toBe(3)
		expect(inspector()?.tree.children.map(({ value }) => value)).toContain('#812 of 2636')
		expect(asksFor()).toEqual([])
	})

	it('asks the engine for bytes that no row holds, once, and shows what it answers', () => {
		const { press, inspector, asksFor, engine } = start()
		press('k', 'k', 'Enter')
		expect(inspector()?.bytes).toBe('asked')
		expect(asksFor()).toEqual([1])
		engine.post({ type: 'inspected', sequence: 1, bytes: encodeMessage(bitfield) })
		expect(inspector()?.tree.children.at(-1)?.value).toBe('1320 of 2636, 50.0%, 4 spare bits')
		press('K')
		expect(asksFor()).toEqual([1, 0])
		engine.post({ type: 'inspected', sequence: 0, bytes: undefined })
		expect(inspector()?.bytes).toBe('gone')
	})

	it('takes the answer while the display is frozen', () => {
		const { press, inspector, engine } = start()
		press(' ', 'k', 'k', 'Enter')
		engine.post({ type: 'inspected', sequence: 1, bytes: encodeMessage(bitfield) })
		expect(inspector()?.bytes).toBeInstanceOf(Uint8Array)
	})

	it('goes through the list from inside, to its ends', () => {
		const { press, inspector, view } = start()
		press('Enter', 'K', '[')
		expect(inspector()?.row.sequence).toBe(1)
		press('J', ']', 'Tab', 'J')
		expect(inspector()?.row.sequence).toBe(3)
		press('K', 'Esc')
		expect(inspector()).toBeUndefined()
		expect(view.get().positions.wire?.cursor).toBe(2)
		expect(view.get().heldWire).toBe(rows)
	})

	it('stays on its message while older ones come before it', () => {
		const { press, inspector, view, post } = start()
		post(rows.slice(2))
		press('Enter')
		post(rows)
		expect(view.get().heldWire).toHaveLength(4)
		expect(inspector()?.row.sequence).toBe(3)
		press('K')
		expect(inspector()?.row.sequence).toBe(2)
	})

	it('keeps keys of the panes away from them, and lets through what is about the program', () => {
		const { press, inspector, view, engine, asked } = start()
		press('Enter')
		const before = view.get()
		press('F', 's', 'z', 'H', '>', '/')
		expect(view.get()).toEqual(before)
		press('p', 'q')
		expect(engine.commands.at(-1)?.type).toBe('pause')
		expect(asked).toEqual(['quit'])
		press('?')
		expect(view.get().help).toBe(true)
		press('Esc')
		expect(view.get().help).toBe(false)
		expect(inspector()).toBeDefined()
		press('2')
		expect(inspector()).toBeUndefined()
		expect(view.get()).toMatchObject({ focus: 'peers', maximised: true })
	})

	it('moves among fields, opens and closes them', () => {
		const { press, inspector } = start()
		press('Enter', 'j', 'j')
		expect(inspector()?.chosen).toContain('message id')
		press('g', ' ')
		expect(inspector()?.turned.size).toBe(1)
		press('l')
		expect(inspector()?.turned.size).toBe(0)
	})

	it('Enter explains in place of the bytes, and Esc comes back to the bytes first', () => {
		const { press, inspector, view } = start()
		view.change(state => ({ ...state, columns: 40, rows: 10 }))
		press('Enter', 'Enter')
		expect(inspector()?.explainedTop).toBe(0)
		press('j', 'j', 'k')
		expect(inspector()?.explainedTop).toBe(1)
		press('Esc')
		expect(inspector()?.explainedTop).toBeUndefined()
		press('Esc')
		expect(inspector()).toBeUndefined()
	})

	it('Enter does nothing on a wire without messages and zooms any other pane', () => {
		const { press, inspector, view, post } = start()
		post([])
		press('Enter')
		expect(inspector()).toBeUndefined()
		expect(view.get()).toMatchObject({ maximised: false, heldWire: undefined })
		view.change(state => ({ ...state, focus: 'peers' }))
		press('Enter')
		expect(view.get().maximised).toBe(true)
	})
})
