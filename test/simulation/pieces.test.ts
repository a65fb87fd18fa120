// What the scenarios about the swarm as a whole teach happens: rarity, windows, endgame, trackers, crowds.
import { expect, test } from 'vitest'
import { findScenario, type PracticeScenario } from '../../source/practice/scenarios.ts'
import { fewSeeds } from '../helpers/seeds.ts'
import { type Taught, teach } from '../helpers/taught.ts'

const scenario = (name: string): PracticeScenario => {
	const found = findScenario(name)
	if (found === undefined) throw new Error(`expected a scenario ${name}`)
	return found
}

function expectWhole(run: Taught): void {
	expect(run.completed).toBe(true)
	expect(run.dataIsRight).toBe(true)
	expect(run.unsaid).toEqual([])
	expect(run.said.at(-1)?.kind).toBe('learned')
	expect(run.tookMs / 4).toBeLessThan(90_000)
}

const blockOf = (message: { readonly piece: number; readonly offset: number }) =>
	`${message.piece} ${message.offset}`

test.each(fewSeeds)('slow-and-fast, seed %i: rare pieces come first, windows follow the rate', async seed => {
	const run = await teach(scenario('slow-and-fast'), seed)
	expectWhole(run)
	const order = run.events.flatMap(event => (event.type === 'pieceVerified' ? [Number(event.piece)] : []))
	// When all but the late one were there.
	const early = run.pieces.find(({ availability }) => Math.max(...availability) >= 5)
	const places = (isOf: (copies: number) => boolean) =>
		order.flatMap((piece, place) => (isOf(early?.availability[piece] ?? 0) ? [place] : []))
	const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
	const [rare, common] = [places(copies => copies <= 2), places(copies => copies >= 4)]
	expect(rare.length).toBeGreaterThan(3)
	expect(mean(rare)).toBeLessThan(mean(common) / 2)
	const settled = run.peers
		.flatMap(({ peers }) => peers)
		.filter(({ windowReason, seed: isSeed }) => windowReason?.reason.code === 'by-rate' && !isSeed)
	const widest = (client: string) =>
		Math.max(...settled.filter(peer => peer.client === client).map(({ window }) => window))
	expect(widest('near fast')).toBeGreaterThan(2 * widest('has a third'))
})

test.each(fewSeeds)(
	'endgame, seed %i: late blocks are asked of two peers, and the loser is told',
	async seed => {
		const run = await teach(scenario('endgame'), seed)
		expectWhole(run)
		const askers = new Map<string, Set<number>>()
		const answered = new Map<string, number>()
		let called = 0
		for (const { peer, direction, message } of run.wire) {
			if (peer === undefined) continue
			if (message.type === 'request' && direction === 'out') {
				const known = askers.get(blockOf(message)) ?? new Set()
				askers.set(blockOf(message), known.add(peer))
			}
			if (message.type === 'piece' && direction === 'in' && !answered.has(blockOf(message)))
				answered.set(blockOf(message), peer)
			// A cancel to one of them when another had sent it.
			if (message.type === 'cancel' && (answered.get(blockOf(message)) ?? peer) !== peer) called += 1
		}
		expect([...askers.values()].filter(peers => peers.size > 1).length).toBeGreaterThan(0)
		expect(called).toBeGreaterThan(0)
		expect(run.events.some(({ type }) => type === 'endgameEntered')).toBe(true)
	},
)

test.each(fewSeeds)('dead-end, seed %i: all but one piece comes, then nothing, then that one', async seed => {
	const run = await teach(scenario('dead-end'), seed)
	expectWhole(run)
	const verified = run.timed.flatMap(({ at, event }) =>
		event.type === 'pieceVerified' ? [{ at, piece: Number(event.piece) }] : [],
	)
	const [before, last] = verified.slice(-2)
	expect(last?.piece).toBe(37)
	expect((last?.at ?? 0) - (before?.at ?? 0)).toBeGreaterThan(25_000)
	const idle = run.peers.filter(({ at }) => at > (before?.at ?? 0) + 2000 && at < (last?.at ?? 0) - 5000)
	expect(idle.length).toBeGreaterThan(10)
	const others = idle.flatMap(({ peers }) => peers.filter(({ client }) => !/owner/u.test(client)))
	expect(others.some(({ inFlight }) => inFlight > 0)).toBe(false)
})

test.each(fewSeeds)('flash-crowd, seed %i: more comes from the crowd than from the seed', async seed => {
	const run = await teach(scenario('flash-crowd'), seed)
	expectWhole(run)
	const gave = new Map<number, { seed: boolean; bytes: number }>()
	for (const { peers } of run.peers)
		for (const { peer, client, downloadedBytes } of peers)
			gave.set(peer, { seed: client === 'the seed', bytes: downloadedBytes })
	const sum = (isSeed: boolean) =>
		[...gave.values()].reduce((bytes, peer) => bytes + (peer.seed === isSeed ? peer.bytes : 0), 0)
	expect(sum(false)).toBeGreaterThan(sum(true))
	const crowd = run.swarm.swarm.peers.filter(({ client }) => client !== 'the seed')
	const meanShare = crowd.reduce((total, { have }) => total + have.count / have.size, 0) / crowd.length
	expect(crowd).toHaveLength(30)
	expect(meanShare).toBeGreaterThan(0.6)
})

test.each(fewSeeds)(
	'tracker-outage, seed %i: the first tracker is left alone longer and longer, and returns',
	async seed => {
		const run = await teach(scenario('tracker-outage'), seed)
		expectWhole(run)
		const ofFirst = run.events.filter(
			event => (event.type === 'trackerFailed' || event.type === 'trackerAnswered') && event.tracker === 0,
		)
		const failures = ofFirst.flatMap(event => (event.type === 'trackerFailed' ? [event.retryInMs ?? 0] : []))
		expect(failures).toHaveLength(2)
		expect(failures[1]).toBeGreaterThan(2 * (failures[0] ?? 0))
		expect(ofFirst[2]?.type).toBe('trackerAnswered')
		const hidden = scenario('tracker-outage').peers.findIndex(({ name }) => name === 'hidden seed')
		const back = run.events.findIndex(event => event.type === 'trackerAnswered' && event.tracker === 0)
		const met = run.events.findIndex(
			event => event.type === 'peerConnected' && event.host === `10.2.0.${hidden + 1}`,
		)
		expect(met).toBeGreaterThan(back)
	},
)
