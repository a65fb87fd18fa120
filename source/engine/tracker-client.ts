// Announces to and scrapes trackers over HTTP, HTTPS and UDP. A failure of the world or of the tracker is a
// value, never an exception. Names are looked up here, once, and each address is judged before it is
// contacted (threat H4), as is each that an answer names (P14). A tracker with addresses of both families hears
// from both (BEP 7), at the same time; of one family, or for a scrape, one address is tried after the other.
import { addressKey, classifyHost, isDialable } from '../protocol/address.ts'
import type {
	AnnounceRequest,
	AnnounceResponse,
	ScrapeResponse,
	TrackerFailure,
} from '../protocol/announce.ts'
import { ProtocolError } from '../protocol/errors.ts'
import { decodeAnnounceBody, decodeScrapeBody } from '../protocol/http-tracker.ts'
import { announceRequestUrl, scrapeRequestUrl } from '../protocol/http-tracker-url.ts'
import type { InfoHash } from '../protocol/ids.ts'
import { type AddressFamily, maxScrapeHashes } from '../protocol/udp-tracker.ts'
import type { UdpTrackerTask } from '../protocol/udp-tracker-exchange.ts'
import type { Clock, DatagramSocket, RandomSource, Resolver } from './environment.ts'
import { type HttpAnswer, httpAnnounce } from './http-announce.ts'
import { maskUrl } from './mask-url.ts'
import { createVeil } from './url-secrets.ts'
import { isFailure, mergeResults } from './merge-answers.ts'
import {
	abortFailure,
	deadlinePassed,
	type TrackerExchangeContext,
	trackerFailure,
	type TrackerTraffic,
} from './tracker-context.ts'
import { familyOf, findAddresses, lookUp, ofFamily } from './tracker-lookup.ts'
import { parseTrackerUrl, type TrackerTarget } from './tracker-url.ts'
import { udpAnnounce } from './udp-announce.ts'
import { UdpTrackerMemory } from './udp-tracker-memory.ts'

/** Deadlines when the caller names none. UDP has room for one retransmission; then the next tracker's turn comes. */
const httpTimeoutMs = 30_000
const udpTimeoutMs = 45_000
/** How long an answer waits for the one over the other family. */
const otherFamilyGraceMs = 2000

export type TrackerClientOptions = {
	readonly clock: Clock
	readonly random: RandomSource
	readonly resolver: Resolver
	/** Version of this program, for `User-Agent`. */
	readonly version: string
	/** Local address to come from; then only its family is used. */
	readonly bind?: string | undefined
	/** The shared UDP socket of a family, if there is one. */
	readonly udpSocket: (family: AddressFamily) => DatagramSocket | undefined
	/** Hears every request and every answer, for the inspector. */
	readonly onExchange?: ((traffic: TrackerTraffic) => void) | undefined
}

type TrackerCall = {
	readonly signal: AbortSignal
	/** For the whole exchange, whatever progress it makes. */
	readonly timeoutMs?: number
	/** Only this family, instead of every one that we and the tracker have. */
	readonly family?: AddressFamily
}

export type TrackerClient = {
	announce(
		url: string,
		request: AnnounceRequest,
		call: TrackerCall,
	): Promise<AnnounceResponse | TrackerFailure>
	/** For at most 74 torrents. `no-scrape` where the tracker's URL names no scrape. */
	scrape(
		url: string,
		infoHashes: readonly InfoHash[],
		call: TrackerCall,
	): Promise<ScrapeResponse | TrackerFailure>
}

/** A client for any number of trackers; of UDP trackers it remembers what UdpTrackerMemory says, of others nothing. */
export function createTrackerClient(options: TrackerClientOptions): TrackerClient {
	const memory = new UdpTrackerMemory()
	return {
		announce: async (url, request, call) => {
			const result = await exchange(url, call, {
				options,
				memory,
				bothFamilies: true,
				udpTask: urlData => ({ type: 'announce', request, urlData }),
				httpUrl: announceUrl => announceRequestUrl(announceUrl, request),
				read: decodeAnnounceBody,
				isAnswer: (result): result is AnnounceResponse => result.type === 'announced',
			})
			return veiled(result, url)
		},
		scrape: async (url, infoHashes, call) => {
			const result = await exchange(url, call, {
				options,
				memory,
				bothFamilies: false,
				udpTask: () => ({ type: 'scrape', infoHashes: infoHashes.slice(0, maxScrapeHashes) }),
				httpUrl: announceUrl => scrapeRequestUrl(announceUrl, infoHashes),
				read: body => decodeScrapeBody(body, infoHashes),
				isAnswer: (result): result is ScrapeResponse => result.type === 'scraped',
			})
			return veiled(result, url)
		},
	}
}

