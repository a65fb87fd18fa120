import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Address } from '../../source/protocol/address.ts'
import { encodeBencode } from '../../source/protocol/bencode-encode.ts'
import { encodeAnnounced, encodeConnected, encodeError } from '../../source/practice/tracker-udp-codec.ts'
import { scriptHttp, type ScriptedHttp } from '../helpers/tracker-server.ts'
import { scriptDatagrams, type UdpScript, wellBehaved } from './scripted-datagrams.ts'
import { openStage, type Stage, type StageOptions } from './stage.ts'

const second = 1000
const minute = 60 * second
const seed: Address = { host: '198.51.100.9', port: 6881 }
const hostileAt = '198.51.100.53:6969'
const goodAt = '198.51.100.54:6969'
const good = wellBehaved({ peers: [seed] })

/** A hostile tracker, and in a tier behind it one that knows the seed. */
async function openTrackers(hostile: UdpScript | string, options: StageOptions = {}) {
	const udp = typeof hostile === 'string' ? {} : { [hostileAt]: hostile }
	const datagrams = scriptDatagrams({ ...udp, [goodAt]: good })
	const first = typeof hostile === 'string' ? hostile : `udp://${hostileAt}/announce`
	const stage = await openStage({
		alone: true,
		honestAt: seed.host,
		world: { datagrams },
		...options,
		torrent: { announceList: [[first], [`udp://${goodAt}/announce`]], ...options.torrent },
	})
	return { stage, requests: () => datagrams.requests.filter(({ to }) => to === hostileAt) }
}

async function http(...scripted: Parameters<typeof scriptHttp>): Promise<ScriptedHttp> {
	const server = await scriptHttp(...scripted)
	onTestFinished(() => server.close())
	return server
}

const urlOf = ({ port }: ScriptedHttp, path = '/announce') => `http://127.0.0.1:${port}${path}`

const failures = ({ events }: Stage) =>
	events.flatMap(event => (event.type === 'trackerFailed' && event.tracker === 0 ? [event] : []))
const answers = ({ events }: Stage) =>
	events.flatMap(event => (event.type === 'trackerAnswered' && event.tracker === 0 ? [event] : []))

/** The other tracker names the seed, which brings everything. */
async function endsWell(stage: Stage): Promise<void> {
	await stage.until(() => stage.crowd.length > 0, 'the seed to be dialled')
	await stage.endsWell()
}

