// A message of the wire as a row: when, which way, with whom, what, and how long it took or why it was sent.
import { describeMessage } from '../inspect/describe.ts'
import { explain } from '../inspect/explain.ts'
import { formatAddress, formatSpan } from '../inspect/units.ts'
import type { WireRow } from '../torrent/snapshot.ts'
import type { Column } from './table.ts'
import type { Theme } from './theme.ts'

/** From this width on a message's type, its fields, its latency and its reason stand in columns of their own. */
const splitFrom = 92

/** All columns of the wire log for a width, in their order on screen. */
export function wireColumns(theme: Theme, startedAt: number, width = 0): Column<WireRow>[] {
	const { glyphs } = theme
	return [
		{
			title: 'time',
			width: 9,
			worth: 10,
			right: true,
			text: ({ at }) => formatStamp(at - startedAt),
			paint: () => theme.dim,
		},
		{
			title: '',
			width: 1,
			worth: 20,
			text: ({ direction }) => (direction === 'in' ? glyphs.left : glyphs.right),
			paint: ({ direction }) => (direction === 'in' ? theme.down : theme.up),
		},
		{
			title: 'peer',
			width: 15,
			grow: 21,
			worth: 18,
			text: ({ host, port }, width) => addressFor(host, port, width),
		},
		...(width < splitFrom ? narrowColumns(theme) : wideColumns(theme)),
	]
}

/** In one column each what is said and what is known about it. */
function narrowColumns(theme: Theme): Column<WireRow>[] {
	return [
		{
			title: 'message',
			width: 24,
			grow: 44,
			worth: 19,
			text: ({ message }) => messageWords(message),
			paint: ({ message }) => (isRoutine(message) ? undefined : theme.bold),
		},
		{
			title: 'took or why',
			width: 19,
			grow: 36,
			worth: 15,
			text: row => afterwards(row),
			paint: () => theme.dim,
		},
	]
}

function wideColumns(theme: Theme): Column<WireRow>[] {
	return [
		{
			title: 'message',
			width: 14,
			worth: 19,
			text: ({ message }, width) => fitType(messageWords(message), width),
			paint: ({ message }) => (isRoutine(message) ? undefined : theme.bold),
		},
		{
			title: 'fields',
			width: 22,
			grow: 28,
			worth: 18.5,
			text: ({ message }) => fieldWords(messageWords(message)),
		},
		{
			title: 'took',
			width: 6,
			worth: 14,
			right: true,
			text: ({ latencyMs }) => (latencyMs === undefined ? '' : formatSpan(latencyMs)),
		},
		{
			title: 'why',
			width: 17,
			grow: 36,
			worth: 15,
			text: row => whyWords(row),
			paint: () => theme.dim,
		},
	]
}

/** Minutes, seconds and milliseconds since the start: `1:02.345`. */
export function formatStamp(ms: number): string {
	const whole = Math.max(0, Math.floor(ms))
	const seconds = String(Math.floor(whole / 1000) % 60).padStart(2, '0')
	return `${Math.floor(whole / 60_000)}:${seconds}.${String(whole % 1000).padStart(3, '0')}`
}

/** A message in the words of its row. */
export function messageWords(message: WireRow['message']): string {
	return describeMessage(message)
}

/** How long it took, or why it was sent. */
export function afterwards(row: WireRow): string {
	return row.latencyMs === undefined ? whyWords(row) : `${formatSpan(row.latencyMs)} after asked`
}

/** Why it was sent, or what is wrong with it. */
function whyWords({ reason, fault, at }: WireRow): string {
	if (fault !== undefined) return fault
	return reason === undefined ? '' : explain(reason, at)
}

/** Blocks and what announces them come by the thousand; the rest stands out. */
function isRoutine({ type }: WireRow['message']): boolean {
	return (
		type === 'piece' || type === 'request' || type === 'have' || type === 'cancel' || type === 'keepAlive'
	)
}

/** The name of a message: its words up to the first number, of what goes on beside the peers its kind. */
const typePattern =
	/^(?:(?:dht|udp|mse|local) [a-z]+|http|datagram)(?= |$)|^(?:[a-z-]+ )*?[a-z-]+(?= [#\d]|$)/u

function fitType(words: string, width: number): string {
	const type = typePattern.exec(words)?.[0] ?? words
	return type.length <= width ? type : type.replace('extended', 'ext')
}

function fieldWords(words: string): string {
	return words.slice(typePattern.exec(words)?.[0].length ?? words.length).trimStart()
}

function addressFor(host: string, port: number, width: number): string {
	const address = formatAddress(host, port)
	return address.length <= width ? address : host
}
