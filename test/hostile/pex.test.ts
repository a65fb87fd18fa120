import { describe, expect, test } from 'vitest'
import type { Address } from '../../source/protocol/address.ts'
import { encodeBencode } from '../../source/protocol/bencode-encode.ts'
import { encodeCompactAddress } from '../../source/protocol/compact-address.ts'
import { ourExtensionIds, parseExtensionHandshake } from '../../source/protocol/extension.ts'
import { encodePex, pexFlags } from '../../source/protocol/ut-pex.ts'
import { retainedBytes } from './retained-bytes.ts'
import type { ScriptedPeer } from './scripted-peer.ts'
import { openStage, type Stage } from './stage.ts'

const minuteMs = 60_000
const sayPex = (peer: ScriptedPeer, payload: Uint8Array) =>
	peer.say({ type: 'extended', id: ourExtensionIds.ut_pex, payload })
const name = (peer: ScriptedPeer, ...addresses: Address[]) =>
	sayPex(peer, encodePex({ added: addresses.map(address => ({ address, flags: 0 })), dropped: [] }))
const compact = (addresses: readonly Address[]) =>
	Uint8Array.from(addresses.flatMap(address => [...(encodeCompactAddress(address) ?? [])]))
const many = (count: number): Address[] =>
	Array.from({ length: count }, (_, n) => ({
		host: `198.${18 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`,
		port: 6881,
	}))
const dialled = (stage: Stage) => stage.dialled.map(({ remote: { host, port } }) => `${host}:${port}`)

describe('somebody names', () => {
	test('eighty thousand peers in one message: the conversation ends, and nobody is dialled', async () => {
		const stage = await openStage()
		const peer = stage.join()
		const before = retainedBytes()
		sayPex(peer, encodeBencode({ added: compact(many(80_000)) }))
		expect(await stage.endOf(peer)).toBe('pex-length')
		expect(dialled(stage)).toEqual([])
		expect(retainedBytes() - before).toBeLessThan(4 * 2 ** 20)
		await stage.endsWell()
	})

	test('ten thousand in one that is just short enough: fifty are used', async () => {
		const stage = await openStage()
		const peer = stage.join()
		sayPex(peer, encodeBencode({ added: compact(many(10_000)) }))
		expect(await stage.endOf(peer)).toBeUndefined()
		expect(stage.core().candidates.known.size).toBeLessThanOrEqual(50)
		await stage.endsWell()
	})

	test('everything that must not be dialled: loopback, the local net, us, nobody, other services', async () => {
		const stage = await openStage()
		const peer = stage.join({ host: '203.0.113.50' })
		peer.say({ type: 'extended', id: 0, payload: encodeBencode({ yourip: Uint8Array.of(192, 0, 2, 200) }) })
		name(
			peer,
			{ host: '127.0.0.1', port: 6881 },
			{ host: '::1', port: 6881 },
			{ host: '10.0.0.1', port: 8080 },
			{ host: '192.168.0.1', port: 8443 },
			{ host: '169.254.169.254', port: 6881 },
			{ host: 'fe80::1', port: 6881 },
			{ host: 'fd00::1', port: 6881 },
			{ host: '64:ff9b::7f00:1', port: 6881 },
			{ host: '198.51.100.1', port: 22 },
			{ host: '198.51.100.2', port: 0 },
			{ host: '0.0.0.0', port: 6881 },
			{ host: '255.255.255.255', port: 6881 },
			{ host: '239.192.152.143', port: 6771 },
			{ host: '192.0.2.200', port: 6881 },
		)
		await stage.run(5000)
		expect(dialled(stage)).toEqual([])
		expect(await stage.endOf(peer)).toBeUndefined()
		await stage.endsWell()
	})

	test('one victim at a thousand ports: it is dialled once', async () => {
		const stage = await openStage()
		const peers = Array.from({ length: 10 }, (_, at) => stage.join({ host: `203.0.113.${60 + at}` }))
		peers.forEach((peer, at) =>
			name(
				peer,
				...Array.from({ length: 50 }, (_, n) => ({ host: '198.51.100.9', port: 2000 + 100 * at + n })),
			),
		)
		await stage.run(1000)
		expect(stage.dialled.filter(({ isClosed }) => !isClosed)).toHaveLength(1)
		await stage.endsWell()
	})

	test('peers as gone that never came', async () => {
		const stage = await openStage()
		const peer = stage.join()
		sayPex(peer, encodePex({ added: [], dropped: many(50) }))
		expect(await stage.endOf(peer)).toBeUndefined()
		await stage.endsWell()
	})

	test('honest peers that we are connected to as gone: they stay', async () => {
		const stage = await openStage()
		const peer = stage.join()
		sayPex(peer, encodePex({ added: [], dropped: [{ host: '192.0.2.1', port: 6881 }] }))
		await stage.endsWell()
	})
})

