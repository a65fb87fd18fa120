import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { loreNames, loreOf } from '../../source/inspect/lore.ts'
import { createGeometry } from '../../source/protocol/geometry.ts'
import type { Message } from '../../source/protocol/message.ts'
import { fieldRows } from '../../source/tui/field-rows.ts'
import { formatHelp } from '../../source/tui/help.tsx'
import { inspectorLayout } from '../../source/tui/inspector-layout.ts'
import {
	type InspectorMove,
	inspectRow,
	moveInspector,
	takeBytes,
} from '../../source/tui/inspector-reducer.ts'
import { formatInspector } from '../../source/tui/inspector-rows.ts'
import type { InspectorState } from '../../source/tui/inspector-state.ts'
import { createTheme } from '../../source/tui/theme.ts'
import { wrap } from '../../source/tui/wrap.ts'
import { arbitraryMessage, wireBytes } from '../helpers/arbitrary-message.ts'
import { wireRow } from '../helpers/wire-rows.ts'

const geometry = createGeometry(0x4_0000, 2635 * 0x4_0000 + 5000)
const theme = createTheme({ color: true, ascii: false })
const request: Message = { type: 'request', piece: 812, offset: 0x4000, length: 16_384 }
const moves: readonly InspectorMove[] = [
	'moveDown',
	'moveUp',
	'pageDown',
	'pageUp',
	'first',
	'last',
	'turn',
	'open',
	'close',
	'explain',
]

/** A message as it is inspected, the engine's answer included. */
function inspect(message: Message, sequence = 1, before?: InspectorState): InspectorState {
	const asked = inspectRow(wireRow(message, { sequence }), geometry, before)
	return takeBytes(asked, { sequence, bytes: wireBytes(message) }, geometry)
}

const move = (state: InspectorState, ...steps: InspectorMove[]) =>
	steps.reduce((before, step) => moveInspector(before, step, 10), state)
const names = (state: InspectorState) => fieldRows(state.tree, state.turned).map(({ field }) => field.name)
const chosenName = (state: InspectorState) =>
	fieldRows(state.tree, state.turned).find(({ path }) => path === state.chosen)?.field.name

const list = Array.from({ length: 9 }, (_, sequence) =>
	wireRow({ type: 'have', piece: sequence }, { sequence }),
)

