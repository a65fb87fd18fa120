// What a tracker of the practice swarm knows and says, whatever carries it: swarms, connection ids of UDP clients,
// and the mood that it is in.
import type { Clock, RandomSource } from '../engine/environment.ts'
import { type Address, addressKey } from '../protocol/address.ts'
import type { ScrapeCounts } from '../protocol/announce.ts'
import type { InfoHash } from '../protocol/ids.ts'
import type { AddressFamily } from '../protocol/udp-tracker.ts'
import type { AnnounceAnswer } from './tracker-http-codec.ts'
import {
	countsOf,
	forgetSilentPeers,
	type ReceivedAnnounce,
	recordAnnounce,
	type TrackerSwarms,
} from './tracker-swarms.ts'
import {
	decodeUdpRequest,
	encodeAnnounced,
	encodeConnected,
	encodeError,
	encodeScraped,
	type UdpRequest,
} from './tracker-udp-codec.ts'

/** How a tracker behaves until it is told otherwise. */
export type TrackerMood =
	| { readonly type: 'well' }
	| { readonly type: 'silent' }
	| { readonly type: 'refusing'; readonly reason: string }
	| { readonly type: 'warning'; readonly text: string }
	| { readonly type: 'slow'; readonly delayMs: number }

export type TrackerDeskOptions = {
	readonly clock: Clock
	readonly random: RandomSource
	readonly intervalS: number
	readonly minIntervalS: number
	/** Hears every announce that is answered. */
	readonly onAnnounce?: (announce: ReceivedAnnounce, transport: 'http' | 'udp') => void
}

// BEP 15: a client may use a connection id for one minute, a tracker takes it for two.
const connectionIdLifetimeMs = 120_000
const silentIntervals = 2

export class TrackerDesk {
	readonly #options: TrackerDeskOptions
	readonly #swarms: TrackerSwarms = new Map()
	readonly #connectionIds = new Map<string, { readonly id: bigint; readonly givenAt: number }>()
	readonly #timers = new Set<() => void>()
	#mood: TrackerMood = { type: 'well' }

	constructor(options: TrackerDeskOptions) {
		this.#options = options
	}

	/** Behaves so from the next request on. */
	setMood(mood: TrackerMood): void {
		this.#mood = mood
	}

	/** Knows of a peer as if it had announced, whatever the mood. */
	enter(announce: ReceivedAnnounce): void {
		recordAnnounce(this.#swarms, announce, this.#options.clock.now())
	}

	/** What it would answer to a scrape. */
	counts(infoHash: InfoHash): ScrapeCounts | undefined {
		return countsOf(this.#swarms, infoHash)
	}

	/** Calls `answer` when and as the mood allows; with `refusal` that is all there is to say. */
	inMood(answer: (refusal: string | undefined) => void): void {
		const mood = this.#mood
		switch (mood.type) {
			case 'silent':
				return
			case 'refusing':
				answer(mood.reason)
				return
			case 'slow': {
				const cancel = this.#options.clock.after(mood.delayMs, () => {
					this.#timers.delete(cancel)
					answer(undefined)
				})
				this.#timers.add(cancel)
				return
			}
			case 'warning':
			case 'well':
				answer(undefined)
		}
	}

	/** Takes an announce in and answers it. */
	take(announce: ReceivedAnnounce, transport: 'http' | 'udp'): AnnounceAnswer {
		const { clock, intervalS, minIntervalS, onAnnounce } = this.#options
		onAnnounce?.(announce, transport)
		const now = clock.now()
		forgetSilentPeers(this.#swarms, now - silentIntervals * intervalS * 1000)
		const peers = recordAnnounce(this.#swarms, announce, now)
		const counts = this.counts(announce.infoHash) ?? {}
		const warning = this.#mood.type === 'warning' ? this.#mood.text : undefined
		return { intervalS, minIntervalS, counts, peers, warning }
	}

	/** Calls `send` with what a datagram is worth; never for what is no request. */
	takeDatagram(bytes: Uint8Array, sender: Address, send: (answer: Uint8Array) => void): void {
		const request = decodeUdpRequest(bytes, sender.host)
		if (request === undefined) return
		this.inMood(refusal => {
			send(
				refusal === undefined
					? this.#answerDatagram(request, sender)
					: encodeError(request.transactionId, refusal),
			)
		})
	}

	/** Answers that were to come late never come. */
	close(): void {
		for (const cancel of this.#timers) cancel()
	}

	#answerDatagram(request: UdpRequest, sender: Address): Uint8Array {
		const { clock, random } = this.#options
		const key = addressKey(sender)
		const { transactionId } = request
		if (request.type === 'connect') {
			const id = (BigInt(random.uint32()) << 32n) | BigInt(random.uint32())
			this.#connectionIds.set(key, { id, givenAt: clock.now() })
			return encodeConnected(transactionId, id)
		}
		const known = this.#connectionIds.get(key)
		if (known?.id !== request.connectionId || clock.now() - known.givenAt > connectionIdLifetimeMs) {
			return encodeError(transactionId, 'connection id mismatch')
		}
		if (request.type === 'scrape') {
			return encodeScraped(
				transactionId,
				request.infoHashes.map(infoHash => this.counts(infoHash) ?? {}),
			)
		}
		const family: AddressFamily = sender.host.includes(':') ? 6 : 4
		return encodeAnnounced(transactionId, this.take(request.announce, 'udp'), family)
	}
}
