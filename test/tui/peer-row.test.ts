import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import type { PeerView } from '../../source/torrent/snapshot.ts'
import { peerDetails } from '../../source/tui/peer-details.ts'
import { peerColumns, peerFlags } from '../../source/tui/peer-row.ts'
import { downloadWords, sourceWord } from '../../source/tui/peer-words.ts'
import { chooseColumns, formatRow, tableWidth } from '../../source/tui/table.ts'
import { createTheme } from '../../source/tui/theme.ts'
import { formatStamp } from '../../source/tui/wire-row.ts'
import { createFakeEngine } from '../helpers/fake-engine.ts'

const [first] = createFakeEngine({ peers: 1 }).slices().peers.peers
if (first === undefined) throw new Error('expected a peer')
const quiet: PeerView = {
	...first,
	phase: 'connected',
	amInterested: false,
	amChoking: true,
	peerInterested: false,
	peerChoking: true,
	snubbed: false,
	optimistic: false,
	incoming: false,
}
const flags = (change: Partial<PeerView>) => peerFlags({ ...quiet, ...change }, '-')
const theme = createTheme({ color: false, ascii: false })

describe('peer row', () => {
	it('says choke and interest of both sides in a letter each', () => {
		expect(flags({})).toBe('-----')
		expect(flags({ amInterested: true })).toBe('d----')
		expect(flags({ amInterested: true, peerChoking: false })).toBe('D----')
		expect(flags({ peerChoking: false })).toBe('K----')
		expect(flags({ peerInterested: true })).toBe('-u---')
		expect(flags({ peerInterested: true, amChoking: false })).toBe('-U---')
		expect(flags({ amChoking: false })).toBe('-?---')
		expect(flags({ snubbed: true, incoming: true })).toBe('--S-I')
		expect(flags({ encryption: 'rc4' })).toBe('---E-')
		expect(flags({ encryption: 'plain' })).toBe('---e-')
		expect(flags({ optimistic: true })).toBe('--O--')
		expect(flags({ phase: 'dialling', amInterested: true })).toBe('-----')
	})

	it('keeps address and flags longest as it gets narrower, and never grows over its width', () => {
		for (let width = 1; width < 220; width += 1) {
			const columns = chooseColumns(peerColumns(theme, false, width), width)
			expect(tableWidth(columns)).toBeLessThanOrEqual(width)
			expect(columns[0]?.title).toBe('address')
			if (width >= 44) expect(columns.map(({ title }) => title)).toContain('flags')
			const row = formatRow(columns, { peer: quiet, at: 0, pieceCount: 10 }, { theme })
			expect(stringWidth(row)).toBe(tableWidth(columns))
		}
	})

	it('says in a word what is odd about requests in flight where there is no room for flags', () => {
		const row = (change: Partial<PeerView>, width: number) => {
			const peer = { ...quiet, amInterested: true, inFlight: 3, window: 12, ...change }
			return formatRow(
				chooseColumns(peerColumns(theme, false, width), width),
				{
					...{ peer, at: 0, pieceCount: 10 },
				},
				{ theme },
			)
		}
		expect(row({ peerChoking: true }, 38)).toMatch(/choked {3}3\/12/u)
		expect(row({ peerChoking: false, snubbed: true }, 38)).toMatch(/snubbed {2}3\/12/u)
		expect(row({ peerChoking: false }, 38)).toMatch(/▮▯▯▯▯ {4}3\/12/u)
		expect(row({ peerChoking: true }, 78)).toMatch(/d──── .*▮▯▯▯▯▯ {4}3\/12/u)
	})

	it('puts what we do for the others first while seeding', () => {
		const titles = (isSeeding: boolean) =>
			chooseColumns(peerColumns(theme, isSeeding, 116), 116).map(({ title }) => title)
		expect(titles(false)).toContain('what it does for us')
		expect(titles(true)).toContain('what we do for it')
	})

	it('says in a narrow row why nothing is in flight, and shows the gauge where something is', () => {
		const choked: PeerView = {
			...quiet,
			inFlight: 0,
			download: { at: 1000, reason: { code: 'choked-by-peer', sinceAt: 0 } },
		}
		const titlesAt = (width: number) =>
			chooseColumns(peerColumns(theme, false, width), width).map(({ title }) => title)
		expect(titlesAt(18)).toEqual(['address', '↓'])
		expect(titlesAt(38)).toEqual(['address', '↓', 'in flight'])
		const cells = (peer: PeerView, width: number) => {
			const columns = chooseColumns(peerColumns(theme, false, width), width)
			return formatRow(columns, { peer, at: 34_000, pieceCount: 10 }, { theme })
		}
		expect(cells(choked, 76)).toContain('chokes us 34s')
		expect(cells({ ...quiet, inFlight: 12, window: 48 }, 76)).toMatch(/▮▯▯▯▯▯ +12\/48/u)
		expect(cells(choked, 120)).toContain('chokes us for 34 s')
	})

	it('tells the decision and when it was made', () => {
		const peer: PeerView = {
			...quiet,
			download: { at: 1000, reason: { code: 'choked-by-peer', sinceAt: 0 } },
		}
		expect(downloadWords(peer, 12_000)).toBe('chokes us for 12 s')
		expect(peerDetails(peer, 12_000).join('\n')).toContain('it: chokes us for 12 s; decided 11 s ago')
	})
})

describe('where a peer came from', () => {
	it.each([
		['tracker', 'tracker', 'from a tracker'],
		['pex', 'pex', 'named by another peer (PEX)'],
		['lsd', 'lsd', 'found on the local net (LSD)'],
		['dht', 'dht', 'found in the DHT'],
	] as const)('%s', (source, word, words) => {
		const peer: PeerView = { ...quiet, incoming: false, source }
		expect(sourceWord(peer)).toBe(word)
		expect(peerDetails(peer, 12_000)[0]).toContain(words)
	})

	it('and what was exchanged with it, where anything was', () => {
		const told = (peer: PeerView) =>
			peerDetails(peer, 12_000).filter(line => line.startsWith('peer exchange'))
		expect(told(quiet)).toEqual([])
		expect(told({ ...quiet, exchange: { told: 7, named: 50, taken: 12 } })).toEqual([
			'peer exchange: it named 50 peers, 12 of them new; it knows 7 from us',
		])
	})
})

describe('time stamps of the wire', () => {
	it('count from the start to the millisecond', () => {
		expect(formatStamp(0)).toBe('0:00.000')
		expect(formatStamp(62_345.9)).toBe('1:02.345')
		expect(formatStamp(-5)).toBe('0:00.000')
	})
})