describe('an answer over HTTP', () => {
	const bomb = gzipSync(new Uint8Array(64 << 20))
	const broken = gzipSync(encodeBencode({ interval: 900, peers: '' })).subarray(0, 20)
	test.each<[string, Uint8Array | string, Record<string, string>]>([
		['empty', '', {}],
		['a page', '<html><body>404</body></html>', {}],
		['cut short', 'd8:intervali900e5:peers12:abc', {}],
		['a list', 'le', {}],
		['deep', 'l'.repeat(100_000), {}],
		['gzip that is none', 'd8:intervali900e5:peers0:e', { 'Content-Encoding': 'gzip' }],
		['gzip cut short', broken, { 'Content-Encoding': 'gzip' }],
		['a gzip bomb', bomb, { 'Content-Encoding': 'gzip' }],
		['a gzip bomb twice wrapped', gzipSync(bomb), { 'Content-Encoding': 'gzip, gzip' }],
		['brotli', 'd8:intervali900e5:peers0:e', { 'Content-Encoding': 'br' }],
		['two mebibytes', new Uint8Array(2 << 20).fill(0x20), {}],
	])('that is %s is a failure, and another tracker is heard', async (_, body, headers) => {
		const server = await http((_request, response) => {
			response.writeHead(200, headers).end(body)
		})
		const { stage } = await openTrackers(urlOf(server))
		await stage.until(() => failures(stage).length > 0, 'a failure')
		const [failure] = failures(stage)
		expect(failure?.retryInMs).toBeGreaterThanOrEqual(10 * second)
		expect(answers(stage)).toEqual([])
		await endsWell(stage)
		expect(server.requests).toHaveLength(1)
	})

	test('without end is cut off', async () => {
		const server = await http((_, response) => {
			const more = () => {
				while (!response.destroyed && response.write(new Uint8Array(65_536))) continue
			}
			response.on('drain', more)
			more()
		})
		const { stage } = await openTrackers(urlOf(server))
		await stage.until(() => failures(stage).length > 0, 'a failure')
		await endsWell(stage)
	})

	test.each([
		['over and over to itself', (server: ScriptedHttp) => urlOf(server)],
		['to a file', () => 'file:///etc/passwd'],
		['to another place on this host', (server: ScriptedHttp) => urlOf(server, '/shutdown')],
		['to nowhere', () => 'http://'],
	])('that redirects %s is a failure', async (_, location) => {
		const server: ScriptedHttp = await http((_request, response) => {
			response.writeHead(302, { Location: location(server) }).end()
		})
		const { stage } = await openTrackers(urlOf(server))
		await stage.until(() => failures(stage).length > 0, 'a failure')
		await endsWell(stage)
		expect(server.requests.length).toBeLessThanOrEqual(6)
		expect(server.requests.every(target => target.startsWith('/announce'))).toBe(true)
	})

	test('with a failure reason is a failure, whatever else it says, and shows no control characters', async () => {
		const reason = `no\u001b[2J\u0007\r\n${'x'.repeat(5_000)}`
		const peers = Uint8Array.of(203, 0, 113, 77, 0x1a, 0xe1)
		const server = await http((_, response) => {
			response.end(encodeBencode({ 'failure reason': reason, interval: 1800, peers }))
		})
		const { stage } = await openTrackers(urlOf(server))
		await stage.until(() => failures(stage).length > 0, 'a failure')
		const message = failures(stage)[0]?.message ?? ''
		expect(message).toMatch(/^no/u)
		expect(message.length).toBeLessThanOrEqual(1024)
		expect(message).not.toMatch(/[\x00-\x1f\x7f-\x9f]/u)
		await endsWell(stage)
		expect(stage.dialled.map(({ remote }) => remote.host)).toEqual([seed.host])
	})

	test('with bad entries between good ones is good for those', async () => {
		const entry = (ip: unknown, port: unknown) => ({ ip, port }) as { ip: string; port: number }
		const peers = [
			entry('203.0.113.1', 0),
			entry('203.0.113.2', 70_000),
			entry('203.0.113.3', 'x'),
			entry('not a host', 6881),
			entry(5, 6881),
			entry('203.0.113.4', 6881),
			entry('224.0.0.1', 6881),
		]
		const server = await http((_, response) => {
			response.end(encodeBencode({ interval: 1800, peers: [...peers, 'x', 7, [], ...peers.slice(5, 6)] }))
		})
		const { stage } = await openTrackers(urlOf(server))
		await stage.until(() => answers(stage).length > 0, 'an answer')
		await endsWell(stage)
		expect(stage.dialled.map(({ remote }) => remote.host).sort()).toEqual(['198.51.100.9', '203.0.113.4'])
	})

	test('that never comes, or stalls behind its head, is waited for half a minute', async () => {
		for (const stalls of [false, true]) {
			const server = await http((_, response) => {
				if (stalls) response.writeHead(200, { 'Content-Length': '100' }).write('d8:')
			})
			const { stage } = await openTrackers(urlOf(server))
			await stage.until(() => server.requests.length > 0, 'a request')
			await stage.run(29 * second, second)
			expect(failures(stage)).toEqual([])
			await stage.run(2 * second, second)
			expect(failures(stage)).toHaveLength(1)
			await endsWell(stage)
		}
	})

	test('that never comes holds the end up for five seconds at most', async () => {
		const server = await http(() => undefined)
		const { stage } = await openTrackers(urlOf(server), { seeding: true })
		await stage.until(() => server.requests.length > 0, 'a request')
		const before = stage.world.clock.now()
		await stage.endsWell()
		expect(stage.world.clock.now() - before).toBeLessThanOrEqual(5.3 * second)
	})
})

