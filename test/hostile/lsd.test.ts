import { describe, expect, test } from 'vitest'
import type { Multicast, MulticastOptions } from '../../source/engine/environment.ts'
import type { Address } from '../../source/protocol/address.ts'
import { utf8 } from '../../source/protocol/bytes.ts'
import { toInfoHash } from '../../source/protocol/ids.ts'
import { encodeLocalAnnounce } from '../../source/protocol/local-discovery.ts'
import { openStage, type StageOptions } from './stage.ts'

/** A stage on a local net; the engine is at 192.0.2.1. */
async function openLan(options: StageOptions = {}) {
	const groups = new Set<MulticastOptions>()
	const said: string[] = []
	const multicast: Multicast = {
		join: given => {
			groups.add(given)
			return Promise.resolve({
				ok: true,
				value: {
					send: bytes => said.push(Buffer.from(bytes).toString('latin1')),
					close: () => {
						groups.delete(given)
						return Promise.resolve()
					},
				},
			})
		},
	}
	const stage = await openStage({
		...options,
		world: { multicast },
		engine: { localDiscovery: true, ...options.engine },
	})
	await stage.run(100)
	const shout = (bytes: Uint8Array, from: Address = { host: '192.168.1.9', port: 6771 }) => {
		for (const group of groups) group.onDatagram(bytes, from)
	}
	const announce = (port: number, infoHash = stage.torrent.infoHash, cookie = 'x') =>
		encodeLocalAnnounce(4, { port, infoHashes: [toInfoHash(infoHash)], cookie }).bytes
	const dialled = () => stage.dialled.map(({ remote: { host, port } }) => `${host}:${port}`)
	return { stage, groups, said, shout, announce, dialled }
}

describe('on the local net', () => {
	test('a neighbour with the torrent is dialled', async () => {
		const { stage, shout, announce, dialled, groups } = await openLan()
		shout(announce(7000))
		await stage.run(100)
		expect(dialled()).toEqual(['192.168.1.9:7000'])
		await stage.endsWell()
		expect(groups.size).toBe(0)
	})

	test('whatever is shouted by whomever, nobody else is dialled, and the transfer goes on', async () => {
		const { stage, shout, announce, dialled, said } = await openLan()
		const good = Buffer.from(announce(7000)).toString('latin1')
		for (const text of [
			'',
			'BT-SEARCH',
			good.replace('BT-SEARCH', 'M-SEARCH'),
			good.replace(/Port: 7000\r\n/u, ''),
			good.replace('7000', '0'),
			good.replace('7000', '99999'),
			good.replace('7000', '-1'),
			good.replace('7000', '80'),
			good.replace(/Infohash.*\r\n/u, ''),
			good.replaceAll('\r\n', '\n'),
			`${good}${'x'.repeat(2000)}`,
			good.replace('cookie: x', 'cookie: \u001b]0;owned\u0007'),
			'\u0000'.repeat(1400),
			...said,
		])
			shout(utf8(text))
		for (const host of ['198.51.100.1', '127.0.0.1', '0.0.0.0', '224.0.0.1', 'fe80::1', '2001:db8::1'])
			shout(announce(7000), { host, port: 6771 })
		shout(announce(7000, toInfoHash(new Uint8Array(20).fill(9))))
		await stage.run(1000)
		expect(dialled()).toEqual([])
		await stage.endsWell()
	})

	test('a flood from a thousand neighbours is bounded, and answered at most once a minute', async () => {
		const { stage, shout, announce, said } = await openLan()
		for (let second = 0; second < 50; second += 1) {
			for (let n = 0; n < 100; n += 1) shout(announce(6881), { host: `10.${second}.0.${n + 1}`, port: 6771 })
			await stage.run(1000, 250)
		}
		expect(stage.core().candidates.known.size).toBeLessThanOrEqual(300)
		expect(said).toHaveLength(2)
		await stage.endsWell()
	})
})

test.each<[string, StageOptions]>([
	['a private torrent', { torrent: { private: true } }],
	['a torrent whose user does not want it', { engine: { localDiscovery: false } }],
])('%s is not announced, and nobody is heard', async (_, options) => {
	const { stage, groups, said } = await openLan(options)
	await stage.run(20 * 60_000, 30_000)
	expect([groups.size, said]).toEqual([0, []])
	await stage.endsWell()
})
