// A tracker as a row: how it stands, what it told, when it is asked again and why not sooner.
import { explain } from '../inspect/explain.ts'
import { formatClock, formatCount, formatSpan } from '../inspect/units.ts'
import type { TrackerView } from '../torrent/snapshot.ts'
import type { Column } from './table.ts'
import type { Theme } from './theme.ts'

export type TrackerRow = { readonly view: TrackerView; readonly at: number }

/** Below this width an address is worth less than when the tracker is asked again. */
const narrowBelow = 46

/** All columns of the tracker table for a width, in their order on screen. */
export function trackerColumns(theme: Theme, width = narrowBelow): Column<TrackerRow>[] {
	const isNarrow = width < narrowBelow
	return [
		{
			title: '',
			width: 1,
			worth: 20,
			text: ({ view }) => mark(view, theme),
			paint: ({ view }) => markPaint(view, theme),
		},
		{ title: 'tracker', width: isNarrow ? 12 : 24, grow: 60, worth: 19, text: ({ view }) => view.url },
		{ title: 'tier', width: 7, worth: 9, text: ({ view }) => `tier ${view.tier + 1}` },
		{
			title: 'said',
			width: 22,
			grow: 30,
			worth: 15,
			text: ({ view }) => answer(view),
			paint: ({ view }) => (view.status === 'failed' ? theme.bad : undefined),
		},
		{
			title: 'asked',
			width: 10,
			worth: 8,
			right: true,
			text: ({ view, at }) =>
				view.lastAnnouncedAt === undefined ? '' : `${formatClock(at - view.lastAnnouncedAt)} ago`,
			paint: () => theme.dim,
		},
		{
			title: 'then',
			width: isNarrow ? 16 : 18,
			grow: 40,
			worth: 18,
			text: ({ view, at }) => explain(view.reason, at),
			paint: ({ view }) => (view.status === 'failed' ? theme.warning : undefined),
		},
		...(isNarrow ? [] : [tookColumn]),
	]
}

const tookColumn: Column<TrackerRow> = {
	title: 'took',
	width: 6,
	worth: 10,
	right: true,
	text: ({ view }) => (view.roundTripMs === undefined ? '' : formatSpan(view.roundTripMs)),
}

function mark({ status }: TrackerView, { glyphs }: Theme): string {
	switch (status) {
		case 'working':
			return glyphs.working
		case 'announcing':
			return glyphs.right
		case 'failed':
			return glyphs.failed
		case 'idle':
		case 'unused':
		case 'stopped':
			return glyphs.waiting
	}
}

function markPaint({ status }: TrackerView, theme: Theme): ((text: string) => string) | undefined {
	if (status === 'working') return theme.good
	if (status === 'failed') return theme.bad
	return status === 'unused' || status === 'stopped' ? theme.dim : undefined
}

function answer(view: TrackerView): string {
	if (view.status === 'failed') return view.message ?? 'no answer'
	if (view.lastAnnouncedAt === undefined) return view.message ?? ''
	const seeds = view.seeders === undefined ? '' : formatCount(view.seeders, 'seed')
	const peers =
		view.leechers === undefined
			? formatCount(view.peersReceived ?? 0, 'peer')
			: formatCount(view.leechers, 'leecher')
	return seeds === '' ? peers : `${seeds.padEnd(9)} ${peers}`
}
