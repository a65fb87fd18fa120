import { isIP, SocketAddress } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
	type AddressSource,
	addressKey,
	classifyHost,
	dialObstacle,
	formatHost,
	type HostClass,
	isDialable,
	parseHost,
} from '../../source/protocol/address.ts'

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const zeroHeavy = fc.array(fc.constantFrom(0, 0, 0, 1, 0xff), { minLength: 16, maxLength: 16 })

describe('host text', () => {
	test('of an IPv6 address is what the operating system writes', () => {
		fc.assert(
			fc.property(fc.oneof(octets(16), zeroHeavy.map(Uint8Array.from.bind(Uint8Array))), bytes => {
				fc.pre(!bytes.subarray(0, 10).every(byte => byte === 0))
				const plain = bytes.reduce(
					(text, byte, at) => text + (at > 0 && at % 2 === 0 ? ':' : '') + byte.toString(16).padStart(2, '0'),
					'',
				)
				const system = new SocketAddress({ family: 'ipv6', address: plain }).address
				expect(formatHost(bytes)).toBe(system)
			}),
		)
	})

	test('and bytes are two forms of one address', () => {
		fc.assert(
			fc.property(fc.oneof(octets(4), octets(16)), bytes => {
				expect(parseHost(formatHost(bytes))).toEqual(bytes)
			}),
		)
	})

	test.each([
		['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
		['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
		['0:0:0:0:0:0:0:0', '::'],
		['::ffff:192.0.2.1', '192.0.2.1'],
		['::ffff:c000:201', '192.0.2.1'],
		['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
		['fe80::1%eth0', 'fe80::1'],
	])('%s reads as %s', (text, canonical) => {
		expect(formatHost(parseHost(text) ?? new Uint8Array())).toBe(canonical)
	})

	test.each([
		'',
		'1.2.3',
		'127.1',
		'0x7f.1',
		'2130706433',
		'01.2.3.4',
		'1.2.3.256',
		'1.2.3.4.5',
		':',
		'1::2::3',
	])('%j is no address', text => expect(parseHost(text)).toBeUndefined())

	test.each([
		'1:2:3:4:5:6:7',
		'1:2:3:4:5:6:7:8:9',
		'1:2:3:4:5:6:7:8::',
		'1.2.3.4::',
		'12345::',
		':1',
		'1:::2',
	])('%j is no address either', text => expect(parseHost(text)).toBeUndefined())

	test('is read exactly where the operating system reads it', () => {
		const part = fc.constantFrom('::', ':', '1', 'ff', '0', 'abcd', '1.2.3.4', 'g', '256', '.')
		fc.assert(
			fc.property(fc.array(part, { maxLength: 10 }), parts => {
				const text = parts.join('')
				expect(parseHost(text) !== undefined).toBe(isIP(text) !== 0)
			}),
			{ numRuns: 2000 },
		)
	})
})

test.each<[HostClass, string[]]>([
	[
		'global',
		['8.8.8.8', '172.15.0.1', '172.32.0.1', '192.169.0.1', '100.128.0.1', '2606:4700::1', '2002:808:808::'],
	],
	[
		'private',
		['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.0.1', '100.64.0.1', 'fc00::1', 'fdff::1'],
	],
	['private', ['64:ff9b::10.0.0.1', '2002:c0a8:1::', 'fec0::1', '::ffff:10.0.0.1']],
	['linkLocal', ['169.254.169.254', 'fe80::1', 'febf::1', 'fe80::1%eth0']],
	[
		'loopback',
		['127.0.0.1', '127.255.0.1', '::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1', 'localhost', 'a.LOCALHOST.'],
	],
	['unspecified', ['0.0.0.0', '0.1.2.3', '::']],
	['multicast', ['224.0.0.1', '239.192.152.143', 'ff15::efc0:988f']],
	['reserved', ['240.0.0.1', '255.255.255.255', '::1.2.3.4']],
	['name', ['example.org', 'localhost.example', '0x7f.1', '2130706433', '']],
])('classifyHost calls %s: %j', (expected, hosts) => {
	for (const host of hosts) expect([host, classifyHost(host)]).toEqual([host, expected])
})

test('addressKey gives one key to every way of writing one endpoint', () => {
	expect(addressKey({ host: '::ffff:1.2.3.4', port: 80 })).toBe('1.2.3.4:80')
	expect(addressKey({ host: '2001:DB8:0::1', port: 80 })).toBe('[2001:db8::1]:80')
	expect(addressKey({ host: 'Example.org', port: 80 })).toBe('example.org:80')
})

describe('dialling', () => {
	const refusedFrom = (source: AddressSource, hosts: string[], port = 6881) =>
		hosts.map(host => dialObstacle({ host, port }, source))

	test('is refused to everybody where nobody can listen', () => {
		expect(refusedFrom('user', ['0.0.0.0', '::', '224.0.0.1', '255.255.255.255', '1.2.3.4'], 0)).toEqual(
			Array.from({ length: 5 }, () => 'portZero'),
		)
		expect(refusedFrom('user', ['0.0.0.0', '::', '224.0.0.1', '255.255.255.255'])).toEqual(
			Array.from({ length: 4 }, () => 'notUnicast'),
		)
		expect(refusedFrom('user', ['example.org'])).toEqual(['notAnAddress'])
	})

	test('follows the user anywhere else', () => {
		for (const host of ['127.0.0.1', '10.0.0.1', 'fe80::1', '8.8.8.8']) {
			expect(isDialable({ host, port: 80 }, 'user')).toBe(true)
		}
	})

	test('does not follow the internet into the local net or to ourselves', () => {
		const hosts = ['127.0.0.1', '::ffff:127.0.0.1', '10.0.0.1', '169.254.169.254', '8.8.8.8']
		const refused = [
			'loopbackFromOutside',
			'loopbackFromOutside',
			'localFromOutside',
			'localFromOutside',
			undefined,
		]
		expect(refusedFrom('global', hosts)).toEqual(refused)
		expect(refusedFrom('name', hosts)).toEqual(refused)
	})

	test('follows the local net within it, and loopback to itself', () => {
		expect(refusedFrom('private', ['10.0.0.1', 'fe80::1', '127.0.0.1'])).toEqual([
			undefined,
			undefined,
			'loopbackFromOutside',
		])
		expect(refusedFrom('loopback', ['127.0.0.1', '10.0.0.1', '8.8.8.8'])).toEqual([
			undefined,
			undefined,
			undefined,
		])
	})

	test('follows strangers to no port below 1024', () => {
		expect(refusedFrom('global', ['8.8.8.8'], 443)).toEqual(['portPrivileged'])
		expect(refusedFrom('private', ['10.0.0.1'], 22)).toEqual(['portPrivileged'])
		expect(refusedFrom('global', ['8.8.8.8'], 1024)).toEqual([undefined])
	})
})
