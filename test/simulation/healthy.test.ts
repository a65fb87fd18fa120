import { expect, test } from 'vitest'
import { findScenario } from '../../source/practice/scenarios.ts'
import { scaleScenario } from '../helpers/scaled-scenario.ts'
import { seeds } from '../helpers/seeds.ts'
import { named, simulate } from '../helpers/simulation.ts'

const scenario = scaleScenario(named(findScenario('healthy')), 4)

test.each(seeds)('seed %i: a healthy swarm is downloaded, right to the last byte', async seed => {
	const run = await simulate({ scenario, seed })
	expect(run.end).toEqual({ type: 'stopped' })
	expect(run.completed).toBe(true)
	expect(run.dataIsRight).toBe(true)
	expect(run.openHandles).toBe(0)
	expect(run.tookMs).toBeLessThan(330_000)
	expect(run.events.filter(({ type }) => type === 'peerBanned' || type === 'pieceFailed')).toEqual([])
	for (const peer of run.swarm.swarm.peers) expect(peer.liesHeard).toBe(0)
})

test.each(seeds.slice(0, 1))('seed %i: what we serve is taken by those who want it', async seed => {
	const run = await simulate({ scenario, seed, limitMs: 200_000 })
	const newcomer = run.swarm.swarm.peers.find(({ client }) => client === 'newcomer')
	expect(newcomer?.have.count).toBeGreaterThan(10)
})

test.each(seeds.slice(0, 1))('seed %i: a run repeats itself to the last event', async seed => {
	const [one, other] = [await simulate({ scenario, seed }), await simulate({ scenario, seed })]
	expect(one.tookMs).toBe(other.tookMs)
	expect(one.inputs).toBe(other.inputs)
	expect(one.events).toEqual(other.events)
})

test.each(seeds.slice(0, 3))(
	'seed %i: every fourth datagram is lost, and trackers still answer',
	async seed => {
		const run = await simulate({ scenario, seed, datagramLoss: 0.25 })
		expect(run.completed).toBe(true)
		expect(run.dataIsRight).toBe(true)
		expect(run.events.some(({ type }) => type === 'trackerAnswered')).toBe(true)
	},
)

test.each(seeds.slice(0, 3))('seed %i: limits in both directions hold', async seed => {
	const maxDownBytesPerSecond = 30_000
	const run = await simulate({
		scenario,
		seed,
		options: { maxDownBytesPerSecond, maxUpBytesPerSecond: 8_000 },
	})
	expect(run.completed).toBe(true)
	expect(run.dataIsRight).toBe(true)
	const { totalBytes } = run.swarm.payload.geometry
	// But for the burst of a second.
	expect(run.tookMs).toBeGreaterThanOrEqual((totalBytes / maxDownBytesPerSecond - 1) * 1000)
	expect(run.tookMs).toBeLessThan((totalBytes / maxDownBytesPerSecond) * 1000 * 1.5)
})
