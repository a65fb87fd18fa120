// What the letters, signs and columns of each pane mean, for the help page: stands beside what draws them.
import type { PaneName } from './pane-names.ts'
import { mostTold } from './piece-map.ts'
import type { Glyphs } from './theme.ts'

/** A sign as it is on screen, and what it says. */
export type LegendEntry = readonly [sign: string, meaning: string]

/** What one sees in a pane, in the order in which one asks. */
export function legendOf(pane: PaneName, glyphs: Glyphs): readonly LegendEntry[] {
	switch (pane) {
		case 'trackers':
			return trackerLegend(glyphs)
		case 'peers':
			return peerLegend(glyphs)
		case 'pipeline':
			return pipelineLegend(glyphs)
		case 'pieces':
			return pieceLegend(glyphs)
		case 'wire':
			return wireLegend(glyphs)
		case 'events':
			return [
				['time', 'by the clock here'],
				[glyphs.working, 'good: data came, or works'],
				['!', 'a warning, or a lesson'],
				[glyphs.failed, 'bad: a ban, the disk'],
				['N pieces', 'one after the other'],
			]
		case 'files':
			return [
				['size', 'of the whole file'],
				['done', 'verified and written'],
				['not wanted', 'left out by --only'],
			]
		case 'dht':
			return dhtLegend(glyphs)
		case 'graphs':
			return [
				[glyphs.down, 'download, a sample a second'],
				[glyphs.up, 'upload'],
				['in flight', 'requests of all peers'],
				['scale', 'on the left; newest right'],
			]
	}
}

/** What the header shows on every screen. */
export function headerLegend({ pieces, barFull, barEmpty }: Glyphs): readonly LegendEntry[] {
	const [, none, some, most, all] = pieces
	return [
		[barFull + barEmpty, 'what is here, time left'],
		[`${all}${most}${some}${none}`, 'all, most, some, none here'],
		['copies', 'whole copies in the swarm'],
		['endgame', 'last blocks, asked twice'],
	]
}

function peerLegend({ gaugeFull, gaugeEmpty, down, up, none }: Glyphs): readonly LegendEntry[] {
	return [
		['flags 1', 'download from it:'],
		['D', 'it lets us, we ask'],
		['d', 'we want, it chokes us'],
		['K', 'it would, we want nothing'],
		['flags 2', 'upload to it:'],
		['U', 'we let it, it asks'],
		['u', 'it wants, we choke it'],
		['?', 'we would, it wants nothing'],
		['flags 3-5', 'what else it is:'],
		['S', 'snubbed: owes us blocks'],
		['O', 'optimistic: gets a try'],
		['E', 'encrypted'],
		['e', 'begun encrypted'],
		['I', 'came in by itself'],
		[none, 'none of these'],
		['has', 'its share of the pieces'],
		[down, 'what comes from it'],
		[up, 'what goes to it'],
		[gaugeFull + gaugeEmpty, 'in flight, of its window;'],
		['', 'else why none is asked'],
		['8/3', 'its window shrank since'],
		['block', 'from request to block'],
		['asks', 'its requests wait for us'],
		['got gave', 'bytes since it is connected'],
	]
}

function trackerLegend({ working, failed, waiting, right }: Glyphs): readonly LegendEntry[] {
	return [
		[working, 'answered'],
		[right, 'is being asked'],
		[failed, 'failed; what it said'],
		[waiting, 'waits, or is not used'],
		['tier', 'the lowest is asked first'],
		['seeds', 'and peers it counted'],
		['again in', 'until it is asked again'],
		['took', 'its last round trip'],
	]
}

function pipelineLegend({ gaugeFull, gaugeEmpty }: Glyphs): readonly LegendEntry[] {
	return [
		[gaugeFull + gaugeEmpty, 'in flight, of the window'],
		['window', 'how many may be in flight:'],
		['', 'three seconds of its rate'],
		['8/3', 'it was larger when asked'],
		['oldest', 'request without an answer'],
		['open', 'pieces that are begun'],
		['hashing', 'whole pieces being checked'],
		['we:', 'what we do for this peer'],
	]
}

function dhtLegend({ working, waiting, failed, open }: Glyphs): readonly LegendEntry[] {
	return [
		['peers', 'lookup: who has a torrent'],
		['announce', 'the same, and tell them'],
		['join', 'our way into the DHT'],
		['3/5', 'answered, of those asked'],
		[`${open} 2`, 'round: hops from our table'],
		['12b', 'bits in common with it:'],
		['', 'the more, the closer'],
		['0007a3f1', 'XOR with what is looked for'],
		['late', 'another is asked meanwhile'],
		['spared', 'closer ones had answered'],
		['fits', 'id was made for the address'],
		[`${working}${waiting}${failed}`, 'good, questionable, bad'],
		['waiting', 'for a place in the bucket'],
	]
}

function pieceLegend({ gaugeFull, gaugeEmpty, levels, common, times }: Glyphs): readonly LegendEntry[] {
	const top = levels.length - 1
	return [
		['map', 'a sign a piece, or a few:'],
		[`${levels[top] ?? ''} ${levels[Math.round(top / 2)] ?? ''}`, 'here; begun, and how far'],
		[`0-${mostTold}`, 'copies of a missing piece'],
		[common, 'missing, with more copies'],
		[times, 'not wanted'],
		['rarest', 'missing, with fewest copies'],
		['blocks', `${gaugeFull} came, ${gaugeEmpty} asked for`],
		['came', 'blocks here, of all'],
		['why', 'why the piece was picked'],
	]
}

function wireLegend({ left, right }: Glyphs): readonly LegendEntry[] {
	return [
		['time', 'since the start'],
		[left, 'from the peer to us'],
		[right, 'from us to the peer'],
		['#812', 'number of the piece'],
		['@0x4000', 'where the block begins'],
		['16 KiB', 'length of the block'],
		['took', 'since it was asked for'],
		['why', 'why we sent it'],
		['held', 'stands still to be read'],
	]
}
