import { afterEach, describe, expect, test } from 'vitest'
import { createNodeEnvironment } from '../../source/engine/node-environment.ts'
import type { TrackerTraffic } from '../../source/engine/tracker-context.ts'
import { bindUdp } from '../../source/engine/udp-socket.ts'
import { startPracticeTracker } from '../../source/practice/tracker.ts'
import {
	decodeUdpRequest,
	encodeAnnounced,
	encodeConnected,
	encodeError,
} from '../../source/practice/tracker-udp-codec.ts'
import { announceOf, infoHash, patient, rigClient } from '../helpers/tracker-client.ts'
import { type Reply, scriptUdp } from '../helpers/tracker-server.ts'

const disposals: (() => Promise<void>)[] = []
afterEach(async () => {
	for (const dispose of disposals.splice(0)) await dispose()
})

function owned<Thing extends { close(): Promise<void> }>(thing: Thing): Thing {
	disposals.push(() => thing.close())
	return thing
}

const rig = async (options?: Parameters<typeof rigClient>[0]) => owned(await rigClient(options))

const good = {
	intervalS: 900,
	counts: { seeders: 2, leechers: 1 },
	peers: [{ host: '192.0.2.1', port: 6881 }],
}
const connectionId = 0xfedc_ba98_7654_3210n

/** Requests as a list of types, and a tracker that answers each by `answers` or well. */
async function tracker(
	answers: (type: string, transactionId: number, reply: Reply) => boolean = () => false,
) {
	const types: string[] = []
	const server = owned(
		await scriptUdp((bytes, reply) => {
			const request = decodeUdpRequest(bytes, '127.0.0.1')
			if (request === undefined) return
			types.push(request.type)
			if (answers(request.type, request.transactionId, reply)) return
			if (request.type === 'connect') reply(encodeConnected(request.transactionId, connectionId))
			else reply(encodeAnnounced(request.transactionId, good, 4))
		}),
	)
	return { types, url: `udp://127.0.0.1:${server.port}/announce`, received: server.received }
}

