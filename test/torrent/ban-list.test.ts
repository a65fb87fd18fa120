import { expect, test } from 'vitest'
import { ban, createBanList, hostKey, isBanned } from '../../source/torrent/ban-list.ts'

const at = (host: string, port = 6881) => ({ host, port })

test('a ban goes by host, however the host is written', () => {
	const list = createBanList()
	ban(list, at('203.0.113.9'))
	expect(isBanned(list, at('203.0.113.9', 1))).toBe(true)
	expect(isBanned(list, at('::ffff:203.0.113.9'))).toBe(true)
	expect(isBanned(list, at('203.0.113.10'))).toBe(false)
	ban(list, at('2001:DB8:0::1'))
	expect(isBanned(list, at('2001:db8::1', 5))).toBe(true)
})

test('a ban holds for every address of an IPv6 /64, which is one stranger', () => {
	const list = createBanList()
	ban(list, at('2001:db8:1:2::1'))
	expect(isBanned(list, at('2001:db8:1:2:ffff:1:2:3', 9))).toBe(true)
	expect(isBanned(list, at('2001:db8:1:3::1'))).toBe(false)
	ban(list, at('2001:db8:7::1'), true)
	expect(isBanned(list, at('2001:db8:7::1'))).toBe(true)
	expect(isBanned(list, at('2001:db8:7::2'))).toBe(false)
})

test.each(['fe80::', 'fd12:3456:789a::', '64:ff9b::c000:020'])(
	"a ban of one of %s is nobody else's: they share that /64",
	prefix => {
		const list = createBanList()
		ban(list, at(`${prefix}1`))
		expect(isBanned(list, at(`${prefix}1`, 5))).toBe(true)
		expect(isBanned(list, at(`${prefix}2`))).toBe(false)
	},
)

test('on loopback, and where it is asked for, a ban goes by endpoint', () => {
	const list = createBanList()
	ban(list, at('127.0.0.1', 5000))
	ban(list, at('::1', 5000))
	ban(list, at('203.0.113.9', 5000), true)
	for (const host of ['127.0.0.1', '::1', '203.0.113.9']) {
		expect(isBanned(list, at(host, 5000))).toBe(true)
		expect(isBanned(list, at(host, 5001))).toBe(false)
	}
})

test('a list forgets the oldest of more than 4096 bans', () => {
	const list = createBanList()
	for (let number = 0; number < 4097; number += 1) ban(list, at(`203.0.${number >> 8}.${number & 255}`))
	expect(list.banned.size).toBe(4096)
	expect(isBanned(list, at('203.0.0.0'))).toBe(false)
	expect(isBanned(list, at('203.0.0.1'))).toBe(true)
})

test('a host has one name', () => {
	expect(hostKey('0:0:0:0:0:0:0:1')).toBe('::1')
	expect(hostKey('Example.ORG')).toBe('example.org')
})
