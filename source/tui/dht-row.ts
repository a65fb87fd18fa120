// A row of the DHT's list as text: each type has columns of its own, in the order of their worth.
import type { DhtNodeView, LookupStepView, LookupStepState, NodeState } from '../dht/snapshot.ts'
import { explainEnd, purposeWord, standingWord, stepWord } from '../inspect/explain-dht.ts'
import { formatAddress, formatClock, formatCount, formatSpan } from '../inspect/units.ts'
import type { DhtRow } from './dht-listing.ts'
import { fit } from './format.ts'
import { chooseColumns, type Column, formatRow } from './table.ts'
import type { Glyphs, Paint, Theme } from './theme.ts'

export type DhtRowParts = {
	readonly width: number
	readonly theme: Theme
	/** Instant of the slice. */
	readonly at: number
	/** Without colours, because the row stands out as a whole. */
	readonly isPlain: boolean
}

type RowOf<Type extends DhtRow['type']> = Extract<DhtRow, { type: Type }>

/** Exactly `width` cells. */
export function formatDhtRow(row: DhtRow, parts: DhtRowParts): string {
	switch (row.type) {
		case 'heading': {
			const line = fit(row.text, parts.width, parts.theme.glyphs.ellipsis)
			return parts.isPlain ? line : parts.theme.bold(line)
		}
		case 'lookup':
			return formatted(lookupColumns(parts), row, parts)
		case 'step':
			return formatted(stepColumns(parts), row, parts)
		case 'bucket':
			return formatted(bucketColumns(parts), row, parts)
		case 'node':
			return formatted(nodeColumns(parts), row, parts)
	}
}

function formatted<Row>(columns: Column<Row>[], row: Row, parts: DhtRowParts): string {
	const { width, theme, isPlain } = parts
	const chosen = chooseColumns(columns, width)
	const used = chosen.reduce((sum, column) => sum + column.width + 1, -1)
	return formatRow(chosen, row, { theme, isPlain }) + ' '.repeat(Math.max(0, width - used))
}

function lookupColumns({ theme, at }: DhtRowParts): Column<RowOf<'lookup'>>[] {
	return [
		{ title: '', width: 1, worth: 30, text: ({ isOpen }) => foldSign(isOpen, theme.glyphs) },
		{
			title: 'for',
			width: 8,
			worth: 29,
			text: ({ lookup }) => purposeWord(lookup.purpose),
			paint: ({ lookup }) => (lookup.end === undefined ? theme.accent : theme.bold),
		},
		{
			title: 'target',
			width: 8,
			grow: 40,
			worth: 28,
			text: ({ lookup }, width) => short(lookup.target, width),
		},
		{
			title: 'asked',
			width: 7,
			worth: 27,
			right: true,
			text: ({ lookup }) => `${lookup.answered}/${lookup.asked}`,
		},
		{
			title: 'peers',
			width: 9,
			worth: 26,
			right: true,
			text: ({ lookup }) => foundWords(lookup.peersFound, lookup.purpose),
			paint: ({ lookup }) => (lookup.peersFound > 0 ? theme.good : undefined),
		},
		{ title: 'family', width: 4, worth: 15, text: ({ lookup }) => `IPv${lookup.family}` },
		{
			title: 'took',
			width: 6,
			worth: 24,
			right: true,
			text: ({ lookup }) => formatSpan((lookup.endedAt ?? at) - lookup.startedAt),
		},
		{
			title: 'end',
			width: 12,
			grow: 40,
			worth: 25,
			text: ({ lookup }) => explainEnd(lookup.end),
			paint: () => theme.dim,
		},
	]
}

function foundWords(peers: number, purpose: string): string {
	return peers === 0 && purpose !== 'peers' && purpose !== 'announce' ? '' : formatCount(peers, 'peer')
}

function stepColumns({ theme, at }: DhtRowParts): Column<RowOf<'step'>>[] {
	return [
		{ title: '', width: 1, worth: 31, text: () => '' },
		{
			title: 'round',
			width: 2,
			worth: 29,
			right: true,
			text: ({ step }) => String(step.round),
			paint: () => theme.dim,
		},
		{
			title: 'state',
			width: 8,
			worth: 28,
			text: ({ step, lookup }) => stepWord(step.state, lookup.end !== undefined),
			paint: ({ step }) => stepPaint(step.state, theme),
		},
		{
			title: 'address',
			width: 15,
			grow: 21,
			worth: 30,
			text: ({ step }, width) => addressFor(step.host, step.port, width),
		},
		{
			title: 'bits',
			width: 4,
			worth: 26,
			right: true,
			text: ({ step }) => (step.commonBits === undefined ? '' : `${step.commonBits}b`),
		},
		{
			title: 'distance',
			width: 8,
			grow: 40,
			worth: 22,
			text: ({ step }, width) => short(step.distance ?? '', width),
			paint: () => theme.dim,
		},
		{ title: 'said', width: 12, grow: 34, worth: 25, text: ({ step }, width) => saidWords(step, width) },
		{
			title: 'took',
			width: 6,
			worth: 24,
			right: true,
			text: ({ step }) => tookWords(step, at),
			paint: ({ step }) => (step.answeredAt === undefined ? theme.dim : undefined),
		},
		{
			title: 'id',
			width: 6,
			worth: 20,
			text: ({ step }) => standingWord(step.standing),
			paint: ({ step }) => (step.standing === 'unverified' ? theme.warning : theme.dim),
		},
	]
}

