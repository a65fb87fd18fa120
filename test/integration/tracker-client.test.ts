import { createServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { createNodeEnvironment } from '../../source/engine/node-environment.ts'
import { encodeBencode } from '../../source/protocol/bencode-encode.ts'
import { fromUtf8, utf8 } from '../../source/protocol/bytes.ts'
import { startPracticeTracker } from '../../source/practice/tracker.ts'
import type { ReceivedAnnounce } from '../../source/practice/tracker-swarms.ts'
import { announceOf, infoHash, patient, rigClient } from '../helpers/tracker-client.ts'
import { scriptHttp } from '../helpers/tracker-server.ts'

const disposals: (() => Promise<void>)[] = []
afterEach(async () => {
	for (const dispose of disposals.splice(0)) await dispose()
})

function owned<Thing extends { close(): Promise<void> }>(thing: Thing): Thing {
	disposals.push(() => thing.close())
	return thing
}

const rig = async (options?: Parameters<typeof rigClient>[0]) => owned(await rigClient(options))
const http = async (...scripted: Parameters<typeof scriptHttp>) => owned(await scriptHttp(...scripted))

async function practice(fields: { onAnnounce?: (announce: ReceivedAnnounce) => void } = {}) {
	const { clock, random } = createNodeEnvironment()
	return owned(await startPracticeTracker({ clock, random, intervalS: 60, minIntervalS: 10, ...fields }))
}

const answer = encodeBencode({ interval: 900, peers: Uint8Array.of(192, 0, 2, 1, 0x1a, 0xe1) })
const peers = [{ host: '192.0.2.1', port: 6881 }]

describe.each(['httpUrl', 'udpUrl'] as const)('a well-behaved tracker over its %s', kind => {
	test('names the other peers, counts and an interval', async () => {
		const { client } = await rig()
		const tracker = await practice()
		const url = tracker[kind]
		expect(await client.announce(url, announceOf(1, { left: 0 }), patient())).toMatchObject({
			type: 'announced',
			intervalS: 60,
			seeders: 1,
			leechers: 0,
			peers: [],
		})
		expect(await client.announce(url, announceOf(2), patient())).toMatchObject({
			seeders: 1,
			leechers: 1,
			peers: [{ host: '127.0.0.1', port: 6001 }],
		})
	})

	test('hears every event and forgets who stopped', async () => {
		const heard: string[] = []
		const tracker = await practice({ onAnnounce: announce => heard.push(announce.event) })
		const { client } = await rig()
		for (const event of ['started', 'none', 'completed', 'stopped'] as const) {
			await client.announce(tracker[kind], announceOf(1, { event, left: 0 }), patient())
		}
		expect(heard).toEqual(['started', 'none', 'completed', 'stopped'])
		expect(tracker.counts(infoHash)).toMatchObject({ seeders: 0, leechers: 0, downloads: 1 })
	})

	test('is scraped', async () => {
		const { client } = await rig()
		const tracker = await practice()
		await client.announce(tracker[kind], announceOf(1), patient())
		expect(await client.scrape(tracker[kind], [infoHash], patient())).toMatchObject({
			type: 'scraped',
			swarms: [{ seeders: 0, leechers: 1, downloads: 0 }],
		})
	})

	test('refuses in its own words', async () => {
		const { client } = await rig()
		const tracker = await practice()
		tracker.setMood({ type: 'refusing', reason: 'torrent not registered' })
		expect(await client.announce(tracker[kind], announceOf(1), patient())).toMatchObject({
			type: 'failed',
			code: 'refused',
			message: 'torrent not registered',
		})
	})

	test('answers late and is waited for', async () => {
		const { client } = await rig()
		const tracker = await practice()
		tracker.setMood({ type: 'slow', delayMs: 60 })
		expect((await client.announce(tracker[kind], announceOf(1), patient())).type).toBe('announced')
	})

	test('is silent and given up at the deadline, or at once when the caller wants it', async () => {
		const { client } = await rig()
		const tracker = await practice()
		tracker.setMood({ type: 'silent' })
		expect(await client.announce(tracker[kind], announceOf(1), patient(80))).toMatchObject({
			code: 'timeout',
		})
		const caller = new AbortController()
		const pending = client.announce(tracker[kind], announceOf(1), { signal: caller.signal })
		caller.abort()
		expect(await pending).toMatchObject({ code: 'aborted' })
	})
})

describe('HTTP', () => {
	test('a warning arrives beside the peers', async () => {
		const { client } = await rig()
		const tracker = await practice()
		tracker.setMood({ type: 'warning', text: 'maintenance at noon' })
		expect(await client.announce(tracker.httpUrl, announceOf(1), patient())).toMatchObject({
			type: 'announced',
			warning: 'maintenance at noon',
			externalIp: '127.0.0.1',
		})
	})

	test('the request tells its program and nothing else about us', async () => {
		let headers: unknown
		const server = await http((request, response) => {
			headers = request.headers
			response.end(answer)
		})
		const { client } = await rig()
		await client.announce(`http://127.0.0.1:${server.port}/announce?passkey=s`, announceOf(1), patient())
		expect(headers).toEqual({
			host: `127.0.0.1:${server.port}`,
			'user-agent': 'swarmscope/9.9.9',
			'accept-encoding': 'gzip',
			connection: 'close',
		})
		expect(server.requests[0]).toMatch(/^\/announce\?passkey=s&info_hash=%00%0D%1A/u)
	})

	test('a gzipped answer is read', async () => {
		const server = await http((_, response) => {
			response.setHeader('Content-Encoding', 'gzip').end(gzipSync(answer))
		})
		const { client } = await rig()
		expect(
			await client.announce(`http://127.0.0.1:${server.port}/announce`, announceOf(1), patient()),
		).toEqual({
			type: 'announced',
			intervalS: 900,
			peers,
		})
	})

	const bomb = gzipSync(new Uint8Array(64 * 1024 * 1024))
	test.each<[string, string, Uint8Array, string]>([
		['a gzip bomb', 'gzip', bomb, 'answer-too-large'],
		['a gzip stacked on gzip', 'gzip, gzip', gzipSync(gzipSync(answer)), 'bad-encoding'],
		['brotli, which we did not ask for', 'br', answer, 'bad-encoding'],
		['a broken gzip', 'gzip', answer, 'bad-encoding'],
		['an empty gzip', 'gzip', new Uint8Array(), 'bad-encoding'],
		['HTML', 'identity', utf8('<html>login first</html>'), 'malformed-answer'],
		['nothing', 'identity', new Uint8Array(), 'malformed-answer'],
		['an answer of over a MiB', 'identity', new Uint8Array(1024 * 1024 + 1), 'answer-too-large'],
	])('%s is a failure', async (_, encoding, body, code) => {
		const server = await http((_request, response) => {
			response.setHeader('Content-Encoding', encoding).end(body)
		})
		const { client } = await rig()
		const url = `http://127.0.0.1:${server.port}/announce`
		expect(await client.announce(url, announceOf(1), patient())).toMatchObject({ type: 'failed', code })
	})

	test('an endless body is cut off after a MiB', async () => {
		let sent = 0
		const server = await http((_, response) => {
			const pour = () => {
				while (!response.destroyed && response.write(new Uint8Array(65_536))) sent += 65_536
			}
			response.on('drain', pour)
			pour()
		})
		const { client } = await rig()
		const url = `http://127.0.0.1:${server.port}/announce`
		expect(await client.announce(url, announceOf(1), patient())).toMatchObject({ code: 'answer-too-large' })
		expect(sent).toBeLessThan(32 * 1024 * 1024)
	})

	test('a dripping body does not move the deadline', async () => {
		const server = await http((_, response) => {
			response.writeHead(200)
			const drip = setInterval(() => response.write('d'), 5)
			response.on('close', () => clearInterval(drip))
		})
		const { client } = await rig({ speed: 100 })
		const started = performance.now()
		const url = `http://127.0.0.1:${server.port}/announce`
		expect(await client.announce(url, announceOf(1), patient())).toMatchObject({ code: 'timeout' })
		expect(performance.now() - started).toBeLessThan(3000)
	})

	test('headers without a body end at the deadline', async () => {
		const server = await http((_, response) => response.writeHead(200).flushHeaders())
		const { client } = await rig({ speed: 100 })
		const url = `http://127.0.0.1:${server.port}/announce`
		expect(await client.announce(url, announceOf(1), patient())).toMatchObject({ code: 'timeout' })
	})

	test.each<[number, Uint8Array, object]>([
		[404, utf8('not here'), { code: 'http-status', message: 'the tracker answers with status 404' }],
		[403, encodeBencode({ 'failure reason': 'banned' }), { code: 'refused', message: 'banned' }],
		[500, answer, { code: 'http-status' }],
	])('status %i is a failure', async (status, body, failure) => {
		const server = await http((_, response) => response.writeHead(status).end(body))
		const { client } = await rig()
		const url = `http://127.0.0.1:${server.port}/announce`
		expect(await client.announce(url, announceOf(1), patient())).toMatchObject(failure)
	})

	test('Retry-After is taken as advice', async () => {
		const server = await http((_, response) => response.writeHead(503, { 'Retry-After': '120' }).end())
		const { client } = await rig()
		const url = `http://127.0.0.1:${server.port}/announce`
		expect(await client.announce(url, announceOf(1), patient())).toMatchObject({
			retry: { type: 'later', retryIn: 120_000 },
		})
	})

	test('what is no HTTP is a failure', async () => {
		const server = createServer(socket => socket.resume().end('SSH-2.0-OpenSSH_9.2\r\n'))
		await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
		owned({ close: () => new Promise<void>(resolve => server.close(() => resolve())) })
		const { port } = server.address() as { port: number }
		const { client } = await rig()
		const result = await client.announce(`http://127.0.0.1:${port}/announce`, announceOf(1), patient())
		expect(result).toMatchObject({ type: 'failed', code: 'malformed-answer' })
	})

	test('a certificate that nobody vouches for is refused', async () => {
		const server = await http((_, response) => response.end(answer), { secure: true })
		const { client } = await rig({ names: { 'tracker.test': ['127.0.0.1'] } })
		const url = `https://tracker.test:${server.port}/announce`
		expect(await client.announce(url, announceOf(1), patient())).toMatchObject({ code: 'tls' })
		expect(server.requests).toEqual([])
	})

	test('nobody listening is a failure', async () => {
		const server = await scriptHttp(() => undefined)
		await server.close()
		const { client } = await rig()
		const url = `http://127.0.0.1:${server.port}/announce`
		expect(await client.announce(url, announceOf(1), patient())).toMatchObject({ code: 'unreachable' })
	})

	test('a URL that names no scrape is not scraped', async () => {
		const { client } = await rig()
		const result = await client.scrape('http://192.0.2.1/a', [infoHash], patient())
		expect(result).toMatchObject({ code: 'no-scrape' })
	})
})

describe('names and families', () => {
	test('a look-up without end is given up at the deadline', async () => {
		const { client } = await rig({ names: { 'tracker.test': 'never' } })
		const result = await client.announce('http://tracker.test/announce', announceOf(1), patient(50))
		expect(result).toMatchObject({ code: 'timeout' })
	})

	test('an unknown name is a failure', async () => {
		const { client } = await rig()
		const result = await client.announce('http://tracker.test/announce', announceOf(1), patient())
		expect(result).toMatchObject({ code: 'name-lookup' })
	})

	test('a tracker of both families hears from both, with one key', async ({ skip }) => {
		const first = await http((_, response) => response.end(answer))
		const other = { ipv6: encodeBencode({ peers6: new Uint8Array(18).fill(0x20), interval: 1800 }) }
		const second = await scriptHttp((_, response) => response.end(other.ipv6), {
			host: '::1',
			port: first.port,
		}).catch(() => undefined)
		if (second === undefined) return skip('this host has no IPv6')
		owned(second)
		const { client } = await rig({ names: { 'tracker.test': ['127.0.0.1', '::1'] } })
		const url = `http://tracker.test:${first.port}/announce`
		const result = await client.announce(url, announceOf(1), patient())
		expect(result).toMatchObject({
			intervalS: 1800,
			peers: [...peers, { host: '2020:2020:2020:2020:2020:2020:2020:2020', port: 0x2020 }],
		})
		expect(first.requests).toEqual(second.requests)
	})

	test('a family that hangs holds the other up for a moment only', async ({ skip }) => {
		const first = await http((_, response) => response.end(answer))
		const second = await scriptHttp(() => undefined, { host: '::1', port: first.port }).catch(() => undefined)
		if (second === undefined) return skip('this host has no IPv6')
		owned(second)
		const { client } = await rig({ speed: 20, names: { 'tracker.test': ['127.0.0.1', '::1'] } })
		const started = performance.now()
		const url = `http://tracker.test:${first.port}/announce`
		expect(await client.announce(url, announceOf(1), patient())).toMatchObject({ type: 'announced', peers })
		expect(performance.now() - started).toBeLessThan(1000)
	})
})

test('the inspector sees a gzipped answer unpacked', async () => {
	const server = await http((_, response) =>
		response.setHeader('Content-Encoding', 'gzip').end(gzipSync(answer)),
	)
	const { client, traffic } = await rig()
	await client.announce(`http://127.0.0.1:${server.port}/announce`, announceOf(1), patient())
	expect(fromUtf8(traffic[1]?.bytes ?? new Uint8Array(0))).toMatch(/gzip\r\n[^]*\r\n\r\nd8:intervali900e/u)
})

test('the inspector sees both sides of an exchange, without secrets', async () => {
	const server = await http((_, response) => response.end(answer))
	const { client, traffic } = await rig()
	const secret = '0123456789abcdef0123456789abcdef'
	await client.announce(`http://u:p@127.0.0.1:${server.port}/announce/${secret}`, announceOf(1), patient())
	expect(traffic.map(({ direction, transport }) => [direction, transport])).toEqual([
		['out', 'http'],
		['in', 'http'],
	])
	const text = traffic.map(({ bytes, tracker }) => tracker + fromUtf8(bytes))
	expect(text[0]).toContain('GET /announce/***?info_hash=%00%0D%1A')
	expect(text[1]).toMatch(/HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nd8:intervali900e/u)
	expect(traffic.map(({ address }) => address)).toEqual(
		[1, 2].map(() => ({ host: '127.0.0.1', port: server.port })),
	)
	expect(traffic[1]?.latencyMs).toBeGreaterThanOrEqual(0)
	expect(text.join()).not.toContain(secret)
	expect(text.join()).not.toContain(btoa('u:p'))
})

test('neither the inspector nor a user reads a passkey that the tracker repeats', async () => {
	const secret = '0123456789abcdef0123456789abcdef'
	const server = await http((_, response) =>
		response
			.setHeader('Set-Cookie', `session=${secret}`)
			.setHeader('X-Echo', `you are ${secret}`)
			.end(encodeBencode({ 'failure reason': `passkey ${secret} is not known` })),
	)
	const { client, traffic } = await rig()
	const url = `http://127.0.0.1:${server.port}/announce?passkey=${secret}`
	const result = await client.announce(url, announceOf(1), patient())
	expect(result).toMatchObject({ type: 'failed', message: `passkey ${'*'.repeat(32)} is not known` })
	const text = traffic.map(({ bytes }) => fromUtf8(bytes)).join('')
	expect(text).toContain('failure reason')
	expect(text).toContain('X-Echo: you are ')
	expect(text).not.toContain(secret)
})

test('the inspector reads no key in the place that a tracker redirects to', async () => {
	const secret = 'fedcba9876543210fedcba9876543210'
	const server = await http((request, response) => {
		if (request.url?.startsWith('/announce/') === true) response.end(answer)
		else response.writeHead(302, { Location: `/announce/${secret}?passkey=other` }).end()
	})
	const { client, traffic } = await rig()
	await client.announce(`http://127.0.0.1:${server.port}/announce`, announceOf(1), patient())
	const text = traffic.map(({ bytes }) => fromUtf8(bytes)).join('')
	expect(text).toContain('Location: /announce/***?passkey=***')
	expect(text).not.toContain(secret)
})
