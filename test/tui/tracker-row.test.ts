import { expect, it } from 'vitest'
import { trackerColumns } from '../../source/tui/tracker-row.ts'
import { createTheme } from '../../source/tui/theme.ts'
import type { TrackerView } from '../../source/torrent/snapshot.ts'
import { createFakeEngine } from '../helpers/fake-engine.ts'

const said = (change: Partial<TrackerView>): string => {
	const [tracker] = createFakeEngine({ peers: 1 }).slices().trackers.trackers
	if (tracker === undefined) throw new Error('expected a tracker')
	const view: TrackerView = { ...tracker, status: 'working', lastAnnouncedAt: 0, ...change }
	const column = trackerColumns(createTheme({ color: false, ascii: false })).find(
		({ title }) => title === 'said',
	)
	return column?.text({ view, at: 0 }, 40) ?? ''
}

it.each([
	[{ seeders: 1, leechers: 1 }, '1 seed    1 leecher'],
	[{ seeders: 2, leechers: 0 }, '2 seeds   0 leechers'],
	[{ seeders: undefined, leechers: undefined, peersReceived: 1 }, '1 peer'],
])('what a tracker said of %j is counted in words', (change, words) => {
	expect(said(change)).toBe(words)
})