describe('an interval', () => {
	const longest = 24 * 60 * minute
	test.each<[string, string, number]>([
		['of 0', 'i0e', 5 * minute],
		['of -1', 'i-1e', 30 * minute],
		['of a string', '3:900', 30 * minute],
		['of 10^11', 'i100000000000e', longest],
		['of 10^30', `i1${'0'.repeat(30)}e`, 30 * minute],
		['of 2147484', 'i2147484e', longest],
	])('%s over HTTP brings neither a tight loop nor an endless wait', async (_, interval, expectedMs) => {
		const server = await http((_request, response) => {
			response.end(`d8:interval${interval}5:peers0:e`)
		})
		const announceList = [[urlOf(server)]]
		const { stage } = await openTrackers(urlOf(server), { seeding: true, torrent: { announceList } })
		await stage.until(() => answers(stage).length > 0, 'an answer')
		const announces = () => server.requests.filter(target => target.startsWith('/announce')).length
		const [answeredAt, before] = [stage.world.clock.now(), announces()]
		const stepMs = expectedMs / 20
		await stage.run(19 * stepMs, stepMs)
		expect(announces()).toBe(before)
		stage.world.clock.advance(2 * stepMs)
		await stage.until(() => announces() > before, 'another announce')
		expect(stage.world.clock.now() - answeredAt).toBeGreaterThan(0.95 * expectedMs)
		await stage.endsWell()
	})

	test.each([0, 2 ** 31, 2 ** 32 - 1])('of %i over UDP does as little', async intervalS => {
		const { stage, requests } = await openTrackers(wellBehaved({ intervalS }), { seeding: true })
		await stage.until(() => answers(stage).length > 0, 'an answer')
		const before = requests().length
		await stage.run(4.9 * minute, second)
		expect(requests()).toHaveLength(before)
		await stage.endsWell()
	})

	test('after failures grows, however often the tracker fails', async () => {
		const at: number[] = []
		const { stage, requests } = await openTrackers(
			(request, reply) => {
				if (request.type === 'connect') reply(encodeError(request.transactionId, 'busy'))
			},
			{ seeding: true },
		)
		for (let passed = 0; passed < 60 * minute; passed += 5 * second) {
			if (requests().length > at.length) at.push(stage.world.clock.now())
			await stage.run(5 * second, 5 * second)
		}
		const waits = at.slice(1).map((instant, index) => instant - (at[index] ?? 0))
		expect(waits.length).toBeGreaterThan(3)
		expect(waits.length).toBeLessThan(12)
		for (const [index, wait] of waits.entries()) expect(wait).toBeGreaterThan((waits[index - 1] ?? 0) * 0.9)
		await stage.endsWell()
	})
})

describe('a datagram that is no answer', () => {
	test('changes nothing, nor does a hundred thousand of them', async () => {
		const { stage } = await openTrackers((request, reply) => {
			const { transactionId: id } = request
			const elsewhere = { host: '198.51.100.53', port: 6970 }
			const another = { host: '198.51.100.99', port: 6969 }
			const lie = { intervalS: 60, counts: {}, peers: [{ host: '203.0.113.66', port: 6881 }] }
			const connected = encodeConnected(id, 7n)
			const announced = encodeAnnounced(id, lie, 4)
			for (const from of [elsewhere, another]) {
				reply(connected, from)
				reply(announced, from)
				reply(encodeError(id, 'no'), from)
			}
			for (let guess = 1; guess <= 200; guess += 1) reply(encodeAnnounced((id + guess) >>> 0, lie, 4))
			for (const length of [0, 1, 7, 8, 15]) reply(connected.slice(0, length))
			reply(request.type === 'connect' ? announced : connected)
			reply(Uint8Array.of(0, 0, 0, 99, ...connected.slice(4)))
			good(request, reply)
		})
		await stage.until(() => answers(stage).length > 0, 'an answer')
		await endsWell(stage)
		expect(stage.dialled.map(({ remote }) => remote.host)).toEqual([seed.host])
	})

	test('does not move the next try, fifteen seconds after the first', async () => {
		const { stage, requests } = await openTrackers((request, reply) => {
			for (let guess = 1; guess < 100; guess += 1)
				reply(encodeConnected((request.transactionId ^ guess) >>> 0, 7n))
		})
		await stage.until(() => requests().length > 0, 'a request')
		await stage.run(14.5 * second, 500)
		expect(requests()).toHaveLength(1)
		await stage.run(second, 500)
		expect(requests()).toHaveLength(2)
		await endsWell(stage)
	})
})

