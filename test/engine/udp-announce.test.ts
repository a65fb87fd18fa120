// A UDP tracker whose name has several addresses, in virtual time.
import { getEventListeners } from 'node:events'
import { beforeEach, describe, expect, test } from 'vitest'
import { udpAnnounce } from '../../source/engine/udp-announce.ts'
import { UdpTrackerMemory } from '../../source/engine/udp-tracker-memory.ts'
import { encodeConnected } from '../../source/practice/tracker-udp-codec.ts'
import { announceOf, infoHash, patient } from '../helpers/tracker-client.ts'
import { type Fault, trackerPort, UdpTrackerNet } from '../helpers/udp-tracker-net.ts'

const url = `udp://tracker.test:${trackerPort}/announce`
const four = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.5'] as const
const six = ['2001:db8::1', '2001:db8::2'] as const

let net: UdpTrackerNet
beforeEach(() => {
	net = new UdpTrackerNet()
})

/** A client of the tracker at these addresses, and what an announce of it brings. */
function tracker(addresses: readonly string[], families?: readonly (4 | 6)[]) {
	net.names['tracker.test'] = addresses
	const client = net.client(families)
	return {
		client,
		announce: (fields: Parameters<typeof announceOf>[1] = {}) =>
			net.run(client.announce(url, announceOf(1, fields), patient())),
		scrape: () => net.run(client.scrape(url, [infoHash], patient())),
	}
}

function expectNothingLeft(): void {
	expect(net.listening).toBe(0)
	expect(net.clock.step()).toBe(false)
}

describe('a tracker that is dead at one address', () => {
	test('is reached at the next, which is asked first from then on', async () => {
		const { announce } = tracker(four.slice(0, 3))
		net.silent.add(four[0]).add(four[1])
		expect((await announce()).type).toBe('announced')
		expect(net.takeLog()).toEqual([
			`0 ${four[0]} connect`,
			`1875 ${four[1]} connect`,
			`3750 ${four[2]} connect`,
			`3800 ${four[2]} announce`,
		])
		expectNothingLeft()
		expect((await announce()).type).toBe('announced')
		expect(net.takeLog()).toEqual([`3850 ${four[2]} announce`])
	})

	test('is asked first where it answered, in whatever order its addresses are found', async () => {
		const { announce } = tracker(four.slice(0, 2))
		await announce()
		net.takeLog()
		net.names['tracker.test'] = [four[1], four[0]]
		await announce()
		expect(net.log).toEqual([`100 ${four[0]} announce`])
	})

	test('and later dead at the one that answered, is reached at the other again', async () => {
		const { announce } = tracker(four.slice(0, 2))
		net.silent.add(four[0])
		await announce()
		net.takeLog()
		net.silent.clear()
		net.silent.add(four[1])
		await announce()
		expect(net.takeLog().map(line => line.slice(line.indexOf(' ') + 1))).toEqual([
			`${four[1]} announce`,
			`${four[0]} connect`,
			`${four[0]} announce`,
		])
	})

	test.each<Fault>([
		{ code: 'ENETUNREACH', when: 'at once' },
		{ code: 'EHOSTUNREACH', when: 'later' },
		{ code: 'ECONNREFUSED', when: 'later' },
	])('is reached at the next as soon as $code is known', async fault => {
		const { announce } = tracker(four.slice(0, 2))
		net.faults.set(four[0], fault)
		expect((await announce()).type).toBe('announced')
		const at = fault.when === 'later' ? 50 : 0
		expect(net.log).toEqual([
			`0 ${four[0]} connect`,
			`${at} ${four[1]} connect`,
			`${at + 50} ${four[1]} announce`,
		])
		expectNothingLeft()
	})

	test('is reached at the fifth when the first four are dead for good', async () => {
		const { announce } = tracker(four)
		for (const host of four.slice(0, 4)) net.silent.add(host)
		expect(await announce()).toMatchObject({ type: 'failed', code: 'timeout' })
		expect(new Set(net.takeLog().map(line => line.split(' ')[1]))).toEqual(new Set(four.slice(0, 4)))
		expect((await announce()).type).toBe('announced')
		expect(net.takeLog()[0]).toContain(four[4])
	})

	test('is asked once when its name leads to the same address twice', async () => {
		const { announce } = tracker([four[0], `::ffff:${four[0]}`, four[0]])
		net.silent.add(four[0])
		expect(await announce()).toMatchObject({ code: 'timeout' })
		expect(net.log).toEqual([`0 ${four[0]} connect`, `15000 ${four[0]} connect`])
	})
})