/** From question to answer, or how long it is waited for. */
function tookWords({ state, askedAt, answeredAt }: LookupStepView, at: number): string {
	if (askedAt === undefined) return ''
	if (answeredAt !== undefined) return formatSpan(answeredAt - askedAt)
	return state === 'asked' || state === 'late' ? formatSpan(at - askedAt) : ''
}

/** What became of our announce, and what it named: as much of that as fits. */
function saidWords({ peersNamed, nodesNamed, nodesNew, announce }: LookupStepView, width: number): string {
	const parts = [
		...(announce === undefined ? [] : [announce === 'accepted' ? 'keeps us' : `announce ${announce}`]),
		...(peersNamed > 0 ? [formatCount(peersNamed, 'peer')] : []),
		...(nodesNamed > 0 ? [formatCount(nodesNamed, 'node')] : []),
		...(nodesNew > 0 ? [`${nodesNew} new`] : []),
	]
	for (let count = parts.length; count > 1; count -= 1) {
		const words = parts.slice(0, count).join(', ')
		if (words.length <= width) return words
	}
	return parts[0] ?? ''
}

function stepPaint(state: LookupStepState, theme: Theme): Paint | undefined {
	switch (state) {
		case 'answered':
			return theme.good
		case 'asked':
			return theme.accent
		case 'late':
			return theme.warning
		case 'silent':
		case 'wrong-id':
		case 'refused':
			return theme.bad
		case 'waiting':
		case 'unneeded':
			return theme.dim
	}
}

function bucketColumns({ theme, at }: DhtRowParts): Column<RowOf<'bucket'>>[] {
	const { glyphs } = theme
	return [
		{ title: '', width: 1, worth: 30, text: ({ isOpen }) => foldSign(isOpen, glyphs) },
		{
			title: 'bits',
			width: 4,
			worth: 29,
			right: true,
			text: ({ bucket }) => `${bucket.commonBits}${bucket.isLast ? '+' : ' '}`,
		},
		{ title: 'nodes', width: 8, worth: 28, text: ({ bucket }) => nodeSigns(bucket.nodes, glyphs) },
		{
			title: '',
			width: 8,
			worth: 27,
			right: true,
			text: ({ bucket }) => formatCount(bucket.nodes.length, 'node'),
		},
		{
			title: '',
			width: 11,
			worth: 20,
			text: ({ bucket }) => (bucket.replacements === 0 ? '' : `${bucket.replacements} waiting`),
			paint: () => theme.dim,
		},
		{
			title: '',
			width: 16,
			worth: 22,
			text: ({ bucket }) => `quiet ${formatClock(at - bucket.changedAt)}`,
			paint: () => theme.dim,
		},
	]
}

/** A sign a node: good, questionable, bad. */
export function nodeSigns(nodes: readonly DhtNodeView[], glyphs: Glyphs): string {
	return nodes.map(({ state }) => stateSign(state, glyphs)).join('')
}

function stateSign(state: NodeState, glyphs: Glyphs): string {
	switch (state) {
		case 'good':
			return glyphs.working
		case 'questionable':
			return glyphs.waiting
		case 'bad':
			return glyphs.failed
	}
}

function nodeColumns({ theme, at }: DhtRowParts): Column<RowOf<'node'>>[] {
	const { glyphs } = theme
	const paintOf = { good: theme.good, questionable: theme.warning, bad: theme.bad }
	return [
		{ title: '', width: 3, worth: 31, text: () => '' },
		{
			title: '',
			width: 1,
			worth: 29,
			text: ({ node }) => stateSign(node.state, glyphs),
			paint: ({ node }) => paintOf[node.state],
		},
		{
			title: 'address',
			width: 15,
			grow: 21,
			worth: 30,
			text: ({ node }, width) => addressFor(node.host, node.port, width),
		},
		{ title: 'id', width: 8, grow: 40, worth: 24, text: ({ node }, width) => short(node.id, width) },
		{
			title: 'fits',
			width: 6,
			worth: 26,
			text: ({ node }) => standingWord(node.standing),
			paint: ({ node }) => (node.standing === 'unverified' ? theme.warning : theme.dim),
		},
		{
			title: 'took',
			width: 6,
			worth: 25,
			right: true,
			text: ({ node }) => (node.roundTripMs === undefined ? '' : formatSpan(node.roundTripMs)),
		},
		{
			title: 'answered',
			width: 12,
			grow: 24,
			worth: 23,
			text: ({ node }) => answeredWords(node, at),
			paint: () => theme.dim,
		},
		{
			title: 'client',
			width: 10,
			grow: 20,
			worth: 15,
			text: ({ node }) => node.client ?? '',
			paint: () => theme.dim,
		},
	]
}

function answeredWords({ failures, answeredAt, queriedAt }: DhtNodeView, at: number): string {
	if (failures > 0) return `silent ${failures} times`
	const asked = queriedAt === undefined ? '' : `, asked us ${formatClock(at - queriedAt)}`
	return `${formatClock(at - answeredAt)} ago${asked}`
}

function foldSign(isOpen: boolean, glyphs: Glyphs): string {
	return isOpen ? glyphs.open : glyphs.closed
}

/** As many of the first digits as fit. */
function short(digits: string, width: number): string {
	return digits.slice(0, width)
}

function addressFor(host: string, port: number, width: number): string {
	const address = formatAddress(host, port)
	return address.length <= width ? address : host
}
