// Announces and scrapes of one torrent that are under way: at most one announce a tracker, and a later order
// takes the place of an earlier one, whose result nobody may hear any more.
import type { AnnounceRequest } from '../protocol/announce.ts'
import type { InfoHash, PeerId, TrackerNumber } from '../protocol/ids.ts'
import type { Effect, Input } from '../torrent/boundary.ts'
import type { TrackerClient } from './tracker-client.ts'

export type TrackerExchangesOptions = {
	readonly client: TrackerClient
	/** By tracker number. */
	readonly urls: readonly string[]
	readonly infoHash: InfoHash
	readonly peerId: PeerId
	readonly key: number
	readonly port: () => number | undefined
	readonly feed: (input: Input) => void
}

export class TrackerExchanges {
	readonly #options: TrackerExchangesOptions
	readonly #announces = new Map<TrackerNumber, AbortController>()
	/** One each: a signal that many listen to looks like a leak to Node. */
	readonly #scrapes = new Set<AbortController>()

	constructor(options: TrackerExchangesOptions) {
		this.#options = options
	}

	/** Announces that have not ended. */
	get announcing(): number {
		return this.#announces.size
	}

	/** Ends everything that is under way. */
	abandon(): void {
		for (const exchange of [...this.#scrapes, ...this.#announces.values()]) exchange.abort()
	}

	/** Resolves when the tracker was heard or gave up; the result is an input. */
	async announce(effect: Extract<Effect, { type: 'Announce' }>): Promise<void> {
		const { client, infoHash, peerId, key, port, feed } = this.#options
		const { order } = effect
		const { tracker } = order
		const request: AnnounceRequest = {
			infoHash,
			peerId,
			port: port() ?? 0,
			uploaded: effect.uploadedBytes,
			downloaded: effect.downloadedBytes,
			left: effect.leftBytes,
			event: order.event,
			numwant: order.numwant,
			key,
			...(order.trackerId === undefined ? {} : { trackerId: order.trackerId }),
		}
		this.#announces.get(tracker)?.abort()
		const abort = new AbortController()
		this.#announces.set(tracker, abort)
		const answer = await client.announce(this.#urlOf(tracker), request, { signal: abort.signal })
		if (this.#announces.get(tracker) !== abort) return
		this.#announces.delete(tracker)
		if (answer.type === 'announced') feed({ type: 'AnnounceSucceeded', tracker, response: answer })
		else feed({ type: 'AnnounceFailed', tracker, failure: answer })
	}

	/** Resolves when the tracker was heard or gave up; counts are an input. */
	async scrape(tracker: TrackerNumber): Promise<void> {
		const { client, infoHash, feed } = this.#options
		const abort = new AbortController()
		this.#scrapes.add(abort)
		const answer = await client.scrape(this.#urlOf(tracker), [infoHash], { signal: abort.signal })
		this.#scrapes.delete(abort)
		const counts = answer.type === 'scraped' ? answer.swarms[0] : undefined
		if (counts !== undefined) feed({ type: 'ScrapeSucceeded', tracker, counts })
	}

	#urlOf(tracker: TrackerNumber): string {
		return this.#options.urls[tracker] ?? ''
	}
}
