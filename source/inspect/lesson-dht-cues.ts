// Whether the moment of a lesson about the DHT has come, and the facts for its text.
import type { DhtSlice, LookupView } from '../dht/snapshot.ts'
import type { Cue } from './lesson.ts'
import type { Facts } from './lesson-memory.ts'
import { formatAddress, formatCount } from './units.ts'

export type DhtCue = Extract<Cue, { code: 'dht-round' | 'dht-nodes' | 'dht-peers' | 'dht-announced' }>

/** The facts of the cue when it has come; undefined before. */
export function dhtFacts(cue: DhtCue, slice: DhtSlice | undefined): Facts | undefined {
	if (slice === undefined) return undefined
	const searches = slice.lookups.filter(({ purpose }) => purpose === 'peers' || purpose === 'announce')
	switch (cue.code) {
		case 'dht-nodes': {
			const good = slice.tables.reduce((sum, table) => sum + table.good, 0)
			return good < cue.atLeast ? undefined : { nodes: formatCount(good, 'node') }
		}
		case 'dht-round': {
			const lookup = searches.find(candidate => roundsOf(candidate) >= cue.atLeast)
			return lookup === undefined ? undefined : roundFacts(lookup)
		}
		case 'dht-peers': {
			const lookup = searches.find(({ peersFound }) => peersFound > 0)
			return lookup === undefined ? undefined : peerFacts(lookup)
		}
		case 'dht-announced': {
			const lookup = searches.find(({ announcedTo }) => announcedTo >= cue.atLeast)
			return lookup === undefined ? undefined : { nodes: formatCount(lookup.announcedTo, 'node') }
		}
	}
}

function roundsOf({ steps }: LookupView): number {
	return steps.reduce((most, { round, state }) => (state === 'answered' ? Math.max(most, round) : most), 0)
}

function roundFacts(lookup: LookupView): Facts {
	const answered = lookup.steps.filter(({ state }) => state === 'answered')
	const bits = answered.reduce((most, { commonBits }) => Math.max(most, commonBits ?? 0), 0)
	return { round: roundsOf(lookup) + 1, asked: formatCount(lookup.asked, 'node'), bits }
}

function peerFacts(lookup: LookupView): Facts {
	const giver = lookup.steps.find(({ peersNamed }) => peersNamed > 0)
	return {
		peers: formatCount(lookup.peersFound, 'peer'),
		address: giver === undefined ? 'a node' : formatAddress(giver.host, giver.port),
		rounds: (giver?.round ?? 0) + 1,
	}
}