/** What announce and scrape do differently. */
type Job<Answer extends AnnounceResponse | ScrapeResponse> = {
	readonly options: TrackerClientOptions
	readonly memory: UdpTrackerMemory
	readonly bothFamilies: boolean
	readonly udpTask: (urlData: string) => UdpTrackerTask
	readonly httpUrl: (announceUrl: string) => string | undefined
	readonly read: (body: Uint8Array) => Answer | TrackerFailure
	readonly isAnswer: (result: AnnounceResponse | ScrapeResponse | TrackerFailure) => result is Answer
}

/** What the tracker says of our secrets nobody else has to read. */
function veiled<Answer extends AnnounceResponse | ScrapeResponse>(
	result: Answer | TrackerFailure,
	url: string,
): Answer | TrackerFailure {
	const veil = createVeil(url)
	if (isFailure(result)) return { ...result, message: veil.text(result.message) }
	if (result.type !== 'announced' || result.warning === undefined) return result
	return { ...result, warning: veil.text(result.warning) }
}

async function exchange<Answer extends AnnounceResponse | ScrapeResponse>(
	url: string,
	call: TrackerCall,
	job: Job<Answer>,
): Promise<Answer | TrackerFailure> {
	const target = parseTrackerUrl(url)
	if ('type' in target) return target
	const { clock } = job.options
	const deadline = new AbortController()
	const onAbort = () => deadline.abort(call.signal.reason)
	if (call.signal.aborted) return abortFailure(call.signal)
	call.signal.addEventListener('abort', onAbort)
	const timeoutMs = call.timeoutMs ?? (target.protocol === 'udp' ? udpTimeoutMs : httpTimeoutMs)
	const cancelTimer = clock.after(timeoutMs, () => deadline.abort(deadlinePassed))
	try {
		const found = await findAddresses(target, job.options.resolver, deadline.signal)
		if ('type' in found) return found
		const ordered = target.protocol === 'udp' ? job.memory.order(target, found) : found
		const routes = routesTo(target, ordered, { call, job })
		const [first, second] = routes
		if (first === undefined) {
			return trackerFailure('unreachable', 'the tracker has no address of a family that we have')
		}
		const run = (addresses: Route) => runOne(target, job, { addresses, url, signal: deadline.signal })
		if (second === undefined) return await run(first)
		return await runBoth([run(first), run(second)], { clock, deadline })
	} finally {
		cancelTimer()
		call.signal.removeEventListener('abort', onAbort)
	}
}

/** Addresses to try one after the other until one answers. */
type Route = readonly string[]

async function runOne<Answer extends AnnounceResponse | ScrapeResponse>(
	target: TrackerTarget,
	job: Job<Answer>,
	one: { readonly addresses: Route; readonly url: string; readonly signal: AbortSignal },
): Promise<Answer | TrackerFailure> {
	const { options } = job
	const tracker = maskUrl(one.url)
	const veil = createVeil(one.url)
	const transport = target.protocol
	const askedAt = new Map<string, number>()
	const context: TrackerExchangeContext = {
		signal: one.signal,
		addresses: one.addresses,
		observe: (direction, address, bytes) => {
			const at = options.clock.now()
			const key = addressKey(address)
			if (direction === 'out') askedAt.set(key, at)
			const latencyMs = direction === 'in' ? at - (askedAt.get(key) ?? at) : undefined
			if (options.onExchange === undefined) return
			const shown = veil.bytes(bytes)
			options.onExchange({ tracker, direction, transport, address, bytes: shown, at, latencyMs })
		},
	}
	if (target.protocol === 'udp') {
		const { clock, random, udpSocket } = options
		const udpOptions = { clock, random, udpSocket, tracker: target, memory: job.memory }
		const { host, result } = await udpAnnounce(job.udpTask(target.urlData), udpOptions, context)
		if (job.isAnswer(result)) return withoutTraps(result, host ?? '')
		if (result.type === 'failed') return result
		return trackerFailure('malformed-answer', 'the tracker answered another question')
	}
	const url = job.httpUrl(target.url.href)
	if (url === undefined) return trackerFailure('no-scrape', 'the URL of the tracker names no scrape')
	const family = familyOf(one.addresses[0] ?? '')
	const httpOptions = {
		userAgent: `swarmscope/${options.version}`,
		bind: options.bind,
		resolve: async (host: string) => {
			const found = await lookUp(host, options.resolver, one.signal)
			return 'type' in found ? found : ofFamily(found, family)
		},
	}
	const answer = await httpAnnounce({ ...target, url: new URL(url) }, httpOptions, context)
	if (answer.type === 'failed') return answer
	const result = readAnswer(answer, job.read)
	return isFailure(result) ? result : withoutTraps(result, answer.address)
}

