// A scenario in virtual time with its lessons, and what a spectator of the wire would know at the end.
import type { PracticeScenario } from '../../source/practice/scenarios.ts'
import { type Said, watchLessons } from '../../source/inspect/lesson-watch.ts'
import type { TimedEvent } from '../../source/engine/api.ts'
import type { PeerView, PiecesSlice, WireRow } from '../../source/torrent/snapshot.ts'
import { simulate, type Simulated } from './simulation.ts'

export type Taught = Simulated & {
	readonly said: readonly (Said & { readonly at: number })[]
	/** Texts of the lessons of the scenario that were never said, as they are written. */
	readonly unsaid: readonly string[]
	/** Everything that went over the wire, in order. */
	readonly wire: readonly WireRow[]
	/** Each peer as it was seen at each snapshot. */
	readonly peers: readonly { readonly at: number; readonly peers: readonly PeerView[] }[]
	readonly pieces: readonly PiecesSlice[]
	readonly timed: readonly TimedEvent[]
}

/** The scenario from its start to its end, looked at twice a second. */
export async function teach(scenario: PracticeScenario, seed: number): Promise<Taught> {
	const watch = watchLessons(scenario)
	const said: (Said & { at: number })[] = []
	const wire: WireRow[] = []
	const peers: { at: number; peers: readonly PeerView[] }[] = []
	const pieces: PiecesSlice[] = []
	const timed: TimedEvent[] = []
	const run = await simulate({
		...{ scenario, seed, snapshotsPerSecond: 2 },
		onUpdate(update, at) {
			if (update.type === 'events') {
				timed.push(...update.events)
				watch.hear(update.events.map(({ event }) => event))
			} else if (update.type === 'snapshot') {
				const { slices } = update
				watch.see(slices)
				const last = wire.at(-1)?.sequence ?? -1
				wire.push(...(slices.wire?.rows ?? []).filter(({ sequence }) => sequence > last))
				if (slices.peers !== undefined) peers.push({ at, peers: slices.peers.peers })
				if (slices.pieces !== undefined) pieces.push(slices.pieces)
			}
			for (let next = watch.next(); next !== undefined; next = watch.next()) said.push({ ...next, at })
		},
	})
	const texts = said.map(({ text }) => text)
	const unsaid = scenario.lessons
		.map(({ text }) => text)
		.filter(text => !texts.some(saidText => patternOf(text).test(saidText)))
	return { ...run, said, unsaid, wire, peers, pieces, timed }
}

/** What a text looks like with any facts in it. */
export function patternOf(text: string): RegExp {
	const parts = text.split(/\{[a-zA-Z]+\}/u).map(part => part.replaceAll(/[.*+?^${}()|[\]\\]/gu, '\\$&'))
	return new RegExp(parts.join('.*'), 'u')
}
