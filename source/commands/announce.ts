// `swarmscope announce`: asks each tracker of a torrent once, as somebody who has just come and leaves again,
// and prints what they answer.
import type { AnnounceRequest, AnnounceResponse, TrackerFailure } from '../protocol/announce.ts'
import type { DatagramSocket, Environment } from '../engine/environment.ts'
import { createPeerId } from '../engine/identity.ts'
import { maskUrl } from '../engine/mask-url.ts'
import { createTrackerClient } from '../engine/tracker-client.ts'
import { version } from '../engine/version.ts'
import { formatCount } from '../inspect/units.ts'
import type { InfoHash } from '../protocol/ids.ts'
import type { MagnetLink } from '../protocol/magnet.ts'
import { blockBytes } from '../protocol/message.ts'
import { safeText } from '../protocol/safe-text.ts'
import type { KnownTorrent } from './read-metainfo.ts'

export type AnnounceReport = {
	readonly url: string
	readonly tier: number
	readonly roundTripMs: number
	readonly answer: AnnounceResponse | TrackerFailure
}

/** What trackers are told and asked about. */
export type Announced = {
	readonly infoHash: InfoHash
	readonly tiers: readonly (readonly string[])[]
	/** Bytes that are missing. */
	readonly left: number
}

/** A torrent, or as much as a link says of it: who does not know its size says that a block is missing. */
export function announcedOf(torrent: KnownTorrent | MagnetLink): Announced | undefined {
	if ('metainfo' in torrent) {
		const { infoHash, metainfo } = torrent
		return { infoHash, tiers: metainfo.tiers, left: metainfo.geometry.totalBytes }
	}
	const { infoHash, trackers } = torrent
	return infoHash && { infoHash, tiers: trackers.map(url => [url]), left: blockBytes }
}

/** All trackers at the same time; in the order of the torrent. */
export async function announceOnce(
	{ infoHash, tiers, left }: Announced,
	environment: Environment,
	signal: AbortSignal,
): Promise<AnnounceReport[]> {
	const { clock, random, resolver, datagrams } = environment
	const bound = await Promise.all([datagrams.bind('0.0.0.0', 0), datagrams.bind('::', 0)])
	const [four, six] = bound.map((outcome): DatagramSocket | undefined =>
		outcome.ok ? outcome.value : undefined,
	)
	const client = createTrackerClient({
		clock,
		random,
		resolver,
		version,
		udpSocket: family => (family === 4 ? four : six),
	})
	const request: AnnounceRequest = {
		infoHash,
		peerId: createPeerId(random),
		port: 6881,
		uploaded: 0,
		downloaded: 0,
		left,
		event: 'started',
		numwant: 50,
		key: random.uint32(),
	}
	const trackers = tiers.flatMap((urls, tier) => urls.map(url => ({ url, tier })))
	try {
		return await Promise.all(
			trackers.map(async ({ url, tier }) => {
				const askedAt = clock.now()
				const answer = await client.announce(url, request, { signal })
				const roundTripMs = Math.round(clock.now() - askedAt)
				// We do not listen: nobody should be sent to us.
				if (answer.type === 'announced')
					await client.announce(
						url,
						{ ...request, event: 'stopped', numwant: 0 },
						{ signal, timeoutMs: 2000 },
					)
				return { url, tier, roundTripMs, answer }
			}),
		)
	} finally {
		await Promise.all([four?.close(), six?.close()])
	}
}

/** One object a tracker for `--json`. */
export function announceObject({
	url,
	tier,
	roundTripMs,
	answer,
}: AnnounceReport): Readonly<Record<string, unknown>> {
	const { type, ...rest } = answer
	return { version: 1, type, tracker: maskUrl(url), tier, roundTripMs, ...rest, trackerId: undefined }
}

/** A line a tracker. */
export function announceLine({ url, tier, roundTripMs, answer }: AnnounceReport): string {
	const head = `tier ${tier + 1}  ${maskUrl(url)}`
	if (answer.type === 'failed') return `${head}  failed (${answer.code}): ${answer.message}`
	const counts = [
		countOf(answer.seeders, 'seed'),
		countOf(answer.leechers, 'leecher'),
		formatCount(answer.peers.length, 'peer'),
	].join('  ')
	const interval = answer.intervalS === undefined ? '' : `  every ${answer.intervalS} s`
	const warning = answer.warning === undefined ? '' : safeText(`  warning: ${answer.warning}`)
	return `${head}  ${counts}${interval}  ${roundTripMs} ms${warning}`
}

function countOf(count: number | undefined, noun: string): string {
	return count === undefined ? `? ${noun}s` : formatCount(count, noun)
}
