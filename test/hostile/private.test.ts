// A private torrent (BEP 27) tells nobody but its trackers that it is here, and dials nobody whom they did not name,
// whatever peers and neighbours say. What a magnet link learns only later is in torrent/peer-exchange.test.ts.
import { expect, test } from 'vitest'
import type { Datagrams, Multicast } from '../../source/engine/environment.ts'
import { type Address, addressKey } from '../../source/protocol/address.ts'
import { encodeBencode } from '../../source/protocol/bencode-encode.ts'
import { ourExtensionIds, parseExtensionHandshake } from '../../source/protocol/extension.ts'
import { encodeLocalAnnounce } from '../../source/protocol/local-discovery.ts'
import { encodePex } from '../../source/protocol/ut-pex.ts'
import { openStage } from './stage.ts'

/** Every datagram that leaves, and every group that is joined. */
function watchTheNet() {
	const sent: string[] = []
	const groups: string[] = []
	const handlers = new Set<(bytes: Uint8Array, from: Address) => unknown>()
	const datagrams: Datagrams = {
		bind: (_, port) =>
			Promise.resolve({
				ok: true,
				value: {
					port,
					send: (bytes, to) => sent.push(`${addressKey(to)} ${Buffer.from(bytes).toString('latin1')}`),
					subscribe: handler => {
						handlers.add(handler)
						return () => void handlers.delete(handler)
					},
					close: () => Promise.resolve(),
				},
			}),
	}
	const multicast: Multicast = {
		join: ({ group, onDatagram }) => {
			groups.push(group.host)
			handlers.add(onDatagram)
			return Promise.resolve({
				ok: true,
				value: {
					send: bytes => sent.push(Buffer.from(bytes).toString('latin1')),
					close: () => Promise.resolve(),
				},
			})
		},
	}
	const hear = (bytes: Uint8Array, from: Address) => {
		for (const handler of [...handlers]) handler(bytes, from)
	}
	return { sent, groups, hear, world: { datagrams, multicast } }
}

const router = { host: '192.0.2.66', port: 6881 }
const strangers = Array.from({ length: 20 }, (_, n) => ({ host: `198.51.100.${n + 1}`, port: 6881 }))

async function play(isPrivate: boolean) {
	const net = watchTheNet()
	const stage = await openStage({
		torrent: { private: isPrivate, outer: { nodes: [['192.0.2.77', 6881]] } },
		world: net.world,
		engine: { localDiscovery: true, dht: { readOnly: false, routers: [router], routersServe: false } },
	})
	const peer = stage.join({ host: '203.0.113.50', flags: { dht: true } })
	peer.say(
		{ type: 'haveNone' },
		{ type: 'extended', id: 0, payload: encodeBencode({ m: { ut_pex: 5, ut_metadata: 6 }, p: 6881 }) },
		{ type: 'port', port: 6881 },
	)
	await stage.run(1000)
	const added = strangers.map(address => ({ address, flags: 0 }))
	peer.say({ type: 'extended', id: ourExtensionIds.ut_pex, payload: encodePex({ added, dropped: [] }) })
	const { infoHash } = stage.torrent
	const { bytes } = encodeLocalAnnounce(4, { port: 7000, infoHashes: [infoHash], cookie: undefined })
	net.hear(bytes, { host: '192.168.1.9', port: 6771 })
	for (let minute = 0; minute < 12; minute += 1) {
		await stage.run(60_000, 5000)
		peer.say({ type: 'keepAlive' }, { type: minute % 2 === 0 ? 'interested' : 'notInterested' })
	}
	return { stage, net, peer }
}

test('a private torrent leaks nothing, and follows no hearsay', async () => {
	const { stage, net, peer } = await play(true)
	expect(net.sent).toEqual([])
	expect(net.groups).toEqual([])
	expect(stage.dialled).toEqual([])
	expect(stage.core().candidates.known.size).toBe(0)
	expect(peer.handshake?.flags.dht).toBe(false)
	expect(peer.count('port')).toBe(0)
	const extended = peer.heard.flatMap(message => (message.type === 'extended' ? [message] : []))
	expect(extended.map(({ id }) => id)).toEqual([0])
	const offered = parseExtensionHandshake(extended[0]?.payload ?? new Uint8Array())
	expect([...offered.ids.keys()]).not.toContain('ut_pex')
	await stage.endsWell()
})

test('another torrent does all that', async () => {
	const { stage, net, peer } = await play(false)
	expect(net.sent.some(text => text.includes('BT-SEARCH'))).toBe(true)
	expect(net.sent.some(text => text.startsWith(`${addressKey(router)} d1:a`))).toBe(true)
	expect(stage.dialled.length).toBeGreaterThan(1)
	expect(peer.handshake?.flags.dht).toBe(true)
	expect(peer.count('port')).toBe(1)
	const offers = peer.heard.flatMap(message =>
		message.type === 'extended' && message.id === 0 ? [message] : [],
	)
	expect([...parseExtensionHandshake(offers[0]?.payload ?? new Uint8Array()).ids.keys()]).toContain('ut_pex')
	await stage.endsWell()
})