function draw(state: InspectorState, width: number, rows: number): string[] {
	return formatInspector({
		state,
		width,
		rows,
		theme,
		startedAt: 1000,
		list,
		position: { cursor: 2, top: 0 },
	})
}
const plain = (lines: string[]) => lines.map(line => line.replaceAll(/\u001b\[[0-9;]*m/gu, ''))

const bencode = 'd1:ad1:bi1eee'
const handshake: Message = {
	type: 'extended',
	id: 0,
	payload: Uint8Array.from(bencode, character => character.charCodeAt(0)),
}

describe('choosing fields', () => {
	it('begins at the whole message and goes through its fields', () => {
		const state = inspect(request)
		expect(names(state)).toEqual(['request', 'length prefix', 'message id', 'piece', 'offset', 'length'])
		expect(chosenName(state)).toBe('request')
		expect(chosenName(move(state, 'moveDown', 'moveDown'))).toBe('message id')
		expect(chosenName(move(state, 'last', 'moveDown'))).toBe('length')
		expect(chosenName(move(state, 'last', 'first', 'moveUp'))).toBe('request')
		expect(chosenName(move(state, 'last', 'close'))).toBe('request')
	})

	it('stays on the field of the same name in the next message', () => {
		const state = move(inspect(request), 'last', 'moveUp')
		expect(chosenName(state)).toBe('offset')
		expect(chosenName(inspect({ ...request, piece: 7 }, 2, state))).toBe('offset')
		const choke = move(inspect({ type: 'choke' }, 3, state), 'moveDown')
		expect(chosenName(choke)).toBe('length prefix')
	})

	it('opens and closes what has parts', () => {
		const down = Array.from({ length: 6 }, () => 'moveDown' as const)
		const state = move(inspect(handshake), ...down)
		expect(chosenName(state)).toBe('a')
		const closed = move(state, 'turn')
		expect(names(closed)).not.toContain('b')
		expect(names(move(closed, 'turn'))).toContain('b')
		expect(names(move(closed, 'open'))).toContain('b')
		expect(chosenName(move(closed, 'open', 'open'))).toBe('key')
		expect(chosenName(move(closed, 'open', 'open', 'close'))).toBe('a')
	})

	it('waits for bytes that no row holds, and says when they are gone', () => {
		const asked = inspectRow(wireRow(handshake), geometry, undefined)
		expect(asked.bytes).toBe('asked')
		const other = takeBytes(asked, { sequence: 99, bytes: new Uint8Array(4) }, geometry)
		expect(other).toBe(asked)
		const gone = takeBytes(asked, { sequence: 1, bytes: undefined }, geometry)
		expect(gone.bytes).toBe('gone')
		expect(plain(draw(gone, 80, 20)).join('\n')).toContain('its bytes were let go')
	})

	it('keeps names apart that look alike once they are cleaned', () => {
		const payload = Uint8Array.from('d1:ai1e4:a\u00e2\u0080\u008bi2ee', character => character.charCodeAt(0))
		const state = inspect({ type: 'extended', id: 0, payload })
		const paths = fieldRows(state.tree, state.turned).map(({ path }) => path)
		expect(new Set(paths).size).toBe(paths.length)
	})

	it('ends up on a row of its tree, whatever the keys', () => {
		fc.assert(
			fc.property(
				arbitraryMessage,
				arbitraryMessage,
				fc.array(fc.constantFrom(...moves), { maxLength: 30 }),
				(one, other, steps) => {
					let state = move(inspect(one), ...steps)
					state = move(inspect(other, 2, state), ...steps)
					for (const width of [20, 40, 80, 120])
						for (const line of draw(state, width, 12)) expect(stringWidth(line)).toBe(width)
				},
			),
			{ numRuns: 200 },
		)
	})
})

describe('drawing', () => {
	it('has exactly the rows and the width of its room, at any size', () => {
		const states = [inspect(request), inspect(handshake), move(inspect(handshake), 'explain')]
		for (const state of states) {
			for (const width of [1, 5, 20, 39, 40, 60, 67, 68, 80, 99, 100, 118, 119, 120, 200, 300]) {
				for (const rows of [1, 2, 3, 7, 9, 12, 16, 20, 36, 46]) {
					const lines = draw(state, width, rows)
					expect(lines).toHaveLength(rows)
					for (const line of lines) expect(stringWidth(line)).toBe(width)
				}
			}
		}
	})

	it('at 80x20 shows sentence, tree beside bytes, and the whole paragraph with its source', () => {
		const lines = plain(draw(move(inspect(request), 'last', 'moveUp'), 80, 20))
		expect(lines[0]).toMatch(/^─▸Inspect ─+ message 3 of 9 {2}Esc closes ─$/u)
		expect(lines[1]).toContain('← 0:01.000 192.0.2.1:6881 sent us request #812 @0x4000 16 KiB')
		expect(lines[2]).toContain('│ 0000  00 00 00 0d 06 00 00 03  ........')
		expect(lines[6]).toMatch(/^▸ {2}offset {8}0x4000, block 2 of 16 +│/u)
		expect(lines[12]).toMatch(/^─ offset ─+ BEP 3, peer messages ─$/u)
		expect(lines[13]?.trim()).toBe('0x4000, block 2 of 16  bytes 9 to 12')
		expect(lines.slice(14).join(' ')).toContain('another offset is legal')
		expect(lines.join('\n')).not.toContain('Enter reads on')
	})

	it('at 40x7 shows the tree over two rows of bytes, the paragraph when it is asked for', () => {
		const state = move(inspect(request), 'last')
		const lines = plain(draw(state, 40, 7))
		expect(lines[0]).toMatch(/^─▸← request ─+ 3\/9 ─$/u)
		expect(lines[4]).toMatch(/^▸ {2}length/u)
		expect(lines[5]).toMatch(/^0008 {2}2c/u)
		expect(lines[6]).toMatch(/^0010 {2}00/u)
		const told = plain(draw(move(state, 'explain'), 40, 7))
		expect(told[1]).toMatch(/^─ length ─+ BEP 3, peer messages ─$/u)
		expect(told[3]).toContain('How many bytes are asked for')
		expect(told[6]).toMatch(/^ \d+ more lines/u)
		const end = plain(draw(move(state, 'explain', 'last'), 40, 7))
		expect(end.at(-1)).toMatch(/allowed fast\. *$/u)
	})

	it('where it is tall the message keeps its paragraph while its fields are gone through', () => {
		const whole = plain(draw(inspect(request), 120, 36))
		const field = plain(draw(move(inspect(request), 'last'), 120, 36))
		const rules = (lines: string[]) =>
			lines.filter(line => line.startsWith('─ ')).map(line => line.split(' ')[1])
		expect(rules(whole)).toEqual(['request'])
		expect(rules(field)).toEqual(['request', 'length'])
		expect(whole.indexOf('─ request')).toBe(field.indexOf('─ request'))
	})

	it('where it is wide every paragraph stands beside the bytes', () => {
		const lines = plain(draw(move(inspect(request), 'last'), 200, 36))
		const text = lines.join('\n')
		expect(text).toMatch(/│ ─ length ─+ BEP 3, peer messages ─\n/u)
		expect(text).toMatch(/│ ─ request ─+ BEP 3, peer messages ─\n/u)
		expect(inspectorLayout(200, 36)).toMatchObject({
			treeWidth: 61,
			hexWidth: 72,
			loreWidth: 61,
			loreRows: 0,
		})
	})

	it('has room for every paragraph at 80x20 and at 100x16', () => {
		for (const [width, rows] of [
			[80, 20],
			[100, 16],
		] as const) {
			const { loreRows } = inspectorLayout(width, rows)
			for (const name of loreNames) {
				const lines = wrap(loreOf(name).text, Math.min(100, width - 2), '~')
				expect(lines.length + 2, name).toBeLessThanOrEqual(loreRows)
			}
		}
	})

	it('says what is wrong in words', () => {
		const lines = plain(
			draw(move(inspect({ ...request, piece: 9999 }), 'moveDown', 'moveDown', 'moveDown'), 120, 30),
		)
		expect(lines.join('\n')).toMatch(/piece +wrong: #9999 of 2636, ex/u)
		expect(lines.join('\n')).toContain('Wrong: expected a piece below 2636, got 9999.')
	})

	it('helps with its own keys first', () => {
		const help = (typing: 'inspector' | undefined) =>
			plain(formatHelp({ width: 80, rows: 30, theme, top: 0, pane: 'wire', typing }))
		expect(help('inspector')[1]).toContain('Keys of an open message')
		expect(help(undefined)[1]).not.toContain('Keys of an open message')
	})
})
