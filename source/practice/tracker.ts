// The tracker of the practice swarm: HTTP and UDP on one host, the same swarms behind both. It behaves well
// until it is told to be silent, to refuse, to warn or to be slow.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Clock, RandomSource } from '../engine/environment.ts'
import { addressKey, formatHost, parseHost } from '../protocol/address.ts'
import type { ScrapeCounts } from '../protocol/announce.ts'
import type { InfoHash } from '../protocol/ids.ts'
import type { AddressFamily } from '../protocol/udp-tracker.ts'
import {
	type AnnounceAnswer,
	encodeAnnounceBody,
	encodeFailureBody,
	encodeScrapeBody,
	parseAnnounceQuery,
	parseScrapeQuery,
} from './tracker-http-codec.ts'
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

/** How a tracker behaves for now. */
export type TrackerMood =
	| { readonly type: 'well' }
	| { readonly type: 'silent' }
	| { readonly type: 'refusing'; readonly reason: string }
	| { readonly type: 'warning'; readonly text: string }
	| { readonly type: 'slow'; readonly delayMs: number }

export type PracticeTrackerOptions = {
	readonly clock: Clock
	readonly random: RandomSource
	/** 127.0.0.1 unless told. */
	readonly host?: string
	/** 0 takes free ports. */
	readonly httpPort?: number
	readonly udpPort?: number
	readonly intervalS: number
	readonly minIntervalS: number
	/** Hears every announce that is well formed, whatever the mood. */
	readonly onAnnounce?: (announce: ReceivedAnnounce, transport: 'http' | 'udp') => void
}

// BEP 15: a client may use a connection id for one minute, a tracker takes it for two.
const connectionIdLifetimeMs = 120_000
const silentIntervals = 2

/** A running tracker. Ends with `close`, which cuts open connections. */
export class PracticeTracker {
	readonly #options: PracticeTrackerOptions
	readonly #http: Server
	readonly #udp: Socket
	readonly #swarms: TrackerSwarms = new Map()
	readonly #connectionIds = new Map<string, { readonly id: bigint; readonly givenAt: number }>()
	readonly #timers = new Set<() => void>()
	#mood: TrackerMood = { type: 'well' }

	/** For startPracticeTracker alone: both sockets listen. */
	constructor(options: PracticeTrackerOptions, http: Server, udp: Socket) {
		this.#options = options
		this.#http = http
		this.#udp = udp
		http.on('request', (request, response) => this.#onRequest(request, response))
		udp.on('message', (bytes, sender) => this.#onDatagram(bytes, sender))
		udp.on('error', () => undefined)
	}

	get httpUrl(): string {
		const address = this.#http.address()
		const port = typeof address === 'object' && address !== null ? address.port : 0
		return `http://${bracketed(this.#options.host ?? '127.0.0.1')}:${port}/announce`
	}

	get udpUrl(): string {
		return `udp://${bracketed(this.#options.host ?? '127.0.0.1')}:${this.#udp.address().port}/announce`
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

	async close(): Promise<void> {
		for (const cancel of this.#timers) cancel()
		this.#http.closeAllConnections()
		await Promise.all([
			new Promise(resolve => this.#http.close(resolve)),
			new Promise<void>(resolve => this.#udp.close(resolve)),
		])
	}

	#onRequest(request: IncomingMessage, response: ServerResponse): void {
		const [path = '', query = ''] = (request.url ?? '').split('?', 2)
		const host = canonical(request.socket.remoteAddress ?? '')
		response.on('error', () => undefined)
		this.#inMood(refusal => {
			const body = refusal === undefined ? this.#answer(path, query, host) : encodeFailureBody(refusal)
			response.writeHead(body === undefined ? 404 : 200, { 'Content-Type': 'text/plain' })
			response.end(body)
		})
	}

	#answer(path: string, query: string, host: string): Uint8Array | undefined {
		if (path === '/scrape') {
			const known = parseScrapeQuery(query).flatMap(infoHash => {
				const counts = this.counts(infoHash)
				return counts === undefined ? [] : [[infoHash, counts] as const]
			})
			return encodeScrapeBody(known)
		}
		if (path !== '/announce') return undefined
		const announce = parseAnnounceQuery(query, host)
		if (announce === undefined) return encodeFailureBody('the announce lacks a field')
		return encodeAnnounceBody({ ...this.#take(announce, 'http'), externalHost: host })
	}

	#onDatagram(bytes: Uint8Array, sender: RemoteInfo): void {
		const host = canonical(sender.address)
		const request = decodeUdpRequest(bytes, host)
		if (request === undefined) return
		this.#inMood(refusal => {
			const answer =
				refusal === undefined
					? this.#answerDatagram(request, { host, port: sender.port })
					: encodeError(request.transactionId, refusal)
			this.#udp.send(answer, sender.port, sender.address, () => undefined)
		})
	}

	#answerDatagram(request: UdpRequest, sender: { readonly host: string; readonly port: number }): Uint8Array {
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
		return encodeAnnounced(transactionId, this.#take(request.announce, 'udp'), family)
	}

	#take(announce: ReceivedAnnounce, transport: 'http' | 'udp'): AnnounceAnswer {
		const { clock, intervalS, minIntervalS, onAnnounce } = this.#options
		onAnnounce?.(announce, transport)
		const now = clock.now()
		forgetSilentPeers(this.#swarms, now - silentIntervals * intervalS * 1000)
		const peers = recordAnnounce(this.#swarms, announce, now)
		const counts = this.counts(announce.infoHash) ?? {}
		const warning = this.#mood.type === 'warning' ? this.#mood.text : undefined
		return { intervalS, minIntervalS, counts, peers, warning }
	}

	#inMood(answer: (refusal: string | undefined) => void): void {
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
}

/** Listens on both protocols and answers from then on. Rejects with the system's error. */
export async function startPracticeTracker(options: PracticeTrackerOptions): Promise<PracticeTracker> {
	const host = options.host ?? '127.0.0.1'
	const http = createServer()
	await new Promise<void>((resolve, reject) => {
		http.once('error', reject).listen(options.httpPort ?? 0, host, resolve)
	})
	const udp = createSocket(host.includes(':') ? 'udp6' : 'udp4')
	try {
		await new Promise<void>((resolve, reject) => {
			udp.once('error', reject).bind(options.udpPort ?? 0, host, resolve)
		})
	} catch (error) {
		http.close()
		throw error
	}
	return new PracticeTracker(options, http, udp)
}

function canonical(host: string): string {
	const bytes = parseHost(host)
	return bytes === undefined ? host : formatHost(bytes)
}

function bracketed(host: string): string {
	return host.includes(':') ? `[${host}]` : host
}
