// The tracker of the practice swarm: HTTP and UDP on one host, the same swarms behind both. It behaves well
// until it is told to be silent, to refuse, to warn or to be slow.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { formatHost, parseHost } from '../protocol/address.ts'
import type { ScrapeCounts } from '../protocol/announce.ts'
import type { InfoHash } from '../protocol/ids.ts'
import { TrackerDesk, type TrackerDeskOptions, type TrackerMood } from './tracker-desk.ts'
import {
	encodeAnnounceBody,
	encodeFailureBody,
	encodeScrapeBody,
	parseAnnounceQuery,
	parseScrapeQuery,
} from './tracker-http-codec.ts'
import type { ReceivedAnnounce } from './tracker-swarms.ts'

export type PracticeTrackerOptions = TrackerDeskOptions & {
	/** 127.0.0.1 unless told. */
	readonly host?: string
	/** 0 takes free ports. */
	readonly httpPort?: number
	readonly udpPort?: number
}

/** A running tracker. Ends with `close`, which cuts open connections. */
export class PracticeTracker {
	readonly #options: PracticeTrackerOptions
	readonly #http: Server
	readonly #udp: Socket
	readonly #desk: TrackerDesk

	/** For startPracticeTracker alone: both sockets listen. */
	constructor(options: PracticeTrackerOptions, http: Server, udp: Socket) {
		this.#options = options
		this.#http = http
		this.#udp = udp
		this.#desk = new TrackerDesk(options)
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
		this.#desk.setMood(mood)
	}

	/** Knows of a peer as if it had announced, whatever the mood. */
	enter(announce: ReceivedAnnounce): void {
		this.#desk.enter(announce)
	}

	/** What it would answer to a scrape. */
	counts(infoHash: InfoHash): ScrapeCounts | undefined {
		return this.#desk.counts(infoHash)
	}

	async close(): Promise<void> {
		this.#desk.close()
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
		this.#desk.inMood(refusal => {
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
		return encodeAnnounceBody({ ...this.#desk.take(announce, 'http'), externalHost: host })
	}

	#onDatagram(bytes: Uint8Array, { address, port }: RemoteInfo): void {
		this.#desk.takeDatagram(bytes, { host: canonical(address), port }, answer => {
			this.#udp.send(answer, port, address, () => undefined)
		})
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
