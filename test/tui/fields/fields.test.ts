import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toPeerNumber } from '../../../source/protocol/ids.ts'
import { safeText } from '../../../source/protocol/safe-text.ts'
import type { FileView, WireRow } from '../../../source/torrent/snapshot.ts'
import { eventFields } from '../../../source/tui/fields/event-fields.ts'
import { accepts, compareBy, type FieldTable, sortableFields } from '../../../source/tui/fields/field.ts'
import { fileFields } from '../../../source/tui/fields/file-fields.ts'
import { paneFields } from '../../../source/tui/fields/pane-fields.ts'
import { peerFields } from '../../../source/tui/fields/peer-fields.ts'
import { pieceFields } from '../../../source/tui/fields/piece-fields.ts'
import { trackerFields } from '../../../source/tui/fields/tracker-fields.ts'
import { wireFields } from '../../../source/tui/fields/wire-fields.ts'
import { parseFilter } from '../../../source/tui/filter/parse.ts'
import { paneNames } from '../../../source/tui/pane-names.ts'
import type { PeerRow } from '../../../source/tui/peer-row.ts'
import type { LogLine } from '../../../source/tui/store.ts'
import { createFakeEngine } from '../../helpers/fake-engine.ts'

function matching<Row>(table: FieldTable<Row>, rows: readonly Row[], text: string): Row[] {
	const parsed = parseFilter(text, table.kinds)
	if (!parsed.ok) throw new Error(parsed.fault.message)
	const { expression } = parsed
	return expression === undefined ? [...rows] : rows.filter(row => accepts(table, expression, row))
}

const engine = createFakeEngine({ peers: 60, files: 6 })
const slices = engine.slices()
const base = slices.peers.peers.map((peer): PeerRow => ({ peer, at: slices.peers.at, pieceCount: 2636 }))
const [first] = base
if (first === undefined) throw new Error('the fake engine has no peers')
const peerRow = (change: Partial<PeerRow['peer']>): PeerRow => ({
	...first,
	peer: { ...first.peer, ...change },
})
const wireRow = (change: Partial<WireRow>): WireRow => ({
	sequence: 1,
	at: 5,
	direction: 'in',
	channel: 'peer',
	peer: toPeerNumber(1),
	host: '82.14.3.9',
	port: 51_413,
	message: { type: 'choke' },
	latencyMs: undefined,
	reason: undefined,
	...change,
})
const piece = wireRow({
	message: { type: 'piece', piece: 812, offset: 0x4000, length: 16_384 },
	latencyMs: 1400,
})
const request = wireRow({
	direction: 'out',
	message: { type: 'request', piece: 812, offset: 0, length: 16_384 },
})
const bitfield = wireRow({ host: '82.1.1.1', message: { type: 'bitfield', pieces: 8, payloadBytes: 1 } })
const unchoke = wireRow({ message: { type: 'unchoke' } })
const wire = [piece, request, bitfield, unchoke]

describe('fields', () => {
	const tables = [peerFields, wireFields, trackerFields, fileFields, pieceFields, eventFields]

	it('have names of their own in each table, in letters that need no quotes', () => {
		for (const { fields, byName } of tables) {
			expect(byName.size).toBe(fields.length)
			for (const { name } of fields) expect(name).toMatch(/^[a-z]+(?:-[a-z]+)*$/u)
		}
	})

	it('are told for each pane that lists something, with examples that are filters', () => {
		for (const pane of paneNames) {
			const fields = paneFields(pane)
			for (const example of fields?.examples ?? [])
				expect(parseFilter(example, fields?.kinds ?? new Map())).toMatchObject({ ok: true })
		}
		expect(paneFields('peers')?.examples.length).toBeGreaterThan(2)
		expect(paneFields('pipeline')).toBeUndefined()
	})

	it('never throw on the rows of a swarm, and order them without contradiction', () => {
		for (const field of peerFields.fields) for (const row of base) field.of(row)
		for (const field of sortableFields(peerFields)) {
			for (const reversed of [false, true]) {
				const compare = compareBy(field, reversed)
				fc.assert(
					fc.property(fc.constantFrom(...base), fc.constantFrom(...base), (one, other) => {
						expect(Math.sign(compare(one, other)) + Math.sign(compare(other, one))).toBe(0)
					}),
				)
			}
		}
	})
})

