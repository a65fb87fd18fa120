import { afterEach, describe, expect, test } from 'vitest'
import type { TapExchange } from '../../source/inspect/tap.ts'
import { type Address, addressKey } from '../../source/protocol/address.ts'
import { fromUtf8, toHex } from '../../source/protocol/bytes.ts'
import { toInfoHash } from '../../source/protocol/ids.ts'
import { decodeLocalAnnounce, encodeLocalAnnounce } from '../../source/protocol/local-discovery.ts'
import type { Multicast, MulticastOptions } from '../../source/engine/environment.ts'
import { LocalDiscovery } from '../../source/engine/local-discovery.ts'
import { ManualClock } from '../helpers/manual-clock.ts'

const infoHash = toInfoHash(new Uint8Array(20).fill(0xaa))
const other = toInfoHash(new Uint8Array(20).fill(0xbb))
const minuteMs = 60_000

/** A local net with one client in it; the test is everybody else. */
function openNet({
	addresses = ['192.168.1.2', '2001:db8:7::2'],
	bind = undefined as string | undefined,
} = {}) {
	const clock = new ManualClock()
	const groups: MulticastOptions[] = []
	const sent: { readonly at: number; readonly group: string; readonly text: string }[] = []
	const found: string[] = []
	const seen: { direction: string; exchange: TapExchange }[] = []
	const state = { port: 6881 as number | undefined, addresses: addresses as readonly string[], joins: 0 }
	const multicast: Multicast = {
		join: options => {
			groups.push(options)
			state.joins += 1
			return Promise.resolve({
				ok: true,
				value: {
					send: bytes => sent.push({ at: clock.now(), group: options.group.host, text: fromUtf8(bytes) }),
					close: () => {
						groups.splice(groups.indexOf(options), 1)
						return Promise.resolve()
					},
				},
			})
		},
	}
	const discovery = new LocalDiscovery({
		environment: {
			clock,
			random: { bytes: length => new Uint8Array(length).fill(7), uint32: () => 500 },
			network: { addresses: () => state.addresses, sleptMs: () => 0 },
			multicast,
		},
		infoHash,
		bind,
		port: () => state.port,
		onPeer: address => found.push(addressKey(address)),
		tap: () =>
			({
				datagram: (direction: string, _: string, exchange: TapExchange) => seen.push({ direction, exchange }),
			}) as never,
	})
	const settle = async () => {
		for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
	}
	const poke = async () => {
		discovery.poke()
		await settle()
		clock.advance(0)
	}
	const hear = (
		from: string,
		given: { port?: number; hashes?: (typeof infoHash)[]; cookie?: string } = {},
	) => {
		const { bytes } = encodeLocalAnnounce(4, {
			port: given.port ?? 7000,
			infoHashes: given.hashes ?? [infoHash],
			cookie: given.cookie ?? 'theirs',
		})
		hearBytes(bytes, { host: from, port: 6771 })
	}
	const hearBytes = (bytes: Uint8Array, from: Address) => {
		for (const group of groups.slice(0, 1)) group.onDatagram(bytes, from)
	}
	return { ...{ clock, groups, sent, found, seen, state, discovery, poke, settle, hear, hearBytes } }
}

type Net = ReturnType<typeof openNet>
let open: Net | undefined
async function running(options?: Parameters<typeof openNet>[0]): Promise<Net> {
	open = openNet(options)
	await open.poke()
	return open
}
afterEach(async () => {
	await open?.discovery.end()
	expect([open?.groups, open?.clock.waiting]).toEqual([[], 0])
})

describe('we announce', () => {
	test('to the groups of both families at once, and every five minutes from then on', async () => {
		const net = await running()
		expect(net.sent.map(({ group }) => group)).toEqual(['239.192.152.143', 'ff15::efc0:988f'])
		expect(decodeLocalAnnounce(new TextEncoder().encode(net.sent[0]?.text)).port).toBe(6881)
		expect(net.sent[0]?.text).toContain(toHex(infoHash))
		for (let minute = 0; minute < 21; minute += 1) net.clock.advance(minuteMs)
		expect(net.sent.map(({ at }) => at / minuteMs)).toEqual([0, 0, 5, 5, 10, 10, 15, 15, 20, 20])
		expect(net.seen.filter(({ direction }) => direction === 'out')).toHaveLength(10)
		expect(net.seen[0]?.exchange.reason).toEqual({ code: 'lsd-announce' })
	})

	test('nothing, and belong to no group, while there is no port to tell', async () => {
		const net = openNet()
		net.state.port = undefined
		open = net
		await net.poke()
		expect([net.state.joins, net.sent.length]).toEqual([0, 0])
		net.state.port = 6881
		await net.poke()
		expect(net.sent).toHaveLength(2)
		net.state.port = undefined
		await net.poke()
		expect(net.groups).toEqual([])
		net.clock.advance(20 * minuteMs)
		expect(net.sent).toHaveLength(2)
	})

	test('not more than once a minute, however often the torrent is paused', async () => {
		const net = await running()
		for (let time = 0; time < 30; time += 1) {
			net.state.port = undefined
			await net.poke()
			net.clock.advance(500)
			net.state.port = 6881
			await net.poke()
			net.clock.advance(500)
		}
		expect(net.sent).toHaveLength(2)
		net.clock.advance(minuteMs)
		expect(net.sent).toHaveLength(4)
	})

	test('soon when somebody new was heard, but not more than once a minute', async () => {
		const net = await running()
		net.hear('192.168.1.9')
		net.clock.advance(minuteMs - 1)
		expect(net.sent).toHaveLength(2)
		for (let peer = 10; peer < 40; peer += 1) net.hear(`192.168.1.${peer}`)
		net.clock.advance(minuteMs)
		expect(net.sent).toHaveLength(2)
		net.hear('192.168.1.200')
		net.clock.advance(3000)
		expect(net.sent).toHaveLength(4)
	})

	test('in the new net when the machine moved to another one', async () => {
		const net = await running()
		net.state.addresses = ['10.0.0.2']
		net.clock.advance(5 * minuteMs)
		await net.settle()
		net.clock.advance(0)
		expect([net.state.joins, net.groups.length, net.sent.length]).toEqual([4, 2, 4])
	})
})

