import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { Dht } from '../../source/dht/dht.ts'
import { MemoryNetwork } from '../../source/practice/network.ts'
import { PracticeDht } from '../../source/practice/practice-dht.ts'
import { VirtualClock } from '../../source/practice/virtual-clock.ts'
import { type Address, addressKey } from '../../source/protocol/address.ts'
import { toInfoHash } from '../../source/protocol/ids.ts'
import { createRandom } from '../../source/torrent/random.ts'

const sha1 = (bytes: Uint8Array) => Uint8Array.from(createHash('sha1').update(bytes).digest())
const infoHash = toInfoHash(sha1(Uint8Array.of(7)))

async function practice(seed: number) {
	const clock = new VirtualClock()
	const network = new MemoryNetwork({ clock, random: createRandom(seed) })
	const hosts = await Promise.all(
		Array.from({ length: 40 }, async (_, index) => {
			const { host, datagrams } = network.addHost(`10.4.0.${index + 1}`, 20)
			const socket = await datagrams.bind(host, 6881)
			if (!socket.ok) throw new Error(socket.message)
			return { host, socket: socket.value }
		}),
	)
	const found = new Map<number, string[]>()
	const onPeers = (index: number, addresses: readonly Address[]) =>
		void found.set(index, [...(found.get(index) ?? []), ...addresses.map(addressKey)])
	return { clock, network, found, dht: new PracticeDht({ clock, sha1, seed, infoHash, hosts, onPeers }) }
}

test('who begins at its routers finds whoever announced himself, before it opened and after', async () => {
	const { clock, network, dht, found } = await practice(1)
	dht.announce(0, 4001)
	dht.announce(1, 4002)
	dht.open()
	expect(clock.now()).toBe(0)
	const { host, datagrams } = network.addHost('10.1.0.1', 5)
	const socket = await datagrams.bind(host, 6881)
	if (!socket.ok) throw new Error(socket.message)
	const node = new Dht(
		{ key: new Uint8Array(32), readOnly: false, client: new Uint8Array(4), routers: 0, startedAt: 0 },
		sha1,
	)
	const peers = new Set<string>()
	const feed = (input: Parameters<Dht['handle']>[0]) => {
		for (const effect of node.handle(input, clock.now())) {
			if (effect.type === 'SendDatagram') socket.value.send(effect.bytes, effect.to)
			if (effect.type === 'PeersFound') for (const address of effect.addresses) peers.add(addressKey(address))
		}
	}
	socket.value.subscribe((bytes, from) => {
		feed({ type: 'DatagramReceived', family: 4, from, bytes })
		return true
	})
	feed({ type: 'SocketOpened', family: 4, port: 6881, saved: [], external: undefined })
	feed({ type: 'NodesNamed', addresses: dht.routers })
	await clock.runUntil(() => false, 5000)
	feed({ type: 'TorrentWanted', infoHash, announcePort: 5000 })
	await clock.runUntil(() => false, 5000)
	expect([...peers].sort()).toEqual(['10.4.0.1:4001', '10.4.0.2:4002'])
	// Who comes later finds it, and those before it.
	dht.announce(2, 4003)
	await clock.runUntil(() => false, 5000)
	expect(found.get(2)).toContain('10.1.0.1:5000')
	await dht.close()
})

test('the same seed gives the same nodes', async () => {
	const [one, other] = [await practice(3), await practice(3)]
	for (const { dht } of [one, other]) {
		dht.announce(0, 4001)
		dht.announce(5, 4002)
		dht.open()
	}
	expect([...one.found]).toEqual([...other.found])
	await one.dht.close()
	await other.dht.close()
})