describe('filters over peers', () => {
	it('compare rates, shares and times', () => {
		const fast = peerRow({ downBytesPerSecond: 2e6, piecesHave: 1000, roundTripMs: 250 })
		const slow = peerRow({ downBytesPerSecond: 1000, piecesHave: 2636, roundTripMs: undefined })
		expect(matching(peerFields, [fast, slow], 'down>1M')).toEqual([fast])
		expect(matching(peerFields, [fast, slow], 'have<50%')).toEqual([fast])
		expect(matching(peerFields, [fast, slow], 'rtt>200ms')).toEqual([fast])
		expect(matching(peerFields, [fast, slow], 'rtt<=200ms')).toEqual([])
		expect(matching(peerFields, [fast, slow], '!rtt')).toEqual([slow])
	})

	it('ask for flags, clients and addresses', () => {
		const one = peerRow({
			host: '127.0.0.1',
			peerChoking: true,
			seed: false,
			client: safeText('libtorrent 2.0.9'),
		})
		const two = peerRow({
			host: '10.127.0.0',
			peerChoking: false,
			seed: true,
			client: safeText('Transmission 4'),
		})
		expect(matching(peerFields, [one, two], 'choked')).toEqual([one])
		expect(matching(peerFields, [one, two], '!seed & client~TORRENT')).toEqual([one])
		expect(matching(peerFields, [one, two], '127.0.0')).toEqual([one, two])
		expect(matching(peerFields, [one, two], 'peer=127.0.0')).toEqual([one])
		expect(matching(peerFields, [one, two], 'client=trans')).toEqual([])
		expect(matching(peerFields, [one, two], 'client=transmission')).toEqual([two])
	})
})

describe('filters over the wire', () => {
	it.each([
		['piece', [piece]],
		['unchoke', [unchoke]],
		['type=request & out', [request]],
		['latency>1s', [piece]],
		['peer=82.14', [piece, request, unchoke]],
		['peer=82.1', [bitfield]],
		['index=812', [piece, request]],
		['offset=0x4000', [piece]],
		['"after asked"', [piece]],
		['!in', [request]],
	])('%s', (text, expected) => {
		expect(matching(wireFields, wire, text)).toEqual(expected)
	})
})

describe('filters over files, trackers, pieces and events', () => {
	it('find what their examples promise', () => {
		const files: readonly FileView[] = slices.files.files
		expect(matching(fileFields, files, 'size>20M').map(({ index }) => index)).toEqual([2, 3, 4, 5])
		expect(matching(fileFields, files, '!wanted').map(({ index }) => index)).toEqual([4])
		const trackers = slices.trackers.trackers.map(view => ({ view, at: slices.trackers.at }))
		expect(matching(trackerFields, trackers, 'failed').map(({ view }) => view.tracker)).toEqual([1])
		expect(matching(trackerFields, trackers, 'udp & seeds>10').map(({ view }) => view.tracker)).toEqual([0])
		const begun = {
			piece: 7,
			blockCount: 16,
			received: 0,
			requested: 2,
			reason: { code: 'picked-rarest', copies: 2 },
		} as const
		expect(matching(pieceFields, [begun], 'copies<=2 & came=0 & rarest')).toEqual([begun])
	})

	it('tell events by what they are about', () => {
		const ban: LogLine = {
			type: 'event',
			count: 1,
			at: 0,
			wallTime: 0,
			event: { type: 'peerBanned', peer: toPeerNumber(3), host: '1.2.3.4', port: 5, piece: 9 },
		}
		const note: LogLine = { type: 'note', wallTime: 0, text: safeText('a line') }
		expect(matching(eventFields, [ban, note], 'bans & peers & bad')).toEqual([ban])
		expect(matching(eventFields, [ban, note], 'notes')).toEqual([note])
		expect(matching(eventFields, [ban, note], 'text~wrong')).toEqual([ban])
	})
})

describe('sorting', () => {
	it('puts the interesting end first, the unknown last either way', () => {
		const rows = [
			peerRow({ roundTripMs: 30 }),
			peerRow({ roundTripMs: undefined }),
			peerRow({ roundTripMs: 10 }),
		]
		const field = peerFields.byName.get('rtt')
		if (field === undefined) throw new Error('no such field')
		const times = (reversed: boolean) =>
			rows.toSorted(compareBy(field, reversed)).map(({ peer }) => peer.roundTripMs)
		expect(times(false)).toEqual([10, 30, undefined])
		expect(times(true)).toEqual([30, 10, undefined])
	})
})
