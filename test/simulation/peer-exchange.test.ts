// Cores wired back to back, no tracker: who knows one peer finds the others through it.
import { expect, test } from 'vitest'
import { type TestNode, TestNetwork } from '../helpers/core-pair.ts'

const block = 16_384
const met = (one: TestNode, other: TestNode) =>
	[one, other].some(({ events }, at) =>
		events.some(
			event => event.type === 'peerConnected' && event.host === (at === 0 ? other : one).address.host,
		),
	)

test('who knows only somebody without pieces finds the seed through it, by peer exchange alone', () => {
	const network = new TestNetwork(2 * block, 20 * block)
	const hub = network.add({ maxDownBytesPerSecond: 1 })
	const seed = network.add({ have: 'all' })
	const finder = network.add()
	seed.dial(hub)
	finder.dial(hub)
	network.settle()
	expect(met(finder, seed)).toBe(false)
	network.advance(30_000)
	expect(met(finder, seed)).toBe(true)
	expect([finder.isComplete, hub.isComplete]).toEqual([true, false])
})

test('and not where either end does without', () => {
	for (const without of ['hub', 'finder']) {
		const network = new TestNetwork(2 * block, 20 * block)
		const hub = network.add({ maxDownBytesPerSecond: 1, peerExchange: without !== 'hub' })
		const seed = network.add({ have: 'all', peerExchange: false })
		const finder = network.add({ peerExchange: without !== 'finder' })
		seed.dial(hub)
		finder.dial(hub)
		network.advance(30_000)
		expect(finder.isComplete).toBe(false)
	}
})

test('ten clients in a chain come to know each other', () => {
	const network = new TestNetwork(2 * block, 20 * block)
	const nodes = Array.from({ length: 10 }, (_, index) =>
		network.add({ have: index === 0 ? 'all' : 'none', maxUpBytesPerSecond: block }),
	)
	nodes.slice(1).forEach((node, index) => node.dial(nodes[index]!))
	network.advance(300_000)
	expect(nodes.every(node => node.isComplete)).toBe(true)
	expect(met(nodes[0]!, nodes[9]!)).toBe(true)
})
