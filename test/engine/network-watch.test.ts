import { describe, expect, test } from 'vitest'
import type { Connection } from '../../source/engine/environment.ts'
import { NetworkWatch } from '../../source/engine/network-watch.ts'
import type { PeerNumber } from '../../source/protocol/ids.ts'
import type { Input } from '../../source/torrent/boundary.ts'
import { LoneTorrent } from '../helpers/lone-torrent.ts'
import { MemoryEnvironment } from '../helpers/memory-environment.ts'

const second = 1000

/** A download that is watched, with links of peers that never say anything. */
function watch() {
	const world = new MemoryEnvironment()
	world.addresses = ['192.0.2.7', '2001:db8::7', 'fe80::1']
	const lone = new LoneTorrent({ startedAt: 0 })
	const links = new Map<PeerNumber, { connection: Pick<Connection, 'local'>; close(): void }>()
	const fed: Input['type'][] = []
	const watched = new NetworkWatch({
		environment: world,
		core: lone.torrent.core,
		driver: { linkOf: peer => links.get(peer), feed: input => fed.push(input.type) },
	})
	const join = (number: number, localHost: string) => {
		const peer = lone.connect(number)
		const link = {
			connection: { local: { host: localHost, port: 6881 } },
			closed: false,
			close: () => {
				link.closed = true
			},
		}
		links.set(peer, link)
		return link
	}
	/** Time passes, and now and then something happens. */
	const pass = (ms: number) => {
		for (let at = 0; at < ms; at += second) {
			world.clock.advance(second)
			lone.advance(second)
			watched.poke()
		}
	}
	return { world, fed, watched, join, pass }
}

describe('a watch over the network', () => {
	test('ends connections from an address that another one came for, and no others', () => {
		const { world, fed, join, pass } = watch()
		const moved = join(1, '192.0.2.7')
		const six = join(3, '2001:db8::7')
		const here = join(5, '127.0.0.1')
		pass(20 * second)
		world.addresses = ['198.51.100.9']
		pass(6 * second)
		expect([moved, six, here].map(({ closed }) => closed)).toEqual([true, false, false])
		expect(fed).toEqual(['NetworkReturned'])
	})

	test('leaves connections alone while the network is just away: it may come back as it was', () => {
		const { world, fed, join, pass } = watch()
		const peer = join(1, '192.0.2.7')
		pass(20 * second)
		const before = world.addresses
		world.addresses = []
		pass(20 * second)
		expect([peer.closed, fed]).toEqual([false, []])
		world.addresses = before
		pass(6 * second)
		expect([peer.closed, fed]).toEqual([false, ['NetworkReturned']])
	})

	test('takes no notice of link-local addresses, which come with every virtual cable', () => {
		const { world, fed, pass } = watch()
		pass(20 * second)
		world.addresses = [...world.addresses, 'fe80::2', '169.254.1.1']
		pass(6 * second)
		expect(fed).toEqual([])
	})

	test('tells once of a machine that slept, which its clock does not show, and not of a nap', () => {
		const { world, fed, join, pass } = watch()
		join(1, '192.0.2.7')
		pass(3 * second)
		world.sleptMs = 9 * second
		pass(6 * second)
		expect(fed).toEqual([])
		world.sleptMs += 7200 * second
		pass(6 * second)
		expect(fed).toEqual(['NetworkReturned'])
		pass(20 * second)
		expect(fed).toEqual(['NetworkReturned'])
	})

	test('leaves no timer behind at its end', () => {
		const { world, watched, pass } = watch()
		pass(20 * second)
		expect(world.clock.waiting).toBe(1)
		watched.end()
		pass(6 * second)
		expect(world.clock.waiting).toBe(0)
	})
})