describe('whoever announces our torrent', () => {
	test('is found at the address that the datagram came from', async () => {
		const net = await running()
		net.hear('192.168.1.9')
		net.hear('169.254.3.4', { port: 7001, hashes: [other, infoHash] })
		net.hear('fd00::9', { port: 7002 })
		expect(net.found).toEqual(['192.168.1.9:7000', '169.254.3.4:7001', '[fd00::9]:7002'])
	})

	test('is heard once a minute', async () => {
		const net = await running()
		for (let time = 0; time < 10; time += 1) net.hear('192.168.1.9')
		expect(net.found).toHaveLength(1)
		net.clock.advance(minuteMs)
		net.hear('192.168.1.9')
		expect(net.found).toHaveLength(2)
	})

	test('on this machine, at another port, is found as well', async () => {
		const net = await running()
		net.hear('192.168.1.2')
		net.hear('192.168.1.2', { port: 6881 })
		expect(net.found).toEqual(['192.168.1.2:7000'])
	})

	test('on this machine, at another of its addresses, is found when we are bound to one', async () => {
		const net = await running({ addresses: ['192.168.1.2', '192.168.1.3'], bind: '192.168.1.2' })
		net.hear('192.168.1.2', { port: 6881 })
		net.hear('192.168.1.3', { port: 6881 })
		expect(net.found).toEqual(['192.168.1.3:6881'])
	})

	test('in our own /24 or /64 is a neighbour, whatever its address', async () => {
		const net = await running({ addresses: ['203.0.113.2', '2001:db8:7::2'] })
		net.hear('203.0.113.77')
		net.hear('203.0.114.77')
		net.hear('2001:db8:7::77')
		net.hear('2001:db8:8::77')
		expect(net.found).toEqual(['203.0.113.77:7000', '[2001:db8:7::77]:7000'])
	})
})

describe('nobody is found by', () => {
	test('our own announce', async () => {
		const net = await running()
		const echo = net.sent[0]?.text ?? ''
		net.hearBytes(new TextEncoder().encode(echo), { host: '192.168.1.2', port: 40_000 })
		expect(net.found).toEqual([])
		expect(net.seen.at(-1)?.exchange.fault).toBe('our own announce')
	})

	test.each([
		['the internet', '198.51.100.7', {}],
		['loopback', '127.0.0.1', {}],
		['nowhere', '0.0.0.0', {}],
		['a link-local IPv6 address, of no use without its interface', 'fe80::1', {}],
		['a neighbour at a port of other services', '192.168.1.9', { port: 80 }],
		['a neighbour with another torrent', '192.168.1.9', { hashes: [other] }],
	])('an announce of %s', async (_, from, given) => {
		const net = await running()
		net.hear(from, given)
		expect(net.found).toEqual([])
		expect(net.seen.at(-1)?.exchange.fault).toEqual(expect.any(String))
	})

	test('what is no announce, in any number', async () => {
		const net = await running()
		for (let time = 0; time < 1000; time += 1)
			net.hearBytes(new TextEncoder().encode('M-SEARCH * HTTP/1.1\r\n\r\n'), {
				host: '192.168.1.9',
				port: 6771,
			})
		expect(net.found).toEqual([])
		// A flood is not even looked at.
		expect(net.seen.filter(({ direction }) => direction === 'in')).toHaveLength(50)
	})

	test('thousands of neighbours a minute: a few hundred are', async () => {
		const net = await running()
		for (let second = 0; second < 30; second += 1) {
			for (let peer = 0; peer < 50; peer += 1) net.hear(`10.0.${second}.${peer + 1}`)
			net.clock.advance(1000)
		}
		expect(net.found).toHaveLength(256)
		expect(net.sent).toHaveLength(2)
	})
})