describe('lists of another form', () => {
	test.each([
		['cut in a peer', { added: compact(many(2)).subarray(0, 11) }, 1],
		['with too few flags', { added: compact(many(2)), 'added.f': Uint8Array.of(1) }, 2],
		['with too many flags', { added: compact(many(1)), 'added.f': new Uint8Array(500) }, 1],
		['that are no strings', { added: [1, 2], added6: { a: 1 }, dropped: 5 }, 0],
		[
			'with every flag that there is, and that is not',
			{ added: compact(many(1)), 'added.f': Uint8Array.of(255) },
			1,
		],
	])('are read as far as they go: %s', async (_, dictionary, count) => {
		const stage = await openStage()
		const peer = stage.join()
		sayPex(peer, encodeBencode(dictionary))
		expect(await stage.endOf(peer)).toBeUndefined()
		expect(stage.core().candidates.known.size).toBe(count)
		await stage.endsWell()
	})

	test.each([
		['nothing', new Uint8Array()],
		['a number', encodeBencode(5)],
		['noise', Uint8Array.from({ length: 1000 }, (_, at) => (at * 7919) >> 5)],
		['fifty thousand open lists', new Uint8Array(50_000).fill(0x6c)],
	])('end the conversation when they are no dictionary: %s', async (_, payload) => {
		const stage = await openStage()
		const peer = stage.join()
		sayPex(peer, payload)
		expect(await stage.endOf(peer)).toMatch(/^(?:bencode|pex)-/u)
		await stage.endsWell()
	})
})

describe('too often', () => {
	test('a flood of messages ends the conversation at the first few, and nothing is dialled of the rest', async () => {
		const stage = await openStage()
		const peer = stage.join()
		for (let time = 0; time < 1000; time += 1)
			if (!peer.isClosed) name(peer, ...many(1000).slice(time, time + 1))
		expect(await stage.endOf(peer)).toBe('pex-too-often')
		expect(stage.core().candidates.known.size).toBe(2)
		await stage.endsWell()
	})

	test('a crowd of strangers that name strangers: never thirty dials a second, never three thousand addresses', async () => {
		const stage = await openStage({ alone: true, engine: { maxPeers: 100 } })
		const all = many(10_000)
		for (let at = 0; at < 60; at += 1) name(stage.join(), ...all.slice(at * 50, at * 50 + 50))
		let before = stage.dialled.length
		for (let second = 0; second < 10; second += 1) {
			await stage.run(1000)
			expect(stage.dialled.length - before).toBeLessThanOrEqual(30)
			before = stage.dialled.length
			for (const peer of stage.dialled) peer.leave('ECONNRESET')
		}
		expect(stage.core().candidates.known.size).toBeLessThanOrEqual(3000)
		stage.addHonest()
		await stage.endsWell()
	})
})

describe('a private torrent', () => {
	const open = () => openStage({ torrent: { private: true } })

	test('offers no peer exchange, tells nobody of anybody and hears of nobody', async () => {
		const stage = await open()
		const asker = stage.join()
		asker.say({ type: 'extended', id: 0, payload: encodeBencode({ m: { ut_pex: 3 }, p: 6881 }) })
		stage.join({ host: '203.0.113.90' }).say({ type: 'extended', id: 0, payload: encodeBencode({ p: 6881 }) })
		for (let time = 0; time < 50; time += 1) name(asker, ...many(50))
		sayPex(asker, new Uint8Array(70_000))
		await stage.run(2 * minuteMs, 1000)
		const extended = asker.heard.flatMap(message => (message.type === 'extended' ? [message] : []))
		expect(extended.map(({ id }) => id)).toEqual([0])
		expect([...parseExtensionHandshake(extended[0]?.payload ?? new Uint8Array()).ids.keys()]).not.toContain(
			'ut_pex',
		)
		expect(dialled(stage)).toEqual([])
		expect(stage.core().candidates.known.size).toBe(0)
		await stage.endsWell()
	})
})

test('who asks for peers is told of those that are there, with what is known of them', async () => {
	const stage = await openStage({ alone: true })
	const asker = stage.join({ host: '203.0.113.80' })
	asker.say({ type: 'extended', id: 0, payload: encodeBencode({ m: { ut_pex: 3 } }) })
	const seed = stage.join({ host: '203.0.113.81' })
	seed.say({ type: 'haveAll' }, { type: 'extended', id: 0, payload: encodeBencode({ p: 7777 }) })
	stage.join({ host: '203.0.113.82' })
	await stage.run(2000)
	const told = asker.heard.flatMap(message =>
		message.type === 'extended' && message.id === 3 ? [message] : [],
	)
	expect(told.map(({ payload }) => Buffer.from(payload).toString('hex'))).toEqual([
		Buffer.from(
			encodePex({
				added: [{ address: { host: '203.0.113.81', port: 7777 }, flags: pexFlags.seed }],
				dropped: [],
			}),
		).toString('hex'),
	])
	stage.addHonest()
	await stage.endsWell()
})
