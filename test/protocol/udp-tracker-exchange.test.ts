import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes, utf8 } from '../../source/protocol/bytes.ts'
import { toInfoHash, toPeerId } from '../../source/protocol/ids.ts'
import {
	type UdpTrackerExchange,
	type UdpTrackerTask,
	continueUdpExchange,
	createUdpExchange,
	receiveUdpDatagram,
} from '../../source/protocol/udp-tracker-exchange.ts'

const infoHash = toInfoHash(new Uint8Array(20).fill(1))
const announce: UdpTrackerTask = {
	type: 'announce',
	urlData: '',
	request: {
		infoHash,
		peerId: toPeerId(new Uint8Array(20).fill(2)),
		port: 6881,
		uploaded: 0,
		downloaded: 0,
		left: 1,
		event: 'started',
		numwant: 50,
		key: 7,
	},
}
const second = 1000

function setUp(options: Partial<Parameters<typeof createUdpExchange>[0]> = {}) {
	let drawn = 100
	const draw = () => (drawn += 1)
	const exchange = createUdpExchange({ task: announce, family: 4, ...options })
	return {
		exchange,
		advance: (now: number) => sent(continueUdpExchange(exchange, now, draw)),
		receive: (bytes: Uint8Array, now: number) => receiveUdpDatagram(exchange, bytes, { now, draw }),
	}
}

function sent(step: ReturnType<typeof continueUdpExchange>): string {
	if (step.type !== 'send') return step.type === 'done' ? step.result.type : step.type
	const view = new DataView(step.bytes.buffer)
	const action = ['connect', 'announce', 'scrape'][view.getUint32(8)] ?? '?'
	return `${action} ${view.getUint32(12)}`
}

function packet(action: number, transactionId: number, ...words: number[]): Uint8Array {
	const view = new DataView(new ArrayBuffer(8 + words.length * 4))
	view.setUint32(0, action)
	view.setUint32(4, transactionId)
	for (const [index, word] of words.entries()) view.setUint32(8 + index * 4, word)
	return new Uint8Array(view.buffer)
}

/** Lets time pass from one deadline to the next and lists what was sent when. */
function sendings(exchange: UdpTrackerExchange, advance: (now: number) => string, count: number): string[] {
	const log: string[] = []
	for (let round = 0; round < count; round += 1) {
		const now = exchange.nextAt
		log.push(`${now / second} ${advance(now)}`)
	}
	return log
}

describe('time-outs', () => {
	test('a silent tracker is asked after 15 · 2ⁿ s, nine times in all, and then given up', () => {
		const { exchange, advance } = setUp()
		expect(sendings(exchange, advance, 10)).toEqual([
			'0 connect 101',
			'15 connect 101',
			'45 connect 101',
			'105 connect 101',
			'225 connect 101',
			'465 connect 101',
			'945 connect 101',
			'1905 connect 101',
			'3825 connect 101',
			'7665 failed',
		])
	})

	test('an announce in vain goes back to connect when the id is 60 s old (example of BEP 15)', () => {
		const { exchange, advance, receive } = setUp()
		expect(advance(0)).toBe('connect 101')
		expect(sent(receive(packet(0, 101, 9, 9), 1 * second))).toBe('announce 102')
		expect(sendings(exchange, advance, 4)).toEqual([
			'16 announce 102',
			'46 announce 102',
			'106 connect 103',
			'226 connect 103',
		])
	})

	test('nothing is sent before its time', () => {
		const { advance } = setUp()
		advance(0)
		expect(advance(15 * second - 1)).toBe('wait')
	})

	test('an answer to connect starts the waits anew', () => {
		const { exchange, advance, receive } = setUp()
		sendings(exchange, advance, 3)
		receive(packet(0, 101, 1, 2), 50 * second)
		expect(exchange.nextAt).toBe(65 * second)
	})
})

describe('connection ids', () => {
	test('a kept id is used without connecting while it is younger than 60 s', () => {
		expect(setUp({ connection: { id: 5n, receivedAt: 0 } }).advance(60 * second - 1)).toBe('announce 101')
		expect(setUp({ connection: { id: 5n, receivedAt: 0 } }).advance(60 * second)).toBe('connect 101')
	})

	test('an error to a kept id makes the exchange connect anew, once', () => {
		const { exchange, advance, receive } = setUp({ connection: { id: 5n, receivedAt: 0 } })
		advance(1)
		const error = (transactionId: number) =>
			concatBytes([packet(3, transactionId), utf8('Connection ID missmatch.\0')])
		expect(sent(receive(error(101), 2))).toBe('connect 102')
		expect(sent(receive(packet(0, 102, 1, 1), 3))).toBe('announce 103')
		expect(receive(error(103), 4)).toEqual({
			type: 'done',
			result: { type: 'failed', code: 'refused', message: 'Connection ID missmatch.' },
		})
		expect(exchange.connection).toBeUndefined()
	})

	test('an error without a word still says that the tracker refused', () => {
		const { advance, receive } = setUp({})
		advance(1)
		expect(receive(packet(3, 101), 2)).toEqual({
			type: 'done',
			result: { type: 'failed', code: 'refused', message: 'the tracker refused without a reason' },
		})
	})
})

describe('answers', () => {
	test('an announce ends with the answer to its own transaction', () => {
		const { advance, receive } = setUp()
		advance(0)
		receive(packet(0, 101, 1, 2), 1)
		const step = receive(packet(1, 102, 1800, 3, 4), 2)
		expect(step).toEqual({
			type: 'done',
			result: { type: 'announced', intervalS: 1800, leechers: 3, seeders: 4, peers: [] },
		})
	})

	test('a scrape with fewer rows than hashes leaves the others unknown', () => {
		const { advance, receive } = setUp({
			task: { type: 'scrape', infoHashes: [infoHash, infoHash] },
			connection: { id: 1n, receivedAt: 0 },
		})
		expect(advance(0)).toBe('scrape 101')
		expect(receive(packet(2, 101, 1, 3, 2), 2)).toEqual({
			type: 'done',
			result: { type: 'scraped', swarms: [{ seeders: 1, downloads: 3, leechers: 2 }, undefined] },
		})
	})

	test('a right id with the wrong action, or a wrong id, changes nothing', () => {
		const { exchange, advance, receive } = setUp()
		advance(0)
		const before = structuredClone(exchange)
		for (const bytes of [
			packet(1, 101, 1, 2, 3),
			packet(2, 101, 1, 2, 3),
			packet(0, 100, 1, 2),
			packet(0, 101),
		]) {
			expect(receive(bytes, 1)).toEqual({ type: 'wait' })
			expect(exchange).toEqual(before)
		}
	})

	test('a hundred thousand guesses change nothing', () => {
		const { exchange, advance, receive } = setUp()
		advance(0)
		const before = structuredClone(exchange)
		for (let guess = 0; guess < 100_000; guess += 1) {
			const step = receive(packet(guess & 3, guess === 101 ? 0 : guess, 1, 2, 3, 4), 1)
			if (step.type !== 'wait') throw new Error(`guess ${guess} was believed`)
		}
		expect(exchange).toEqual(before)
	})

	test('whatever arrives, the exchange waits, sends or ends, and never throws', () => {
		fc.assert(
			fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 }), datagrams => {
				const { advance, receive } = setUp()
				advance(0)
				for (const bytes of datagrams) {
					if (bytes.length > 7) bytes.set([0, 0, 0, (bytes[3] ?? 0) & 3, 0, 0, 0, 101])
					receive(bytes, 1)
				}
			}),
		)
	})
})
