import { describe, expect, test } from 'vitest'
import type { HostClass } from '../../source/protocol/address.ts'
import { addressObstacle, parseTrackerUrl, type TrackerTarget } from '../../source/engine/tracker-url.ts'

function target(url: string): TrackerTarget {
	const parsed = parseTrackerUrl(url)
	if ('type' in parsed) throw new Error(parsed.message)
	return parsed
}

describe('reading a URL', () => {
	test.each([
		['http://Tracker.Example:8080/announce', 'tracker.example'],
		['http://0x7f.1/announce', '127.0.0.1'],
		['http://2130706433/announce', '127.0.0.1'],
		['http://[::ffff:127.0.0.1]/announce', '::ffff:7f00:1'],
		['http://archiv\uff45.example/announce', 'archive.example'],
		['http://xn--80ak6aa92e.example/announce', 'xn--80ak6aa92e.example'],
		['udp://0x7f.1:6969/announce', '127.0.0.1'],
		['udp://[2001:db8::1]:6969', '2001:db8::1'],
	])('%s leads to %s', (url, host) => {
		expect(target(url).host).toBe(host)
	})

	test.each([
		['udp://tracker.example:80/dir?a=b&c=d', 80, '/dir?a=b&c=d'],
		['udp://tracker.example:6969', 6969, ''],
		['udp://tracker.example:6969/', 6969, ''],
		['udp://tracker.example:6969/?auth=1', 6969, '/?auth=1'],
	])('%s keeps port and path', (url, port, urlData) => {
		expect(target(url)).toMatchObject({ port, urlData })
	})

	test.each([
		'ftp://tracker.example/announce',
		'wss://tracker.example/announce',
		'file:///etc/passwd',
		'udp://tracker.example/announce',
		'udp://tracker.example:0/announce',
		'nonsense',
		`http://tracker.example/${'a'.repeat(9000)}`,
		'http://127.0.0.1/announce?info_hash=x',
		'http://tracker.example/announce?a=1&%70ort=22',
		'http://tracker.example/announce?LEFT=0',
	])('%.60s is refused', url => {
		expect(parseTrackerUrl(url)).toMatchObject({ type: 'failed', code: 'bad-url' })
	})
})

describe('addresses', () => {
	const announce = target('http://tracker.example/announce.php')
	const other = target('http://tracker.example/admin/reset')

	test.each([
		['192.0.2.1', true, true],
		['2001:db8::1', true, true],
		['10.0.0.1', true, true],
		['fd00::1', true, true],
		['127.0.0.1', true, false],
		['::1', true, false],
		['169.254.169.254', true, false],
		['fe80::1', true, false],
		['0.0.0.0', false, false],
		['::', false, false],
		['224.0.0.1', false, false],
		['255.255.255.255', false, false],
	])('%s under /announce: %s, under another path: %s', (address, underAnnounce, elsewhere) => {
		expect(addressObstacle(announce, address) === undefined).toBe(underAnnounce)
		expect(addressObstacle(other, address) === undefined).toBe(elsewhere)
	})

	test.each<[HostClass, string, boolean]>([
		['global', '192.0.2.9', true],
		['global', '10.0.0.1', false],
		['global', '127.0.0.1', false],
		['global', '169.254.169.254', false],
		['private', '10.0.0.1', true],
		['private', '127.0.0.1', false],
		['loopback', '127.0.0.1', true],
		['loopback', '192.0.2.9', true],
	])('a redirect from a %s tracker to %s: %s', (cameFrom, address, allowed) => {
		expect(addressObstacle(announce, address, cameFrom) === undefined).toBe(allowed)
	})

	test('a udp tracker on loopback is literal or under /announce', () => {
		expect(addressObstacle(target('udp://127.0.0.1:6969'), '127.0.0.1')).toBeUndefined()
		expect(addressObstacle(target('udp://tracker.example:6969/announce'), '127.0.0.1')).toBeUndefined()
		expect(addressObstacle(target('udp://tracker.example:53'), '127.0.0.1')).toBeDefined()
		expect(addressObstacle(target('udp://127.0.0.1:53/x'), '127.0.0.1')).toBeDefined()
	})
})
