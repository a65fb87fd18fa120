import { expect, test } from 'vitest'
import { UdpTrackerMemory } from '../../source/engine/udp-tracker-memory.ts'

const one = { host: '192.0.2.1', port: 6969 }
const old = { id: 1n, receivedAt: 0 }
const young = { id: 2n, receivedAt: 5 }

test('a connection id belongs to the address and port that gave it', () => {
	const memory = new UdpTrackerMemory()
	memory.keepConnection(one, undefined, old)
	memory.keepConnection({ host: '2001:db8::1', port: 6969 }, undefined, young)
	expect(memory.connectionOf(one)).toEqual(old)
	expect(memory.connectionOf({ ...one, port: 6970 })).toBeUndefined()
	expect(memory.connectionOf({ ...one, host: '192.0.2.2' })).toBeUndefined()
	expect(memory.connectionOf({ host: '2001:db8:0::1', port: 6969 })).toEqual(young)
})

test('an id that an exchange lost is forgotten', () => {
	const memory = new UdpTrackerMemory()
	memory.keepConnection(one, undefined, old)
	memory.keepConnection(one, old, undefined)
	expect(memory.connectionOf(one)).toBeUndefined()
})

test.each([
	['that never had one', undefined, undefined],
	['that lost an older one', old, undefined],
	['that kept an older one', old, old],
])('an exchange %s leaves the id of another exchange', (_, before, after) => {
	const memory = new UdpTrackerMemory()
	memory.keepConnection(one, undefined, young)
	memory.keepConnection(one, before, after)
	expect(memory.connectionOf(one)).toEqual(young)
})

test('what is known of one tracker says nothing of another at the same addresses', () => {
	const memory = new UdpTrackerMemory()
	memory.note({ host: 'tracker.test', port: 1 }, { answered: 'b', silent: ['a'] })
	expect(memory.order({ host: 'TRACKER.test', port: 1 }, ['a', 'b', 'c'])).toEqual(['b', 'c', 'a'])
	expect(memory.order({ host: 'tracker.test', port: 2 }, ['a', 'b', 'c'])).toEqual(['a', 'b', 'c'])
	expect(memory.order({ host: 'other.test', port: 1 }, ['a', 'b', 'c'])).toEqual(['a', 'b', 'c'])
})