describe('a tracker that is dead at all addresses', () => {
	test('fails at once where none can be reached, and says why', async () => {
		const { announce } = tracker(four.slice(0, 2))
		net.faults.set(four[0], { code: 'EHOSTUNREACH', when: 'at once' })
		net.faults.set(four[1], { code: 'ENETUNREACH', when: 'at once' })
		expect(await announce()).toEqual({
			type: 'failed',
			code: 'unreachable',
			message: 'the tracker cannot be reached (ENETUNREACH)',
		})
		expect(net.clock.now()).toBe(0)
		expectNothingLeft()
	})

	test('is given up at the deadline, after two datagrams to each address', async () => {
		const { announce } = tracker([...four.slice(0, 4), ...six])
		for (const host of [...four, ...six]) net.silent.add(host)
		expect(await announce()).toMatchObject({ code: 'timeout' })
		expect(net.clock.now()).toBe(45_000)
		const counts = [...four.slice(0, 4), ...six].map(
			host => net.log.filter(line => line.split(' ')[1] === host).length,
		)
		expect(counts).toEqual([2, 2, 2, 2, 2, 2])
		expectNothingLeft()
	})
})

describe('a tracker of both families', () => {
	test('is announced to over both at once; a dead address of one is passed over the next time', async () => {
		const { announce } = tracker([four[0], four[1], six[0]])
		net.silent.add(four[0])
		net.peers.set(six[0], [{ host: '2001:db8::77', port: 7777 }])
		net.peers.set(four[1], [{ host: '192.0.2.77', port: 7777 }])
		await announce()
		net.takeLog()
		expect(await announce()).toMatchObject({
			peers: [
				{ host: '192.0.2.77', port: 7777 },
				{ host: '2001:db8::77', port: 7777 },
			],
		})
		expect(net.log.map(line => line.split(' ')[1])).not.toContain(four[0])
	})

	test('is scraped over one address after the other, in the order of the resolver', async () => {
		const { scrape } = tracker([six[0], four[0], six[1]])
		net.silent.add(six[0])
		net.faults.set(four[0], { code: 'ENETUNREACH', when: 'at once' })
		expect(await scrape()).toMatchObject({ type: 'scraped', swarms: [{ seeders: 7 }] })
		expect(net.takeLog()).toEqual([
			`0 ${six[0]} connect`,
			`1875 ${four[0]} connect`,
			`1875 ${six[1]} connect`,
			`1925 ${six[1]} scrape`,
		])
		expectNothingLeft()
	})

	test('is asked over the family of which there is a socket', async () => {
		const { announce, scrape } = tracker([six[0], four[0]], [4])
		expect((await announce()).type).toBe('announced')
		expect((await scrape()).type).toBe('scraped')
		expect(net.log.map(line => line.split(' ')[1])).toEqual([four[0], four[0], four[0]])
	})

	test('an answer is read in the size of the family that answered', async () => {
		const { announce } = tracker([six[0], six[1]])
		net.silent.add(six[0])
		net.peers.set(six[1], [{ host: '2001:db8::77', port: 7777 }])
		expect(await announce()).toMatchObject({ peers: [{ host: '2001:db8::77', port: 7777 }] })
	})
})

describe('who is believed', () => {
	test('only the address that was asked, with its own transaction id (threat U1)', async () => {
		const { announce } = tracker(four.slice(0, 3))
		net.silent.add(four[0]).add(four[1])
		const ids = new Map<string, number>()
		net.onRequest = (host, transactionId) => {
			ids.set(host, transactionId)
			const first = ids.get(four[0]) ?? 0
			net.deliver(encodeConnected(first, 1n), { host: four[1], port: trackerPort })
			net.deliver(encodeConnected(first, 2n), { host: four[2], port: trackerPort })
			net.deliver(encodeConnected(first, 3n), { host: four[0], port: trackerPort + 1 })
			net.deliver(encodeConnected(first + 1000, 4n), { host: four[0], port: trackerPort })
		}
		expect((await announce()).type).toBe('announced')
		expect(net.log.filter(line => line.includes('announce'))).toEqual([`3800 ${four[2]} announce`])
	})

	test('an address on this host that the path does not allow is never asked (threat H4)', async () => {
		net.names['tracker.test'] = ['127.0.0.1', four[0], '::1', '0.0.0.0', '224.0.0.1']
		const client = net.client()
		net.silent.add(four[0])
		const result = await net.run(
			client.announce(`udp://tracker.test:${trackerPort}/stats`, announceOf(1), patient()),
		)
		expect(result).toMatchObject({ code: 'timeout' })
		expect(net.log).toEqual([`0 ${four[0]} connect`, `15000 ${four[0]} connect`])
	})

	test('an address that answered is not asked when the name leads there no more', async () => {
		const { announce } = tracker(four.slice(0, 2))
		await announce()
		net.takeLog()
		net.names['tracker.test'] = [four[2]]
		await announce()
		expect(net.log.map(line => line.split(' ')[1])).toEqual([four[2], four[2]])
	})

	test('peers are judged by where the address that answered lies', async () => {
		const { announce } = tracker(['10.0.0.1', four[0]])
		net.silent.add('10.0.0.1')
		net.peers.set(four[0], [
			{ host: '10.0.0.9', port: 7777 },
			{ host: '192.0.2.77', port: 7777 },
		])
		expect(await announce()).toMatchObject({ peers: [{ host: '192.0.2.77', port: 7777 }] })
	})
})

