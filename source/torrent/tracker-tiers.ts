// Which trackers take turns, and in what order (BEP 12). Each tier is shuffled once, when it is loaded;
// afterwards only success moves a tracker, to the front of its own tier.
//
// A departure from BEP 12: tiers do not wait for each other. Each tier keeps one working tracker, as the
// trackers of different tiers often know different peers. Private torrents keep to one at a time.

import type { TrackerNumber } from '../protocol/ids.ts'
import type { AnnouncerOptions, TrackerGroup } from './announcer-state.ts'
import { type RandomState, shuffle } from './random.ts'

/** The trackers in tiers, each shuffled; doubles keep their first place, empty tiers are dropped. */
export function shuffledTiers(
	tiers: readonly (readonly TrackerNumber[])[],
	random: RandomState,
): TrackerNumber[][] {
	const seen = new Set<TrackerNumber>()
	const shuffled: TrackerNumber[][] = []
	for (const tier of tiers) {
		const fresh = tier.filter(tracker => !seen.has(tracker) && seen.add(tracker))
		if (fresh.length === 0) continue
		shuffle(fresh, random)
		shuffled.push(fresh)
	}
	return shuffled
}

/** Who takes turns with whom: all trackers of a private torrent, else those of a tier, else nobody. */
export function makeGroups(
	tiers: readonly TrackerNumber[][],
	options: Pick<AnnouncerOptions, 'private' | 'announceAll'>,
): TrackerGroup[] {
	const idle = { working: undefined, requested: false }
	if (options.private) return tiers.length === 0 ? [] : [{ tiers: [...tiers], ...idle }]
	if (options.announceAll) return tiers.flat().map(tracker => ({ tiers: [[tracker]], ...idle }))
	return tiers.map(tier => ({ tiers: [tier], ...idle }))
}

/** Brings a tracker to the front of its own tier. */
export function promote(group: TrackerGroup, tracker: TrackerNumber): void {
	for (const tier of group.tiers) {
		const place = tier.indexOf(tracker)
		if (place > 0) {
			tier.splice(place, 1)
			tier.unshift(tracker)
		}
	}
}
