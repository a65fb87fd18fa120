// Payloads of peer exchange: what comes of one is bounded, possible, and read again as it was written.
import { isIP } from 'node:net'
import { addressKey } from '../../../source/protocol/address.ts'
import { decodePex, encodePex, maxPexPeers } from '../../../source/protocol/ut-pex.ts'
import { attempt, check, checkSame, type Target } from '../target.ts'

export const utPexTarget: Target = {
	name: 'ut-pex',
	mutation: 'bencode',
	seeds: () => [
		encodePex({ added: [], dropped: [] }),
		encodePex({
			added: [
				{ address: { host: '203.0.113.1', port: 6881 }, flags: 0x13 },
				{ address: { host: '2001:db8::1', port: 6881 }, flags: 2 },
			],
			dropped: [
				{ host: '203.0.113.2', port: 1 },
				{ host: '2001:db8::2', port: 65_535 },
			],
		}),
		new TextEncoder().encode('d5:added7:1234567e'),
	],
	dictionary: ['added', 'added.f', 'added6', 'added6.f', 'dropped', 'dropped6', '6:\x7f\x00\x00\x01\x1a\xe1'],
	run(input) {
		const first = attempt(() => decodePex(input))
		if (!first.ok) return [first.error.code]
		const { added, dropped } = first.value
		check(added.length <= maxPexPeers, `${added.length} added`)
		check(dropped.length <= maxPexPeers, `${dropped.length} dropped`)
		const addresses = [...added.map(({ address }) => address), ...dropped]
		check(new Set(addresses.map(addressKey)).size === addresses.length, 'no address twice')
		for (const { address, flags } of added) {
			check(isIP(address.host) !== 0 && address.port > 0, 'an address')
			check(Number.isInteger(flags) && flags >= 0 && flags <= 0xff, 'flags')
		}
		const again = decodePex(encodePex(first.value))
		const keys = (message: typeof again) => [
			message.added.map(({ address, flags }) => `${addressKey(address)} ${flags}`).sort(),
			message.dropped.map(addressKey).sort(),
		]
		checkSame(keys(again), keys(first.value), 'written and read')
		return [`${Math.min(added.length, 3)} added`, `${Math.min(dropped.length, 3)} dropped`]
	},
}
