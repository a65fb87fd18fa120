// What the scenarios about finding peers teach happens: metadata by a magnet link, peer exchange, encryption.
import { expect, test } from 'vitest'
import { findScenario, type PracticeScenario } from '../../source/practice/scenarios.ts'
import { fewSeeds } from '../helpers/seeds.ts'
import { type Taught, teach } from '../helpers/taught.ts'

const scenario = (name: string): PracticeScenario => {
	const found = findScenario(name)
	if (found === undefined) throw new Error(`expected a scenario ${name}`)
	return found
}

/** Where a scenario's peer lives in the simulation. */
function hostOf({ peers }: PracticeScenario, name: string): string {
	return `10.2.0.${peers.findIndex(peer => peer.name === name) + 1}`
}

function expectWhole(run: Taught): void {
	expect(run.unsaid).toEqual([])
	expect(run.completed).toBe(true)
	expect(run.dataIsRight).toBe(true)
	// A minute at the speed that a demo has by itself, a minute and a half at the most.
	expect(run.tookMs / 4).toBeGreaterThan(40_000)
	expect(run.tookMs / 4).toBeLessThan(90_000)
}

test.each(fewSeeds)(
	'magnet, seed %i: the liar is found, and the dictionary comes from another',
	async seed => {
		const run = await teach(scenario('magnet'), seed)
		expectWhole(run)
		const banned = run.events.filter(event => event.type === 'peerBanned')
		expect(banned).toHaveLength(1)
		const firstRequest = run.wire.findIndex(({ message }) => message.type === 'request')
		const given = run.wire.findLastIndex(
			({ message, direction }) =>
				direction === 'in' &&
				message.type === 'extended' &&
				message.name === 'ut_metadata' &&
				message.payloadBytes > 100,
		)
		expect(given).toBeGreaterThan(0)
		expect(firstRequest).toBeGreaterThan(given)
	},
)

test.each(fewSeeds)('pex, seed %i: all but one are found by hearsay', async seed => {
	const run = await teach(scenario('pex'), seed)
	expectWhole(run)
	const sources = new Map(
		run.peers.flatMap(({ peers }) => peers).map(({ client, source }) => [client, source]),
	)
	expect(sources.get('talker' as never)).toBe('tracker')
	for (const name of ['hidden seed', 'far seed', 'hidden leecher', 'late seed'])
		expect(sources.get(name as never), name).toBe('pex')
})

test.each(fewSeeds)('encrypted, seed %i: each peer is talked to in the way that it takes', async seed => {
	const run = await teach(scenario('encrypted'), seed)
	expectWhole(run)
	const ways = new Map(
		run.peers
			.flatMap(({ peers }) => peers)
			.filter(({ phase }) => phase === 'connected')
			.map(({ client, encryption }) => [String(client), encryption]),
	)
	expect(ways.get('careful seed')).toBe('rc4')
	expect(ways.get('careful leecher')).toBe('rc4')
	expect(ways.get('easy seed')).toBe('plain')
	expect(ways.get('old seed')).toBeUndefined()
})

test.each(fewSeeds)('dht-lookup, seed %i: a hash alone leads to everybody, and others to us', async seed => {
	const run = await teach(scenario('dht-lookup'), seed)
	expectWhole(run)
	const seen = run.peers.flatMap(({ peers }) => peers)
	// Dialled, whoever's connection was kept where the other side dialled as well. Even numbers are dialled ones.
	const dialled = new Set(
		run.events.flatMap(event =>
			(event.type === 'peerConnected' || event.type === 'peerDropped') && event.peer % 2 === 0
				? [event.host]
				: [],
		),
	)
	for (const name of ['listed seed', 'far seed'])
		expect(dialled, name).toContain(hostOf(scenario('dht-lookup'), name))
	expect(seen.some(({ source, incoming }) => source === 'dht' && !incoming)).toBe(true)
	expect(seen.some(({ client, incoming }) => client === 'finder' && incoming)).toBe(true)
	const dht = run.wire.filter(({ channel }) => channel === 'dht')
	expect(dht.length).toBeGreaterThan(50)
	const types = new Set(dht.map(({ message }) => message.type))
	expect([...types].sort()).toEqual(expect.arrayContaining(['dhtQuery', 'dhtResponse']))
	// Nobody is told of us before it is known that the torrent is not private (BEP 27).
	const firstAnnounce = run.wire.findIndex(
		({ message, direction }) =>
			direction === 'out' && message.type === 'dhtQuery' && message.method === 'announce_peer',
	)
	const firstRequest = run.wire.findIndex(({ message }) => message.type === 'request')
	expect(firstAnnounce).toBeGreaterThan(0)
	expect(run.wire.slice(0, firstRequest).some(({ message }) => message.type === 'dhtQuery')).toBe(true)
})