test('an announce that is lost after a late connection is repeated 15 s after it was sent', async () => {
	const { announce } = tracker([four[0]])
	net.silent.add(four[0])
	net.onRequest = () => {
		const now = net.clock.now()
		if (now > 15_000 && now < 15_075) net.silent.clear()
		else net.silent.add(four[0])
	}
	expect(await announce()).toMatchObject({ code: 'timeout' })
	expect(net.log).toEqual([
		`0 ${four[0]} connect`,
		`15000 ${four[0]} connect`,
		`15050 ${four[0]} announce`,
		`30050 ${four[0]} announce`,
	])
})

test('an exchange that was answered does not hear its signal any more', async () => {
	const { signal } = new AbortController()
	const options = {
		clock: net.clock,
		random: net.random,
		udpSocket: (family: 4 | 6) => net.socket(family),
		tracker: { host: 'tracker.test', port: trackerPort },
		memory: new UdpTrackerMemory(),
	}
	const context = { signal, addresses: [four[0]], observe: () => undefined }
	const result = udpAnnounce({ type: 'scrape', infoHashes: [infoHash] }, options, context)
	expect(getEventListeners(signal, 'abort').length).toBe(1)
	expect(await net.run(result)).toMatchObject({ host: four[0], result: { type: 'scraped' } })
	expect(getEventListeners(signal, 'abort')).toEqual([])
})

describe('an exchange that is given up', () => {
	test('leaves no timer and no listener, whenever that is', async () => {
		const { client } = tracker([...four.slice(0, 4), ...six])
		for (const host of [...four, ...six]) net.silent.add(host)
		for (const afterMs of [0, 1, 1875, 20_000]) {
			const abort = new AbortController()
			const result = client.announce(url, announceOf(1), { signal: abort.signal })
			await net.clock.runUntil(() => false, afterMs)
			expect(net.listening).toBe(2)
			abort.abort()
			expect(await result).toMatchObject({ code: 'aborted' })
			expect(net.listening).toBe(0)
			// What is on its way arrives, at nobody.
			await net.clock.runUntil(() => false, 50)
			expectNothingLeft()
		}
	})

	test('at once says nothing against an address', async () => {
		const { client, announce } = tracker(four.slice(0, 2))
		const abort = new AbortController()
		const result = client.announce(url, announceOf(1), { signal: abort.signal })
		await net.clock.runUntil(() => false, 10)
		abort.abort()
		await result
		await net.clock.runUntil(() => false, 1000)
		net.takeLog()
		await announce()
		expect(net.log[0]).toBe(`1010 ${four[0]} connect`)
	})

	test('does not hear of a failure that comes later', async () => {
		const { client } = tracker(four.slice(0, 2))
		net.faults.set(four[0], { code: 'ECONNREFUSED', when: 'later' })
		const abort = new AbortController()
		const result = client.announce(url, announceOf(1), { signal: abort.signal })
		await net.clock.runUntil(() => false, 10)
		abort.abort()
		await result
		await net.clock.runUntil(() => false, 1000)
		expect(net.log).toEqual([`0 ${four[0]} connect`])
	})
})

test('the inspector hears how long each address took', async () => {
	const { announce } = tracker(four.slice(0, 2))
	net.roundTripsMs.set(four[0], 1900)
	await announce()
	expect(
		net.traffic.map(({ direction, address, latencyMs }) => [direction, address.host, latencyMs]),
	).toEqual([
		['out', four[0], undefined],
		['out', four[1], undefined],
		['in', four[0], 1900],
		['out', four[0], undefined],
		['in', four[0], 1900],
	])
})
