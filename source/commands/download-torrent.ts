// A .torrent file from an http(s) URL: bounded in bytes, time and redirects, fetched from the address that
// --bind names, and unpacked where a server compresses without being asked.
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { type HttpReply, httpGet } from '../engine/http-get.ts'
import { type HttpTarget, isNearer, toHttpTarget } from '../engine/tracker-url.ts'
import { version } from '../engine/version.ts'
import { errorCode } from '../engine/world-failure.ts'
import { CommandFailure, exitCodes } from '../exit-code.ts'
import { classifyHost } from '../protocol/address.ts'
import { inFamilyOf, maxTorrentBytes, notHad, type World } from './torrent-source.ts'

const timeoutS = 30
const mostRedirects = 5

type Reply = HttpReply & { readonly address: string }

/** What `source` leads to. Throws a CommandFailure: 3 when it cannot be had, 2 for an odd URL. */
export async function downloadTorrent(source: string, world: World): Promise<Uint8Array> {
	const signal = AbortSignal.timeout(timeoutS * 1000)
	let target = URL.canParse(source) ? toHttpTarget(new URL(source)) : undefined
	if (target === undefined)
		throw new CommandFailure(exitCodes.usage, `expected a torrent file or an http(s) URL, got ${source}`)
	let cameFrom: string | undefined
	for (let hop = 0; hop <= mostRedirects; hop += 1) {
		const reply = await fetchOnce(target, world, { signal, cameFrom })
		if (typeof reply === 'string')
			throw notHad(source, signal.aborted ? `no answer within ${timeoutS} s` : reply)
		if (reply.status === 200) return await unpack(reply, source)
		const { location } = reply.headers
		if (reply.status < 300 || reply.status > 399 || location === undefined)
			throw notHad(source, `HTTP status ${reply.status}`)
		cameFrom = reply.address
		target = redirected(target, location, source)
	}
	throw notHad(source, `more than ${mostRedirects} redirects`)
}

/** One GET, from the first address of the host that can be reached; otherwise what came instead. */
async function fetchOnce(
	target: HttpTarget,
	{ environment, bind }: World,
	{ signal, cameFrom }: { readonly signal: AbortSignal; readonly cameFrom: string | undefined },
): Promise<Reply | string> {
	const found = await environment.resolver.resolve(target.host, signal)
	let failure = found.ok ? 'a host without a usable address' : `a host that is not known (${found.code})`
	for (const address of found.ok ? inFamilyOf(bind, found.value) : []) {
		// Nobody aims us at services that trust their own net, or this host.
		const from = cameFrom === undefined ? undefined : classifyHost(cameFrom)
		if (isNearer(classifyHost(address), from)) return 'a redirect into a local network'
		const reply = await httpGet(target, {
			address,
			bind,
			headers: { 'User-Agent': `swarmscope/${version}`, 'Accept-Encoding': 'identity' },
			maxBodyBytes: maxTorrentBytes,
			signal,
			observe: () => {},
		})
		if (reply.type === 'replied') return { ...reply, address }
		failure = `no answer: ${reply.message.replace('the tracker', 'the server')}`
		if (reply.code !== 'unreachable') break
	}
	return failure
}

function redirected(from: HttpTarget, location: string, source: string): HttpTarget {
	const next = URL.canParse(location, from.url.href) ? new URL(location, from.url) : undefined
	const target = next === undefined ? undefined : toHttpTarget(next)
	if (target === undefined) throw notHad(source, 'a redirect to what is no http(s) URL')
	if (from.protocol === 'https' && target.protocol !== 'https')
		throw notHad(source, 'a redirect away from https')
	return target
}

// A torrent begins with `d`, gzip with a byte that no bencoding begins with: no header needs to be believed.
async function unpack({ body }: Reply, source: string): Promise<Uint8Array> {
	if (body[0] !== 0x1f || body[1] !== 0x8b) return body
	try {
		return new Uint8Array(await promisify(gunzip)(body, { maxOutputLength: maxTorrentBytes }))
	} catch (error) {
		const isTooLarge = errorCode(error) === 'ERR_BUFFER_TOO_LARGE'
		throw notHad(source, isTooLarge ? `more than ${maxTorrentBytes} bytes` : 'damaged gzip')
	}
}
