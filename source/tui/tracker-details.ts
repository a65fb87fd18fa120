// All that is known of one tracker, in sentences: the page behind its row.
import { explain } from '../inspect/explain.ts'
import { formatClock, formatCount, formatSpan } from '../inspect/units.ts'
import type { TrackerView } from '../torrent/snapshot.ts'

/** What it is, how it failed, what happens next, what it told. */
export function trackerDetails(view: TrackerView, at: number): string[] {
	const { url, tier, event, reason } = view
	const now =
		event === undefined ? explain(reason, at) : `announcing ${event === '' ? 'as at every interval' : event}`
	const said = view.message === undefined ? '' : `: ${view.message}`
	return [
		`${url}  tier ${tier + 1}`,
		...(view.failures > 0 ? [`failed ${formatCount(view.failures, 'time')} in a row${said}`] : []),
		`now: ${now}`,
		answerWords(view, at),
		...(view.failures === 0 && said !== '' ? [`it says${said}`] : []),
	]
}

function answerWords(view: TrackerView, at: number): string {
	if (view.lastAnnouncedAt === undefined) return 'it has not answered yet'
	const counts = [
		count(view.seeders, 'seed'),
		count(view.leechers, 'leecher'),
		count(view.downloads, 'download'),
		view.peersReceived === undefined ? '' : `gave us ${formatCount(view.peersReceived, 'peer')}`,
	].filter(part => part !== '')
	const took = view.roundTripMs === undefined ? '' : ` in ${formatSpan(view.roundTripMs)}`
	return `answered ${formatClock(at - view.lastAnnouncedAt)} ago${took}: ${counts.join(', ')}`
}

function count(value: number | undefined, noun: string): string {
	return value === undefined ? '' : formatCount(value, noun)
}