describe('a connection id', () => {
	test('that the tracker does not know any more is asked for anew', async () => {
		let isKnown = false
		const { stage, requests } = await openTrackers((request, reply) => {
			if (request.type === 'announce' && !isKnown) {
				isKnown = true
				reply(encodeError(request.transactionId, 'Connection ID missmatch.'))
			} else good(request, reply)
		})
		await stage.until(() => answers(stage).length + failures(stage).length > 0, 'an answer')
		await stage.run(30 * second, second)
		expect(
			requests()
				.map(({ type }) => type)
				.slice(0, 4),
		).toEqual(['connect', 'announce', 'connect', 'announce'])
		await endsWell(stage)
	})

	test('is not used when it is older than a minute', async () => {
		let drawn = 0n
		const { stage, requests } = await openTrackers(
			(request, reply) => {
				drawn += 1n
				if (request.type === 'connect') reply(encodeConnected(request.transactionId, drawn))
				else wellBehaved({ intervalS: 300 })(request, reply)
			},
			{ seeding: true },
		)
		await stage.run(11 * minute, second)
		const announces = requests().filter(({ type }) => type === 'announce')
		expect(announces.length).toBeGreaterThanOrEqual(3)
		expect(new Set(announces.map(({ connectionId }) => connectionId)).size).toBe(announces.length)
		await stage.endsWell()
	})
})

describe('peers that a tracker names', () => {
	test('are dialled neither where nobody can listen nor in the local net of somebody on the internet', async () => {
		const traps = [
			...['127.0.0.1', '10.0.0.1', '192.168.1.1', '172.16.0.1', '169.254.169.254', '0.0.0.0', '224.0.0.1'],
			...['255.255.255.255', '240.0.0.1', '100.64.0.1'],
		].map(host => ({ host, port: 6881 }))
		const ports = [1, 22, 25, 80, 443, 1023].map(port => ({ host: '203.0.113.5', port }))
		const { stage } = await openTrackers(wellBehaved({ peers: [...traps, ...ports] }))
		await stage.until(() => answers(stage).length > 0, 'an answer')
		await stage.run(second)
		await endsWell(stage)
		expect(stage.dialled.map(({ remote }) => remote.host)).toEqual([seed.host])
	})

	test('by the hundred thousand are two hundred', async () => {
		const peers = new Uint8Array(600_000).fill(60)
		const server = await http((_, response) => {
			response.end(encodeBencode({ interval: 300, peers }))
		})
		const { stage } = await openTrackers(urlOf(server))
		await stage.until(() => answers(stage).length > 0, 'an answer')
		expect(answers(stage)[0]?.peers).toBe(200)
		await endsWell(stage)
	})

	test('each time others are forgotten beyond three thousand', async () => {
		let round = 0
		const { stage } = await openTrackers(
			(request, reply) => {
				if (request.type === 'announce') round += 1
				const peers = Array.from({ length: 200 }, (_, index) => ({
					host: `60.${round}.${index}.1`,
					port: 6881,
				}))
				wellBehaved({ intervalS: 10, peers })(request, reply)
			},
			{ engine: { minimumIntervalS: 10, maxPeers: 1 } },
		)
		stage.addHonest()
		await stage.run(4 * minute, second)
		expect(round).toBeGreaterThan(16)
		const { known } = stage.core().candidates
		expect(known.size).toBeGreaterThan(1_000)
		expect(known.size).toBeLessThanOrEqual(3_000)
		await stage.endsWell()
	})
})
