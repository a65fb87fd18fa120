// What `swarmscope dht` prints: a lookup by rounds, for people; an object a line, for programs.
import type { PingOutcome } from '../dht/boundary.ts'
import type { LookupEnd } from '../dht/reasons.ts'
import type { DhtTableView, LookupStepView, LookupView } from '../dht/snapshot.ts'
import { clientText } from '../dht/views.ts'
import { formatCount } from '../inspect/units.ts'
import { addressKey, type Address } from '../protocol/address.ts'
import { toHex } from '../protocol/bytes.ts'

type JsonObject = Readonly<Record<string, unknown>>

/** How the way into the DHT went. */
export function joinedLine(table: DhtTableView): string {
	const { family, bootstrap, id, good, questionable } = table
	const known = formatCount(good + questionable, 'node')
	if (bootstrap.code === 'nobody-to-ask') return `IPv${family}: not joined, nobody to ask`
	if (bootstrap.code !== 'joined') return `IPv${family}: not joined, nobody answered`
	return `IPv${family}: joined as ${id} in ${seconds(bootstrap.tookMs)}, ${known} known`
}

export function joinedObject({
	family,
	bootstrap,
	id,
	good,
	questionable,
	external,
}: DhtTableView): JsonObject {
	const isJoined = bootstrap.code === 'joined'
	return {
		version: 1,
		type: isJoined ? 'joined' : 'notJoined',
		family,
		id,
		nodes: good + questionable,
		external: external?.host,
		tookMs: isJoined ? Math.round(bootstrap.tookMs) : undefined,
	}
}

/** Steps by rounds, in each the closest first; then why it ended, and the peers. */
export function lookupLines(lookup: LookupView, peers: readonly Address[]): string[] {
	const lines = [`IPv${lookup.family}: lookup of ${lookup.target}`]
	const asked = lookup.steps.filter(({ askedAt }) => askedAt !== undefined)
	const rounds = new Set(asked.map(({ round }) => round))
	for (const round of [...rounds].sort((one, other) => one - other)) {
		lines.push(round === 0 ? 'round 1, from our own table' : `round ${round + 1}`)
		const steps = asked.filter(step => step.round === round)
		steps.sort((one, other) => ((one.distance ?? '~') < (other.distance ?? '~') ? -1 : 1))
		lines.push(...steps.map(stepLine))
	}
	const took = seconds((lookup.endedAt ?? lookup.startedAt) - lookup.startedAt)
	lines.push(`${endWords(lookup.end)}: ${lookup.asked} asked, ${lookup.answered} answered in ${took}`)
	if (lookup.purpose === 'announce') lines.push(`announced to ${formatCount(lookup.announcedTo, 'node')}`)
	if (lookup.purpose !== 'node') lines.push(formatCount(peers.length, 'peer'))
	return [...lines, ...peers.map(peer => `  ${addressKey(peer)}`)]
}

/** An object a step, one for the end, one a peer. */
export function lookupObjects(lookup: LookupView, peers: readonly Address[]): JsonObject[] {
	const { steps, startedAt, endedAt, ...rest } = lookup
	const { family, target } = lookup
	return [
		...steps.map(step => ({
			version: 1,
			type: 'step',
			family,
			...step,
			askedAt: since(step.askedAt, startedAt),
			answeredAt: since(step.answeredAt, startedAt),
		})),
		...peers.map(peer => ({ version: 1, type: 'peer', family, target, ...peer })),
		{ version: 1, type: 'lookup', ...rest, tookMs: since(endedAt, startedAt) },
	]
}

/** One ping. */
export function pingLine(node: Address, outcome: PingOutcome): string {
	const name = addressKey(node)
	switch (outcome.type) {
		case 'answered': {
			const { id, client, ip } = outcome.response
			const software = client === undefined ? '' : `, ${clientText(client) ?? ''}`
			const seen = ip === undefined ? '' : `, sees us at ${addressKey(ip)}`
			return `${name}  ${toHex(id)}  ${Math.round(outcome.roundTripMs)} ms${software}${seen}`
		}
		case 'refused':
			return `${name}  error ${outcome.code}: ${outcome.message}`
		case 'silent':
			return `${name}  no answer`
		case 'unreachable':
			return `${name}  cannot be reached from here`
	}
}

export function pingObject(node: Address, outcome: PingOutcome): JsonObject {
	const head = { version: 1, type: 'ping', ...node, outcome: outcome.type }
	if (outcome.type === 'refused') {
		return { ...head, code: outcome.code, message: outcome.message, roundTripMs: outcome.roundTripMs }
	}
	if (outcome.type !== 'answered') return head
	const { response, roundTripMs } = outcome
	return {
		...head,
		id: toHex(response.id),
		client: clientText(response.client),
		ip: response.ip,
		roundTripMs: Math.round(roundTripMs),
	}
}

// Distances as powers of two: how many halvings of the whole space are left.
function stepLine(step: LookupStepView): string {
	const { host, port, id, commonBits, askedAt, answeredAt, nodesNamed, nodesNew, peersNamed } = step
	const distance = commonBits === undefined ? '?' : `2^${160 - commonBits}`
	const time =
		answeredAt === undefined || askedAt === undefined ? '' : `${Math.round(answeredAt - askedAt)} ms`
	const words: string[] = []
	if (step.state === 'answered') {
		words.push(formatCount(nodesNamed, 'node'))
		if (nodesNew > 0) words.push(`${nodesNew} new`)
		if (peersNamed > 0) words.push(formatCount(peersNamed, 'peer'))
	} else words.push(stateWords[step.state])
	if (step.announce !== undefined) words.push(`announce ${step.announce}`)
	const columns = [
		`  ${(id ?? '').slice(0, 8).padEnd(8)}`,
		distance.padEnd(5),
		addressKey({ host, port }).padEnd(21),
		time.padStart(7),
	]
	return `${columns.join('  ')}  ${words.join(', ')}`
}

const stateWords: { readonly [State in LookupStepView['state']]: string } = {
	waiting: 'not asked',
	asked: 'asked',
	late: 'late',
	answered: 'answered',
	silent: 'no answer',
	'wrong-id': 'answered under another id',
	refused: 'refused',
	unneeded: 'not waited for',
}

function endWords(end: LookupEnd | undefined): string {
	switch (end?.code) {
		case 'closest-answered':
			return `the ${end.nodes} closest answered`
		case 'nobody-left':
			return 'nobody is left to ask'
		case 'nobody-to-ask':
			return 'nobody to ask'
		case 'too-many-asked':
			return `given up after ${end.limit}`
		case 'cancelled':
		case 'restarted':
		case undefined:
			return 'not finished'
	}
}

function since(at: number | undefined, startedAt: number): number | undefined {
	return at === undefined ? undefined : Math.round(at - startedAt)
}

function seconds(ms: number): string {
	return `${(ms / 1000).toFixed(1)} s`
}
