// What can be asked of a tracker.
import { explain } from '../../inspect/explain.ts'
import type { TrackerRow } from '../tracker-row.ts'
import { createFieldTable } from './field.ts'

/** Trackers as the tracker pane lists them. */
export const trackerFields = createFieldTable<TrackerRow>({
	natural: 'tier',
	fields: [
		{ name: 'url', help: 'its address', type: 'text', sort: 'lowest', of: ({ view }) => view.url },
		{
			name: 'status',
			help: 'working, failed, idle …',
			type: 'text',
			sort: 'lowest',
			of: ({ view }) => view.status,
		},
		{
			name: 'failed',
			help: 'the last announce failed',
			type: 'flag',
			of: ({ view }) => view.status === 'failed',
		},
		{ name: 'working', help: 'it answered', type: 'flag', of: ({ view }) => view.status === 'working' },
		{
			name: 'seeds',
			help: 'that it knows',
			type: 'number',
			unit: 'count',
			sort: 'highest',
			of: ({ view }) => view.seeders,
		},
		{
			name: 'leechers',
			help: 'that it knows',
			type: 'number',
			unit: 'count',
			sort: 'highest',
			of: ({ view }) => view.leechers,
		},
		{
			name: 'took',
			help: 'round trip',
			type: 'number',
			unit: 'time',
			sort: 'lowest',
			of: ({ view }) => view.roundTripMs,
		},
		{
			name: 'next',
			help: 'until it is asked again',
			type: 'number',
			unit: 'time',
			sort: 'lowest',
			of: ({ view, at }) =>
				view.nextAnnounceAt === undefined ? undefined : Math.max(0, view.nextAnnounceAt - at),
		},
		{
			name: 'failures',
			help: 'in a row',
			type: 'number',
			unit: 'count',
			sort: 'highest',
			of: ({ view }) => view.failures,
		},
		{
			name: 'tier',
			help: 'its tier, from 1',
			type: 'number',
			unit: 'count',
			of: ({ view }) => view.tier + 1,
		},
		{ name: 'message', help: 'what it said', type: 'text', of: ({ view }) => view.message ?? '' },
	],
	text: ({ view, at }) => `${view.url} ${view.status} ${view.message ?? ''} ${explain(view.reason, at)}`,
	examples: ['failed', 'seeds>10', 'udp', 'next<1m'],
})
