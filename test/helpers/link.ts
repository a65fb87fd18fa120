// A link with a peer at its end, reduced to two figures: the peer answers requests in order, blocks leave one
// behind the other at the link's rate, and each way takes half the round trip. Time is counted, not waited for.
import { blockBytes } from '../../source/protocol/message.ts'
import {
	blockReceived,
	createPipeline,
	type Pipeline,
	requestsSent,
	wantsRefill,
} from '../../source/torrent/pipeline.ts'
import type { WindowOptions } from '../../source/torrent/request-window.ts'

export type Link = {
	bytesPerSecond: number
	roundTripMs: number
	readonly pipeline: Pipeline
	now: number
	received: number
	/** Blocks on their way, in order of arrival. */
	readonly coming: { readonly block: number; readonly at: number }[]
	nextBlock: number
	freeAt: number
	largestWindow: number
	refills: number[]
}

export function createLink(
	figures: { bytesPerSecond: number; roundTripMs: number },
	options: WindowOptions,
): Link {
	const link: Link = {
		...figures,
		pipeline: createPipeline(options),
		now: 0,
		received: 0,
		coming: [],
		nextBlock: 0,
		freeAt: 0,
		largestWindow: 0,
		refills: [],
	}
	ask(link)
	return link
}

/** Lets the link run for `ms`; the bytes that came. */
export function run(link: Link, ms: number): number {
	const until = link.now + ms
	const before = link.received
	for (let next = link.coming[0]; next !== undefined && next.at <= until; next = link.coming[0]) {
		link.coming.shift()
		link.now = next.at
		link.received += blockBytes
		blockReceived(link.pipeline, { block: next.block, bytes: blockBytes }, link.now)
		link.largestWindow = Math.max(link.largestWindow, link.pipeline.window)
		ask(link)
	}
	link.now = until
	return link.received - before
}

/** Blocks on the wire that just fill the link. */
export function productBlocks(link: Link): number {
	return (link.bytesPerSecond * link.roundTripMs) / 1000 / blockBytes
}

function ask(link: Link): void {
	const count = wantsRefill(link.pipeline, link.now)
	if (count === 0) return
	link.refills.push(count)
	const requests = Array.from({ length: count }, (_, at) => ({
		id: link.nextBlock + at,
		block: link.nextBlock + at,
	}))
	requestsSent(link.pipeline, requests, link.now)
	for (const { block } of requests) {
		const arrivesAt = link.now + link.roundTripMs / 2
		link.freeAt = Math.max(link.freeAt, arrivesAt) + (blockBytes * 1000) / link.bytesPerSecond
		link.coming.push({ block, at: link.freeAt + link.roundTripMs / 2 })
	}
	link.nextBlock += count
}
