import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { dhtOff, type DhtSlice } from '../../source/dht/snapshot.ts'
import { type DhtRow, turnRow } from '../../source/tui/dht-listing.ts'
import { formatBeside, formatOverview, overviewRows } from '../../source/tui/dht-overview.ts'
import { formatDhtRow } from '../../source/tui/dht-row.ts'
import { dhtFields } from '../../source/tui/fields/dht-fields.ts'
import { parseFilter } from '../../source/tui/filter/parse.ts'
import { dhtRows, type ListChoice, plainList } from '../../source/tui/listing.ts'
import { createTheme } from '../../source/tui/theme.ts'
import { fakeDht } from '../helpers/dht-slice.ts'

const slice = fakeDht(100_000)
const theme = createTheme({ color: false, ascii: true })
const none: ReadonlySet<string> = new Set()
const plain = (line: string) => line.replaceAll(/\u001b\[[0-9;]*m/gu, '')
const textOf = (row: DhtRow, width: number) =>
	plain(formatDhtRow(row, { width, theme, at: slice.at, isPlain: true })).trimEnd()
const typesOf = (rows: readonly DhtRow[]) => rows.map(({ type }) => type)

function filtered(text: string): ListChoice {
	const parsed = parseFilter(text, dhtFields.kinds)
	if (!parsed.ok || parsed.expression === undefined) throw new Error(text)
	return { ...plainList, filter: { text, expression: parsed.expression } }
}

describe('the list of the DHT', () => {
	it('shows of the first lookup whom it asked, of others a line, then the buckets', () => {
		const rows = dhtRows(slice, plainList, none)
		expect(typesOf(rows.slice(0, 3))).toEqual(['heading', 'lookup', 'step'])
		expect(typesOf(rows.slice(19, 24))).toEqual(['lookup', 'lookup', 'lookup', 'heading', 'bucket'])
		expect(rows.some(({ type }) => type === 'node')).toBe(false)
	})

	it('opens and closes what is under the cursor', () => {
		const rows = dhtRows(slice, plainList, none)
		const closed = turnRow(none, rows[1])
		expect(typesOf(dhtRows(slice, plainList, closed).slice(0, 3))).toEqual(['heading', 'lookup', 'lookup'])
		const bucket = rows.findIndex(({ type }) => type === 'bucket')
		const open = turnRow(closed, rows[bucket])
		expect(dhtRows(slice, plainList, open).filter(({ type }) => type === 'node')).toHaveLength(8)
		expect(dhtRows(slice, plainList, turnRow(open, rows[bucket]))).toHaveLength(
			dhtRows(slice, plainList, closed).length,
		)
		expect(turnRow(open, rows[0])).toBe(open)
	})

	it('looks into what is folded when a filter asks', () => {
		const bad = dhtRows(slice, filtered('node & state=bad'), none)
		expect(new Set(typesOf(bad))).toEqual(new Set(['node']))
		expect(bad.length).toBeGreaterThan(5)
		const gave = dhtRows(slice, filtered('step & peers>0'), none)
		expect(gave.length).toBeGreaterThan(5)
		expect(dhtRows(slice, filtered('198.51.100.9'), none).length).toBeGreaterThan(1)
	})

	it('goes by rounds, whatever the order in which nodes were heard of; who was never asked comes last', () => {
		const [first] = slice.lookups
		if (first === undefined) throw new Error('expected a lookup')
		const turnedRound: DhtSlice = { ...slice, lookups: [{ ...first, steps: first.steps.toReversed() }] }
		const steps = dhtRows(turnedRound, plainList, none).flatMap(row =>
			row.type === 'step' ? [row.step] : [],
		)
		const asked = steps.filter(({ askedAt }) => askedAt !== undefined)
		expect(steps.slice(0, asked.length)).toEqual(asked)
		const rounds = asked.map(({ round }) => round)
		expect(rounds).toEqual(rounds.toSorted((one, other) => one - other))
	})
})

describe('a row of the DHT', () => {
	const rows = dhtRows(slice, filtered('lookup | step | bucket | node'), none)
	const first = (type: DhtRow['type']) => {
		const row = rows.find(candidate => candidate.type === type)
		if (row === undefined) throw new Error(type)
		return row
	}

	it('tells a lookup, who answered what, and how far each is', () => {
		expect(textOf(first('lookup'), 74)).toBe(
			'- peers    0d68c31e79d42f8ae540   12/17  23 peers IPv4  4.2 s under way',
		)
		const answered = rows.find(row => row.type === 'step' && row.step.peersNamed > 0)
		expect(answered === undefined ? '' : textOf(answered, 75)).toBe(
			'   0 answered 198.51.100.0:6881      0b b7126dc8 11 peers     100 ms fits',
		)
		expect(textOf(first('bucket'), 40)).toBe('-   0  **ox**ox  8 nodes 5 waiting')
		expect(textOf(first('node'), 60)).toMatch(/^ {4}\* 198\.51\.100\.0:6881 +0b66c11c fits +20 ms/u)
	})

	it('fills its width and no more, however narrow', () => {
		for (const row of rows) {
			for (const width of [1, 7, 20, 39, 75, 131, 300]) {
				const line = formatDhtRow(row, { width, theme, at: slice.at, isPlain: false })
				expect(stringWidth(plain(line))).toBe(width)
			}
		}
	})
})

describe('the overview of the DHT', () => {
	it('says first whether we are in it and how many nodes are good', () => {
		const [line = ''] = formatOverview(slice, 1, { width: 78, theme })
		expect(line.trim()).toBe('IPv4 joined: 52 nodes after 3.2 s; 28 good, 14 questionable, 14 bad')
	})

	it('counts what was dropped, by why, and nothing that was not', () => {
		const lines = formatBeside(slice, 60, { width: 60, theme }).map(line => plain(line).trim())
		expect(lines).toContain('17 dropped, of a flood')
		expect(lines).toContain('1 dropped, from another than was asked')
		expect(lines).toContain('2 addresses ignored')
		expect(lines.some(line => line.includes('read-only') || line.startsWith('0 dropped'))).toBe(false)
		expect(lines).toContain('made for 203.0.113.7, as 12 nodes see us')
	})

	it('says that it is off where it is', () => {
		const off = dhtOff(5)
		expect(overviewRows(off, 3)).toBe(1)
		expect(formatOverview(off, 1, { width: 30, theme })[0]?.trim()).toBe('The DHT is off.')
		expect(dhtRows(off, plainList, none)).toEqual([])
	})
})
