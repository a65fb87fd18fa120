// One GET to an HTTP tracker by node:http: pinned to an address that was checked, without agent or
// keep-alive, own redirects, at most 1 MiB of body before and after one gunzip, and one deadline for all of
// it that no dripping byte can move (threats H1 to H5).
import type { IncomingHttpHeaders } from 'node:http'
import { gunzip } from 'node:zlib'
import { classifyHost, type HostClass } from '../protocol/address.ts'
import type { TrackerFailure } from '../protocol/announce.ts'
import { concatBytes } from '../protocol/bytes.ts'
import { httpGet, type HttpReply } from './http-get.ts'
import { abortFailure, type TrackerExchangeContext, trackerFailure } from './tracker-context.ts'
import { addressObstacle, type HttpTarget, toHttpTarget } from './tracker-url.ts'

const maxBodyBytes = 1024 * 1024
const maxRedirects = 5

export type HttpAnnounceOptions = {
	readonly userAgent: string
	/** Local address to come from. */
	readonly bind: string | undefined
	/** Addresses of a host in the family of the exchange, or why there are none. */
	readonly resolve: (host: string) => Promise<readonly string[] | TrackerFailure>
}

/** Status and decoded body of the last hop, and the address that it came from. */
export type HttpAnswer = {
	readonly type: 'answered'
	readonly address: string
	readonly status: number
	readonly headers: IncomingHttpHeaders
	readonly body: Uint8Array
}

/** Fetches `target`, whose addresses in `context` were checked, and follows up to five redirects. */
export async function httpAnnounce(
	target: HttpTarget,
	options: HttpAnnounceOptions,
	context: TrackerExchangeContext,
): Promise<HttpAnswer | TrackerFailure> {
	let current = target
	let addresses = context.addresses
	for (let hop = 0; hop <= maxRedirects; hop += 1) {
		const reply = await getFromAny(current, addresses, { options, context })
		if (reply.type === 'failed') return reply
		const location = isRedirect(reply.status) ? reply.headers.location : undefined
		if (location === undefined) return decodeReply(reply, context)
		observeReply(reply, reply.body, context)
		const next = redirectTarget(current, location)
		if ('type' in next) return next
		const found = await options.resolve(next.host)
		if (context.signal.aborted) return abortFailure(context.signal)
		if ('type' in found) return found
		const cameFrom: HostClass = classifyHost(reply.address)
		const obstacle = found.map(address => addressObstacle(next, address, cameFrom)).find(Boolean)
		if (obstacle !== undefined) return trackerFailure('forbidden-address', obstacle)
		current = next
		addresses = found
	}
	return trackerFailure('bad-redirect', `the tracker redirects more than ${maxRedirects} times`)
}

type Reply = HttpReply & { readonly address: string; readonly port: number }

async function getFromAny(
	target: HttpTarget,
	addresses: readonly string[],
	exchange: { readonly options: HttpAnnounceOptions; readonly context: TrackerExchangeContext },
): Promise<Reply | TrackerFailure> {
	const { options, context } = exchange
	const port = portOf(target)
	let result: HttpReply | TrackerFailure = trackerFailure('name-lookup', 'the tracker has no address')
	for (const address of addresses) {
		result = await httpGet(target, {
			address,
			bind: options.bind,
			headers: { 'User-Agent': options.userAgent, 'Accept-Encoding': 'gzip', Connection: 'close' },
			maxBodyBytes,
			signal: context.signal,
			observe: bytes => context.observe('out', { host: address, port }, bytes),
		})
		if (result.type === 'replied') return { ...result, address, port }
		if (result.code !== 'unreachable') return result
	}
	return result
}

function isRedirect(status: number): boolean {
	return status === 301 || status === 302 || status === 303 || status === 307 || status === 308
}

function redirectTarget(from: HttpTarget, location: string): HttpTarget | TrackerFailure {
	let url: URL
	try {
		url = new URL(location, from.url)
	} catch {
		return trackerFailure('bad-redirect', 'the tracker redirects to no readable URL')
	}
	const target = toHttpTarget(url)
	if (target === undefined) {
		return trackerFailure('bad-redirect', `the tracker redirects to ${url.protocol.slice(0, 32)}`)
	}
	if (from.protocol === 'https' && target.protocol === 'http') {
		return trackerFailure('bad-redirect', 'the tracker redirects from https to http')
	}
	if (url.origin !== from.url.origin) {
		url.username = ''
		url.password = ''
	}
	return target
}

// What is shown is what the tracker said: the body after it was unpacked.
function observeReply(reply: Reply, body: Uint8Array, { observe }: TrackerExchangeContext): void {
	observe('in', { host: reply.address, port: reply.port }, concatBytes([reply.head, body]))
}

function portOf({ url, protocol }: HttpTarget): number {
	return url.port === '' ? (protocol === 'https' ? 443 : 80) : Number(url.port)
}

async function decodeReply(
	reply: Reply,
	context: TrackerExchangeContext,
): Promise<HttpAnswer | TrackerFailure> {
	const answer = await unpack(reply)
	observeReply(reply, answer.type === 'answered' ? answer.body : reply.body, context)
	return answer
}

async function unpack(reply: Reply): Promise<HttpAnswer | TrackerFailure> {
	const encoding = (reply.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
	const { status, headers, address } = reply
	if (encoding === 'identity' || encoding === '')
		return { type: 'answered', address, status, headers, body: reply.body }
	if (encoding !== 'gzip' && encoding !== 'x-gzip') {
		return trackerFailure('bad-encoding', `the tracker encodes its answer as ${encoding.slice(0, 64)}`)
	}
	const body = await inflate(reply.body)
	return 'type' in body ? body : { type: 'answered', address, status, headers, body: body.bytes }
}

function inflate(body: Uint8Array): Promise<{ readonly bytes: Uint8Array } | TrackerFailure> {
	return new Promise(resolve => {
		if (body.length === 0) {
			resolve(trackerFailure('bad-encoding', 'the gzipped answer is empty'))
			return
		}
		gunzip(body, { maxOutputLength: maxBodyBytes }, (error, bytes) => {
			if (error === null) resolve({ bytes })
			else if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') resolve(tooLarge())
			else resolve(trackerFailure('bad-encoding', 'the gzipped answer is broken'))
		})
	})
}

function tooLarge(): TrackerFailure {
	return trackerFailure('answer-too-large', `the answer is longer than ${maxBodyBytes} bytes`)
}