describe('an exchange over UDP', () => {
	test('connects once and keeps the id for the next announce', async () => {
		const { client } = await rig()
		const { types, url } = await tracker()
		const result = await client.announce(url, announceOf(1), patient())
		expect(result).toEqual({ type: 'announced', intervalS: 900, seeders: 2, leechers: 1, peers: good.peers })
		await client.announce(url, announceOf(1), patient())
		expect(types).toEqual(['connect', 'announce', 'announce'])
	})

	test('connects anew when the id is 60 s old', async () => {
		const { client } = await rig({ speed: 1000 })
		const { types, url } = await tracker()
		await client.announce(url, announceOf(1), patient())
		await new Promise(resolve => setTimeout(resolve, 70))
		await client.announce(url, announceOf(1), patient())
		expect(types).toEqual(['connect', 'announce', 'connect', 'announce'])
	})

	test('connects anew when the tracker does not know the id any more', async () => {
		let restarted = false
		const { client } = await rig()
		const { types, url } = await tracker((type, transactionId, reply) => {
			if (type !== 'announce' || !restarted) return false
			restarted = false
			reply(encodeError(transactionId, 'Connection ID missmatch.\0'))
			return true
		})
		await client.announce(url, announceOf(1), patient())
		restarted = true
		expect((await client.announce(url, announceOf(1), patient())).type).toBe('announced')
		expect(types).toEqual(['connect', 'announce', 'announce', 'connect', 'announce'])
	})

	test('asks again when the first packet is lost', async () => {
		let lost = 0
		const { client } = await rig({ speed: 200 })
		const { types, url } = await tracker(type => type === 'connect' && (lost += 1) === 1)
		expect((await client.announce(url, announceOf(1), patient())).type).toBe('announced')
		expect(types).toEqual(['connect', 'connect', 'announce'])
	})

	test('believes nobody but the tracker: other ports, wrong ids and stubs change nothing', async () => {
		const { client } = await rig()
		const { url } = await tracker((type, transactionId, reply) => {
			if (type !== 'announce') return false
			const forged = { intervalS: 1, counts: {}, peers: [{ host: '203.0.113.66', port: 666 }] }
			reply(encodeAnnounced(transactionId, forged, 4), 'elsewhere')
			reply(encodeAnnounced(transactionId + 1, forged, 4))
			reply(encodeConnected(transactionId, 1n))
			reply(encodeAnnounced(transactionId, forged, 4).subarray(0, 19))
			reply(new Uint8Array())
			setTimeout(() => reply(encodeAnnounced(transactionId, good, 4)), 30)
			return true
		})
		expect(await client.announce(url, announceOf(1), patient())).toMatchObject({ peers: good.peers })
	})

	test('sends path and query along (BEP 41)', async () => {
		const { client, traffic } = await rig()
		const { url, received } = await tracker()
		await client.announce(`${url}?a=b`, announceOf(1), patient())
		expect(decodeUdpRequest(received[1]!, '')).toMatchObject({ urlData: '/announce?a=b' })
		expect(traffic.map(({ direction, bytes }) => [direction, bytes.length])).toEqual([
			['out', 16],
			['in', 16],
			['out', 98 + 2 + 13],
			['in', 26],
		])
	})

	test('two announces at once do not disturb each other', async () => {
		const { client } = await rig()
		const { url } = await tracker()
		const results = await Promise.all(
			[1, 2, 3, 4].map(peer => client.announce(url, announceOf(peer), patient())),
		)
		expect(results.map(result => result.type)).toEqual(Array.from({ length: 4 }, () => 'announced'))
	})

	test('reads peers of 18 bytes over IPv6', async ({ skip }) => {
		const { client, udp6 } = await rig()
		if (udp6 === undefined) return skip('this host has no IPv6')
		const { clock, random } = createNodeEnvironment()
		const options = { clock, random, host: '::1', intervalS: 60, minIntervalS: 10 }
		const server = owned(await startPracticeTracker(options))
		await client.announce(server.udpUrl, announceOf(1), patient())
		expect(await client.announce(server.udpUrl, announceOf(2), patient())).toMatchObject({
			peers: [{ host: '::1', port: 6001 }],
		})
	})

	test('nobody listening ends at the deadline, and the socket lives on', async () => {
		const { client } = await rig({ speed: 400 })
		const dead = await scriptUdp(() => undefined)
		await dead.close()
		const result = await client.announce(`udp://127.0.0.1:${dead.port}/announce`, announceOf(1), patient())
		expect(result).toMatchObject({ type: 'failed', code: 'timeout' })
		const { url } = await tracker()
		expect((await client.announce(url, announceOf(1), patient())).type).toBe('announced')
	})
})

describe('a tracker whose name has several addresses', () => {
	/** The port of a tracker at this address alone. */
	const alive = async (host: string) => {
		const { clock, random } = createNodeEnvironment()
		const server = owned(await startPracticeTracker({ clock, random, host, intervalS: 60, minIntervalS: 10 }))
		return Number(new URL(server.udpUrl).port)
	}
	const hostsOf = (traffic: readonly TrackerTraffic[], from: 'in' | 'out') =>
		traffic.filter(({ direction }) => direction === from).map(({ address }) => address.host)

	test('is reached over IPv6 where nobody listens over IPv4, and names peers of 18 bytes', async () => {
		const port = await alive('::1')
		const { client, traffic } = await rig({
			speed: 5,
			names: { 'tracker.test': ['127.0.0.1', '::1'] },
		})
		const url = `udp://tracker.test:${port}/announce`
		await client.announce(url, announceOf(1), patient())
		expect(await client.announce(url, announceOf(2), patient())).toMatchObject({
			type: 'announced',
			peers: [{ host: '::1', port: 6001 }],
		})
		expect(new Set(hostsOf(traffic, 'in'))).toEqual(new Set(['::1']))
	})

	test('is scraped over IPv6 where nobody listens over IPv4, and there at once the next time', async () => {
		const port = await alive('::1')
		const { client, traffic } = await rig({
			speed: 5,
			names: { 'tracker.test': ['127.0.0.1', '::1'] },
		})
		const url = `udp://tracker.test:${port}/announce`
		expect((await client.scrape(url, [infoHash], patient())).type).toBe('scraped')
		expect(hostsOf(traffic, 'out')).toEqual(['127.0.0.1', '::1', '::1'])
		traffic.length = 0
		expect((await client.scrape(url, [infoHash], patient())).type).toBe('scraped')
		expect(hostsOf(traffic, 'out')).toEqual(['::1'])
	})

	test('is reached at the second of one family when the first is silent', async () => {
		const { types, url } = await tracker()
		const { port } = new URL(url)
		const { client, traffic } = await rig({
			speed: 5,
			names: { 'tracker.test': ['127.0.0.2', '127.0.0.1'] },
		})
		const named = `udp://tracker.test:${port}/announce`
		expect(await client.announce(named, announceOf(1), patient())).toMatchObject({ peers: good.peers })
		await client.announce(named, announceOf(1), patient())
		expect(hostsOf(traffic, 'out')).toEqual(['127.0.0.2', '127.0.0.1', '127.0.0.1', '127.0.0.1'])
		expect(types).toEqual(['connect', 'announce', 'announce'])
	})

	test('is reached at the second at once when nothing can be sent to the first', async () => {
		const { url } = await tracker()
		// From a socket on loopback no datagram leaves this machine: the system refuses it.
		const { client, traffic, udp4 } = await rig({ names: { 'tracker.test': ['192.0.2.1', '127.0.0.1'] } })
		const named = `udp://tracker.test:${new URL(url).port}/announce`
		expect(await client.announce(named, announceOf(1), patient())).toMatchObject({ peers: good.peers })
		expect(traffic[1]!.at - traffic[0]!.at).toBeLessThan(1875)
		expect(hostsOf(traffic, 'out')).toEqual(['192.0.2.1', '127.0.0.1', '127.0.0.1'])
		expect(udp4.errors).toBe(1)
	})
})

