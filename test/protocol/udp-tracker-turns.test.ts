import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Address, addressKey } from '../../source/protocol/address.ts'
import { concatBytes } from '../../source/protocol/bytes.ts'
import { toInfoHash, toPeerId } from '../../source/protocol/ids.ts'
import { safe } from '../../source/protocol/safe-text.ts'
import type { UdpConnectionId, UdpTrackerTask } from '../../source/protocol/udp-tracker-exchange.ts'
import {
	continueUdpTurns,
	createUdpTurns,
	failUdpTurn,
	nextUdpTurnAt,
	receiveUdpTurn,
	silentUdpTurns,
	type UdpTurnStep,
} from '../../source/protocol/udp-tracker-turns.ts'

const announce: UdpTrackerTask = {
	type: 'announce',
	urlData: '',
	request: {
		infoHash: toInfoHash(new Uint8Array(20).fill(1)),
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
const port = 6969
const noRoute = { type: 'failed', code: 'unreachable', message: safe`no route` } as const
const refusedReply = 3

function packet(action: number, transactionId: number, ...words: number[]): Uint8Array {
	const view = new DataView(new ArrayBuffer(8 + words.length * 4))
	view.setUint32(0, action)
	view.setUint32(4, transactionId)
	for (const [index, word] of words.entries()) view.setUint32(8 + index * 4, word)
	return new Uint8Array(view.buffer)
}

/** A tracker at these hosts, of which nobody answers but by `hear`; times are in seconds. */
function setUp(hosts: readonly string[], connections: Record<string, UdpConnectionId> = {}) {
	let drawn = 100
	const draw = () => (drawn += 1)
	const log: string[] = []
	const sendings: { readonly at: number; readonly host: string }[] = []
	const turns = createUdpTurns(
		announce,
		hosts.map(host => ({
			address: { host, port },
			family: host.includes(':') ? 6 : 4,
			connection: connections[host],
		})),
	)
	let now = 0
	const note = (step: UdpTurnStep) => {
		if (step.type !== 'send') return step
		const view = new DataView(step.bytes.buffer)
		const action = ['connect', 'announce', 'scrape'][view.getUint32(8)] ?? '?'
		sendings.push({ at: now, host: step.to.host })
		log.push(`${now / 1000} ${step.to.host} ${action} ${view.getUint32(12)}`)
		return step
	}
	const proceed = () => {
		for (;;) {
			const step = note(continueUdpTurns(turns, now, draw))
			if (step.type !== 'send') return step
		}
	}
	return {
		turns,
		log,
		sendings,
		/** Time passes up to there, timer by timer. */
		until: (seconds: number) => {
			const end = Math.round(seconds * 1000)
			for (;;) {
				const step = proceed()
				if (step.type === 'done') return step
				const next = nextUdpTurnAt(turns, now)
				if (next > end) break
				expect(next).toBeGreaterThan(now)
				now = next
			}
			now = end
			return proceed()
		},
		hear: (from: string | Address, bytes: Uint8Array) => {
			const address = typeof from === 'string' ? { host: from, port } : from
			return note(receiveUdpTurn(turns, { from: address, bytes, now, draw }))
		},
		fail: (host: string) => {
			failUdpTurn(turns, { host, port }, { failure: noRoute, now })
			return proceed()
		},
		silent: () => silentUdpTurns(turns, now),
	}
}

describe('whose turn it is', () => {
	test('one address is asked as BEP 15 has it', () => {
		const { until, log } = setUp(['192.0.2.1'])
		until(110)
		expect(log).toEqual([
			'0 192.0.2.1 connect 101',
			'15 192.0.2.1 connect 101',
			'45 192.0.2.1 connect 101',
			'105 192.0.2.1 connect 101',
		])
	})

	test('an address that says nothing makes room for the next after an eighth of its first wait', () => {
		const { until, log, silent } = setUp(['192.0.2.1', '2001:db8::2', '192.0.2.3'])
		until(3.75)
		expect(log).toEqual([
			'0 192.0.2.1 connect 101',
			'1.875 2001:db8::2 connect 102',
			'3.75 192.0.2.3 connect 103',
		])
		expect(silent()).toEqual(['192.0.2.1', '2001:db8::2'])
	})

	test('eight addresses are asked before the first is asked again, and each twice within 45 s', () => {
		const hosts = Array.from({ length: 8 }, (_, index) => `192.0.2.${index + 1}`)
		const { until, log } = setUp(hosts)
		until(44.999)
		expect(log.map(line => line.split(' ')[1])).toEqual([...hosts, ...hosts])
		expect(log[8]).toBe('15 192.0.2.1 connect 101')
	})

	test('where one fails the next is asked at that very moment, and the failed one never again', () => {
		const { until, fail, log, silent } = setUp(['192.0.2.1', '192.0.2.2'])
		until(0.5)
		fail('192.0.2.1')
		until(30)
		expect(log).toEqual([
			'0 192.0.2.1 connect 101',
			'0.5 192.0.2.2 connect 102',
			'15.5 192.0.2.2 connect 102',
		])
		expect(silent()).toEqual(['192.0.2.1', '192.0.2.2'])
	})

	test('when all have failed that is the end, with the reason of the last', () => {
		const { until, fail } = setUp(['192.0.2.1', '192.0.2.2'])
		until(0)
		expect(fail('192.0.2.1')).toEqual({ type: 'wait' })
		expect(fail('192.0.2.2')).toEqual({ type: 'done', from: undefined, result: noRoute })
	})

	test('an address nobody asked cannot fail', () => {
		const { until, fail, log } = setUp(['192.0.2.1', '192.0.2.2'])
		until(0)
		fail('192.0.2.2')
		until(2)
		expect(log).toEqual(['0 192.0.2.1 connect 101', '1.875 192.0.2.2 connect 102'])
	})
})

describe('who has answered', () => {
	test('is asked alone for a whole first wait of BEP 15, and then the others take turns again', () => {
		const { until, hear, log, silent } = setUp(['192.0.2.1', '192.0.2.2', '192.0.2.3'])
		until(2)
		hear('192.0.2.2', packet(0, 102, 9, 9))
		until(16.999)
		expect(log).toEqual([
			'0 192.0.2.1 connect 101',
			'1.875 192.0.2.2 connect 102',
			'2 192.0.2.2 announce 103',
		])
		expect(silent()).toEqual(['192.0.2.1'])
		until(17)
		expect(log.slice(3)).toEqual([
			'17 192.0.2.1 connect 101',
			'17 192.0.2.2 announce 103',
			'17 192.0.2.3 connect 104',
		])
		expect(silent()).toEqual(['192.0.2.1', '192.0.2.2'])
	})

	test('and says nothing in that wait is not alone any more: who connects then is announced to as well', () => {
		const { until, hear, log } = setUp(['192.0.2.1', '192.0.2.2'])
		until(2)
		hear('192.0.2.2', packet(0, 102, 9, 9))
		until(17.5)
		hear('192.0.2.1', packet(0, 101, 8, 8))
		expect(log.at(-1)).toBe('17.5 192.0.2.1 announce 104')
	})

	test('keeps the connection id to itself', () => {
		const { until, hear, turns } = setUp(['192.0.2.1', '192.0.2.2'])
		until(2)
		hear('192.0.2.2', packet(0, 102, 0, 9))
		expect(turns.asked.map(({ exchange }) => exchange.connection?.id)).toEqual([undefined, 9n])
	})

	test('a late answer to another connect request does not make a second announce', () => {
		const { until, hear, log } = setUp(['192.0.2.1', '192.0.2.2'])
		until(2)
		hear('192.0.2.2', packet(0, 102, 9, 9))
		expect(hear('192.0.2.1', packet(0, 101, 8, 8))).toEqual({ type: 'wait' })
		expect(hear('192.0.2.1', packet(refusedReply, 101))).toEqual({ type: 'wait' })
		expect(log.filter(line => line.includes('announce'))).toEqual(['2 192.0.2.2 announce 103'])
	})

	test('a late answer to an announce is as good as that of the next address', () => {
		const { until, hear } = setUp(['192.0.2.1', '192.0.2.2'], { '192.0.2.1': { id: 5n, receivedAt: 0 } })
		until(2)
		hear('192.0.2.2', packet(0, 102, 9, 9))
		expect(hear('192.0.2.1', packet(1, 101, 1800, 0, 0))).toMatchObject({
			type: 'done',
			from: { host: '192.0.2.1' },
		})
	})

	test('is not among the silent, however late it was', () => {
		const { until, hear, silent } = setUp(['192.0.2.1', '192.0.2.2'], {
			'192.0.2.1': { id: 5n, receivedAt: 0 },
		})
		until(14)
		hear('192.0.2.2', packet(0, 102, 9, 9))
		until(20)
		expect(hear('192.0.2.1', packet(1, 101, 1800, 0, 0)).type).toBe('done')
		expect(silent()).toEqual([])
	})

	test('who fails after its answer gives way at once', () => {
		const { until, hear, fail, log } = setUp(['192.0.2.1', '192.0.2.2'])
		until(1)
		hear('192.0.2.1', packet(0, 101, 9, 9))
		fail('192.0.2.1')
		expect(log.at(-1)).toBe('1 192.0.2.2 connect 103')
	})

	test('a refusal is an answer: no other address is asked', () => {
		const { until, hear } = setUp(['192.0.2.1', '192.0.2.2'])
		until(1)
		expect(hear('192.0.2.1', packet(refusedReply, 101))).toMatchObject({
			type: 'done',
			from: { host: '192.0.2.1' },
			result: { type: 'failed', code: 'refused' },
		})
	})

	test('an id of an earlier exchange is used at its own address only', () => {
		const { until, log } = setUp(['192.0.2.1', '192.0.2.2'], { '192.0.2.2': { id: 5n, receivedAt: 0 } })
		until(2)
		expect(log).toEqual(['0 192.0.2.1 connect 101', '1.875 192.0.2.2 announce 102'])
	})

	test('the size of its peers is that of its family', () => {
		const peers = [0xe1, 0xe2, 0xe3].map(low => Uint8Array.of(192, 0, 2, 1, 0x1a, low))
		const answer = (transactionId: number) => concatBytes([packet(1, transactionId, 1800, 0, 0), ...peers])
		const four = setUp(['192.0.2.1', '2001:db8::2'])
		four.until(2)
		four.hear('192.0.2.1', packet(0, 101, 9, 9))
		expect(four.hear('192.0.2.1', answer(103))).toMatchObject({
			result: { peers: [6881, 6882, 6883].map(each => ({ host: '192.0.2.1', port: each })) },
		})
		const six = setUp(['192.0.2.1', '2001:db8::2'])
		six.until(2)
		six.hear('2001:db8::2', packet(0, 102, 9, 9))
		expect(six.hear('2001:db8::2', answer(103))).toMatchObject({
			from: { host: '2001:db8::2', port },
			result: { peers: [{ host: 'c000:201:1ae1:c000:201:1ae2:c000:201', port: 6883 }] },
		})
	})
})

describe('who is not believed (threat U1)', () => {
	test.each<[string, string | Address]>([
		['another address of the tracker', '192.0.2.2'],
		['an address that has not been asked', '192.0.2.3'],
		['a stranger', '198.51.100.9'],
		['another port', { host: '192.0.2.1', port: 6970 }],
	])('%s with the transaction id of the first', (_, from) => {
		const { until, hear, log } = setUp(['192.0.2.1', '192.0.2.2', '192.0.2.3'])
		until(2)
		expect(hear(from, packet(0, 101, 9, 9))).toEqual({ type: 'wait' })
		expect(log.length).toBe(2)
	})

	test('an address that failed', () => {
		const { until, fail, hear } = setUp(['192.0.2.1', '192.0.2.2'])
		until(1)
		fail('192.0.2.1')
		expect(hear('192.0.2.1', packet(0, 101, 9, 9))).toEqual({ type: 'wait' })
	})
})

test('whatever is heard, no address is asked more often than by BEP 15 after each of its answers', () => {
	const hosts = ['192.0.2.1', '192.0.2.2', '2001:db8::3', '192.0.2.4']
	const happening = fc.record({
		after: fc.integer({ min: 1, max: 20_000 }),
		host: fc.nat({ max: hosts.length - 1 }),
		kind: fc.constantFrom('connected', 'forged', 'fails', 'nothing'),
	})
	fc.assert(
		fc.property(fc.array(happening, { maxLength: 30 }), happenings => {
			const { until, hear, fail, sendings, turns } = setUp(hosts)
			let now = 0
			const answered: { at: number; host: string }[] = []
			for (const { after, host: index, kind } of happenings) {
				now += after
				if (until(now / 1000).type === 'done') break
				const host = hosts[index]!
				const turn = turns.asked.find(({ address }) => addressKey(address) === addressKey({ host, port }))
				const transactionId = turn?.exchange.awaited?.transactionId ?? 0
				if (kind === 'connected' && hear(host, packet(0, transactionId, 1, 1)).type === 'send') {
					answered.push({ at: now, host })
				}
				if (kind === 'forged') hear(host, packet(0, transactionId + 1, 1, 1))
				if (kind === 'fails' && fail(host).type === 'done') break
			}
			for (const host of hosts) {
				const times = sendings.filter(one => one.host === host).map(({ at }) => at)
				let wait = 15_000
				for (const [index, at] of times.slice(1).entries()) {
					const before = times[index]!
					if (answered.some(one => one.host === host && one.at === at)) {
						wait = 15_000
						continue
					}
					expect(at - before).toBeGreaterThanOrEqual(wait)
					wait *= 2
				}
			}
		}),
	)
})
