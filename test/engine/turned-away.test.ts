import { describe, expect, test } from 'vitest'
import { isFault, TurnedAway } from '../../source/engine/turned-away.ts'

const host = '203.0.113.7'

describe('a host', () => {
	test('is forgiven one fault', () => {
		const away = new TurnedAway()
		expect(away.note(host, 0)).toBe(false)
		expect(away.has(host, 0)).toBe(false)
	})

	test('is refused for thirty seconds after the second within a minute, and only it', () => {
		const away = new TurnedAway()
		away.note(host, 0)
		expect(away.note(host, 59_999)).toBe(true)
		expect(away.has(host, 89_998)).toBe(true)
		expect(away.has('203.0.113.8', 60_000)).toBe(false)
		expect(away.has(host, 89_999)).toBe(false)
	})

	test('begins anew after a minute without a fault', () => {
		const away = new TurnedAway()
		away.note(host, 0)
		expect(away.note(host, 60_000)).toBe(false)
		expect(away.has(host, 60_000)).toBe(false)
	})

	test('that goes on when it is let in again is refused again at its first fault', () => {
		const away = new TurnedAway()
		away.note(host, 0)
		away.note(host, 1_000)
		expect(away.has(host, 31_000)).toBe(false)
		expect(away.note(host, 31_000)).toBe(true)
		expect(away.has(host, 60_999)).toBe(true)
	})

	test('of IPv6 is its /64, but on one link only itself', () => {
		const away = new TurnedAway()
		away.note('2001:db8:1:2::a', 0)
		expect(away.note('2001:db8:1:2:3:4:5:6', 1)).toBe(true)
		expect(away.has('2001:db8:1:2::b', 2)).toBe(true)
		expect(away.has('2001:db8:1:3::a', 2)).toBe(false)
		away.note('fe80::1', 0)
		expect(away.note('fe80::2', 1)).toBe(false)
	})

	test.each(['127.0.0.1', '::1'])('%s is many programs, and never refused', local => {
		const away = new TurnedAway()
		for (let at = 0; at < 10; at += 1) expect(away.note(local, at)).toBe(false)
		expect(away.has(local, 10)).toBe(false)
	})

	test('is forgotten when four thousand others came after it', () => {
		const away = new TurnedAway()
		away.note(host, 0)
		away.note(host, 1)
		away.note('198.51.100.1', 2)
		for (let count = 0; count < 4_095; count += 1) away.note(`10.0.${count >> 8}.${count & 255}`, 3)
		expect(away.has(host, 4)).toBe(false)
		// Its first fault is still known.
		expect(away.note('198.51.100.1', 4)).toBe(true)
	})
})

describe('a fault', () => {
	test.each([
		{ code: 'handshake-timeout' },
		{ code: 'too-many-rejects', rejects: 50 },
		{ code: 'too-much-waste', wastedBytes: 1 },
		{ code: 'slow-reader', queuedBytes: 1 },
		{ code: 'pex-too-often', messages: 3 },
		{ code: 'protocol-error', error: 'mse-sync', detail: '' },
	] as const)('is $code', reason => {
		expect(isFault(reason)).toBe(true)
	})

	test.each([
		{ code: 'remote-closed' },
		{ code: 'connection-failed', error: 'ECONNRESET' },
		{ code: 'duplicate-connection' },
		{ code: 'too-many-connections', limit: 100 },
		{ code: 'both-complete' },
		{ code: 'idle-timeout', silentMs: 120_000 },
		{ code: 'protocol-error', error: 'mse-busy', detail: '' },
		{ code: 'protocol-error', error: 'encryption-required', detail: '' },
	] as const)('is not $code', reason => {
		expect(isFault(reason)).toBe(false)
	})
})