describe('a UDP socket', () => {
	test('says why it cannot be bound', async () => {
		const first = await bindUdp('127.0.0.1', 0)
		if (!first.ok) throw new Error(first.message)
		owned(first.value)
		expect(await bindUdp('127.0.0.1', first.value.port)).toMatchObject({ ok: false, code: 'EADDRINUSE' })
	})

	test('counts what it cannot send and goes on', async () => {
		const bound = await bindUdp('127.0.0.1', 0)
		if (!bound.ok) throw new Error(bound.message)
		const socket = owned(bound.value)
		socket.send(new Uint8Array(70_000), { host: '127.0.0.1', port: 9 })
		socket.send(new Uint8Array(1), { host: '2001:db8::1', port: 9 })
		socket.send(new Uint8Array(1), { host: '127.0.0.1', port: 99_999 })
		await expect.poll(() => socket.errors).toBe(3)
		await socket.close()
		await socket.close()
		socket.send(new Uint8Array(1), { host: '127.0.0.1', port: 9 })
	})

	test('asks its subscribers in turn until one takes the datagram', async () => {
		const [a, b] = [await bindUdp('127.0.0.1', 0), await bindUdp('127.0.0.1', 0)]
		if (!a.ok || !b.ok) throw new Error('cannot bind')
		owned(a.value)
		owned(b.value)
		const asked: string[] = []
		a.value.subscribe(bytes => asked.push('first') > 0 && bytes.length === 1)
		const unsubscribe = a.value.subscribe(() => asked.push('second') > 0)
		b.value.send(new Uint8Array(1), { host: '127.0.0.1', port: a.value.port })
		b.value.send(new Uint8Array(2), { host: '127.0.0.1', port: a.value.port })
		await expect.poll(() => asked).toEqual(['first', 'first', 'second'])
		unsubscribe()
		b.value.send(new Uint8Array(2), { host: '127.0.0.1', port: a.value.port })
		await expect.poll(() => asked.length).toBe(4)
	})
})

const secret = '0123456789abcdef0123456789abcdef'

test('a passkey goes to the tracker, and the inspector sees as many asterisks', async () => {
	const { client, traffic } = await rig()
	const { url, received } = await tracker((type, transactionId, reply) => {
		if (type !== 'announce') return false
		reply(encodeError(transactionId, `no passkey ${secret}`))
		return true
	})
	const result = await client.announce(`${url}/${secret}`, announceOf(1), patient())
	expect(result).toMatchObject({ type: 'failed', message: `no passkey ${'*'.repeat(32)}` })
	const sent = Buffer.concat(received.map(bytes => Buffer.from(bytes))).toString('latin1')
	expect(sent).toContain(`/announce/${secret}`)
	const seen = Buffer.concat(traffic.map(({ bytes }) => Buffer.from(bytes))).toString('latin1')
	expect(seen).toContain(`/announce/${'*'.repeat(32)}`)
	expect(seen).not.toContain(secret)
})