/** Without the peers that nobody who answers from this address may send us to: see dialObstacle(). */
function withoutTraps<Answer extends AnnounceResponse | ScrapeResponse>(
	answer: Answer,
	trackerHost: string,
): Answer {
	if (answer.type !== 'announced') return answer
	const source = classifyHost(trackerHost)
	return { ...answer, peers: answer.peers.filter(peer => isDialable(peer, source)) }
}

/** The answer of the one family waits a moment for that of the other, and then is enough. */
async function runBoth<Answer extends AnnounceResponse | ScrapeResponse>(
	runs: readonly Promise<Answer | TrackerFailure>[],
	details: { readonly clock: Clock; readonly deadline: AbortController },
): Promise<Answer | TrackerFailure> {
	let cancelGrace = () => {}
	const results = await Promise.all(
		runs.map(async run => {
			const result = await run
			if (!isFailure(result)) {
				cancelGrace()
				cancelGrace = details.clock.after(otherFamilyGraceMs, () => details.deadline.abort(deadlinePassed))
			}
			return result
		}),
	)
	cancelGrace()
	return mergeResults(results)
}

function readAnswer<Answer>(
	answer: HttpAnswer,
	read: (body: Uint8Array) => Answer | TrackerFailure,
): Answer | TrackerFailure {
	const isFine = answer.status >= 200 && answer.status < 300
	try {
		const result = read(answer.body)
		if (isFine || isFailure(result)) return result
	} catch (error) {
		if (!(error instanceof ProtocolError)) throw error
		if (isFine) return trackerFailure('malformed-answer', `the answer cannot be read (${error.code})`)
	}
	const failure = trackerFailure('http-status', `the tracker answers with status ${answer.status}`)
	const seconds = /^\d{1,6}$/u.exec(answer.headers['retry-after'] ?? '')?.[0]
	return seconds === undefined
		? failure
		: { ...failure, retry: { type: 'later', retryIn: Number(seconds) * 1000 } }
}

/**
 * The ways to a tracker, to be gone at the same time. An announce goes one in each family (BEP 7); what is asked once
 * only goes one way, over UDP through the addresses of both families.
 */
function routesTo<Answer extends AnnounceResponse | ScrapeResponse>(
	target: TrackerTarget,
	addresses: readonly string[],
	wishes: { readonly call: TrackerCall; readonly job: Job<Answer> },
): Route[] {
	const { call, job } = wishes
	const { options } = job
	const bound = options.bind === undefined ? undefined : familyOf(options.bind)
	const routes: Route[] = []
	for (const family of [4, 6] as const) {
		if (call.family !== undefined && call.family !== family) continue
		if (bound !== undefined && bound !== family) continue
		if (target.protocol === 'udp' && options.udpSocket(family) === undefined) continue
		const own = ofFamily(addresses, family)
		if (own.length > 0) routes.push(own)
	}
	if (job.bothFamilies) return routes
	if (target.protocol !== 'udp') return routes.slice(0, 1)
	const usable = new Set(routes.flat())
	return usable.size === 0 ? [] : [addresses.filter(address => usable.has(address))]
}
