// A DHT as a screen may be given it, made from a seed: two tables, lookups in every state, drops.
import type {
	DhtBucketView,
	DhtNodeView,
	DhtSlice,
	DhtTableView,
	LookupStepView,
	LookupView,
} from '../../source/dht/snapshot.ts'
import { dhtOff } from '../../source/dht/snapshot.ts'
import { safeText } from '../../source/protocol/safe-text.ts'

const states = ['good', 'good', 'questionable', 'bad'] as const
const standings = ['verified', 'exempt', 'unverified'] as const
const stepStates = [
	'answered',
	'answered',
	'asked',
	'late',
	'silent',
	'wrong-id',
	'refused',
	'waiting',
] as const

/** The DHT at the instant `at`. */
export function fakeDht(at: number): DhtSlice {
	const counters = dhtOff(at).counters
	return {
		at,
		state: 'joined',
		readOnly: false,
		tables: [table(4, at), table(6, at)],
		lookups: Array.from({ length: 4 }, (_, index) => lookup(index, at)),
		counters: {
			...counters,
			datagramsIn: 3412,
			bytesIn: 812_000,
			datagramsOut: 2811,
			bytesOut: 301_000,
			queriesOut: 412,
			answersIn: 390,
			timeouts: 22,
			queriesIn: 3000,
			answersOut: 2400,
			dropped: { ...counters.dropped, flood: 17, malformed: 3, 'wrong-sender': 1 },
			ignoredAddresses: 2,
		},
		stored: { torrents: 2, peers: 31, list: [] },
	}
}

function hex(seed: number): string {
	return Array.from({ length: 20 }, (_, at) =>
		((seed * 37 + at * 91 + 11) % 256).toString(16).padStart(2, '0'),
	).join('')
}

function table(family: 4 | 6, at: number): DhtTableView {
	const buckets = Array.from({ length: 7 }, (_, bits) => bucket(family, bits, at))
	return {
		family,
		port: 6881,
		id: hex(1),
		idReason: { code: 'for-voted-address', host: family === 4 ? '203.0.113.7' : '2001:db8::7', votes: 12 },
		external: { host: family === 4 ? '203.0.113.7' : '2001:db8::7', votes: 12, of: 14 },
		bootstrap: { code: 'joined', nodes: 52, tookMs: 3210 },
		bootstrapAt: at - 60_000,
		buckets,
		good: 28,
		questionable: 14,
		bad: 14,
	}
}

function bucket(family: 4 | 6, commonBits: number, at: number): DhtBucketView {
	return {
		commonBits,
		isLast: commonBits === 6,
		nodes: Array.from({ length: 8 - commonBits }, (_, index) => node(family, commonBits * 8 + index, at)),
		replacements: commonBits === 0 ? 5 : 0,
		changedAt: at - commonBits * 31_000,
	}
}

function node(family: 4 | 6, index: number, at: number): DhtNodeView {
	return {
		id: hex(index),
		host: hostOf(family, index),
		port: 6881 + index,
		state: states[index % states.length] ?? 'good',
		standing: standings[index % standings.length] ?? 'exempt',
		commonBits: index >> 3,
		firstSeenAt: at - 600_000,
		answeredAt: at - index * 7000,
		queriedAt: index % 2 === 0 ? at - 3000 : undefined,
		failures: index % 4 === 3 ? 2 : 0,
		roundTripMs: 20 + index,
		client: index % 3 === 0 ? safeText('LT 2.0') : undefined,
	}
}

function hostOf(family: 4 | 6, index: number): string {
	return family === 4 ? `198.51.100.${index}` : `2001:db8::${index.toString(16)}`
}

function lookup(index: number, at: number): LookupView {
	const purposes = ['peers', 'announce', 'bootstrap', 'refresh'] as const
	const isRunning = index === 0
	return {
		lookup: 10 - index,
		family: index === 3 ? 6 : 4,
		purpose: purposes[index] ?? 'node',
		target: hex(index + 90),
		startedAt: at - 4200 * (index + 1),
		endedAt: isRunning ? undefined : at - 1000 * index,
		end: isRunning ? undefined : { code: 'closest-answered', nodes: 8 },
		parallelism: 4,
		inFlight: isRunning ? 3 : 0,
		asked: 17,
		answered: 12,
		peersFound: index === 0 ? 23 : 0,
		announcedTo: index === 1 ? 8 : 0,
		steps: Array.from({ length: 17 }, (_, number) => step(index === 3 ? 6 : 4, number, at)),
	}
}

function step(family: 4 | 6, index: number, at: number): LookupStepView {
	const state = stepStates[index % stepStates.length] ?? 'waiting'
	const isNew = index === 16
	return {
		round: index >> 2,
		id: isNew ? undefined : hex(index + 40),
		host: hostOf(family, index),
		port: 6881,
		distance: isNew ? undefined : hex(index + 60),
		commonBits: isNew ? undefined : index * 9,
		standing: isNew ? undefined : (standings[index % standings.length] ?? 'exempt'),
		namedBy: index < 4 ? undefined : index - 4,
		state,
		askedAt: state === 'waiting' ? undefined : at - 3000,
		answeredAt: state === 'answered' ? at - 2900 : undefined,
		nodesNamed: state === 'answered' ? 8 : 0,
		nodesNew: state === 'answered' ? 3 : 0,
		peersNamed: state === 'answered' && index % 3 === 0 ? 11 : 0,
		hasToken: state === 'answered',
		announce: index === 9 ? 'accepted' : undefined,
	}
}
