import { describe, expect, test } from 'vitest'
import {
	newAddressMemory,
	orderAddresses,
	rememberAddresses,
} from '../../source/torrent/tracker-addresses.ts'

const found = ['a', 'b', 'c', 'd']

describe('the order in which the addresses of a tracker are asked', () => {
	test('is that of the resolver while nothing is known', () => {
		expect(orderAddresses(found, newAddressMemory)).toEqual(found)
	})

	test('begins with the one that answered', () => {
		const memory = rememberAddresses(newAddressMemory, { answered: 'c', silent: [] })
		expect(orderAddresses(found, memory)).toEqual(['c', 'a', 'b', 'd'])
	})

	test('begins with the one that answered last', () => {
		let memory = rememberAddresses(newAddressMemory, { answered: 'c', silent: [] })
		memory = rememberAddresses(memory, { answered: 'd', silent: [] })
		expect(orderAddresses(found, memory)).toEqual(['d', 'c', 'a', 'b'])
		memory = rememberAddresses(memory, { answered: 'c', silent: [] })
		expect(orderAddresses(found, memory)).toEqual(['c', 'd', 'a', 'b'])
	})

	test('ends with those that said nothing, the latest last', () => {
		let memory = rememberAddresses(newAddressMemory, { answered: undefined, silent: ['b'] })
		memory = rememberAddresses(memory, { answered: undefined, silent: ['a'] })
		expect(orderAddresses(found, memory)).toEqual(['c', 'd', 'b', 'a'])
	})

	test('forgets that one answered when it is silent, and the other way round', () => {
		let memory = rememberAddresses(newAddressMemory, { answered: 'a', silent: ['b'] })
		memory = rememberAddresses(memory, { answered: 'b', silent: ['a'] })
		expect(orderAddresses(found, memory)).toEqual(['b', 'c', 'd', 'a'])
	})

	test('names no address that was not found this time', () => {
		const memory = rememberAddresses(newAddressMemory, { answered: 'x', silent: ['y'] })
		expect(orderAddresses(found, memory)).toEqual(found)
	})
})

test('no more is kept than sixteen of each, the latest', () => {
	const names = Array.from({ length: 40 }, (_, index) => `${index}`)
	let memory = rememberAddresses(newAddressMemory, { answered: undefined, silent: names })
	expect(memory.silent).toEqual(names.slice(-16))
	for (const name of names) memory = rememberAddresses(memory, { answered: name, silent: [] })
	expect(memory.answered).toEqual(names.slice(-16))
})
