// What a tracker's URL allows us to do (threat H4): which protocol, and which addresses may be reached by
// it. A torrent comes from a stranger, so its URLs must not aim us at services of our own host or net.
import { classifyHost, type HostClass, parseHost } from '../protocol/address.ts'
import type { TrackerFailure } from '../protocol/announce.ts'
import { ownQueryArguments } from '../protocol/http-tracker-url.ts'
import { type SafeText, safeText } from '../protocol/safe-text.ts'

const maxUrlChars = 8192

export type HttpTarget = { readonly protocol: 'http' | 'https'; readonly url: URL; readonly host: string }
type UdpTarget = {
	readonly protocol: 'udp'
	readonly host: string
	readonly port: number
	/** Path and query as they stand in the URL, for the option of BEP 41; `/` alone is nothing. */
	readonly urlData: string
	readonly literal: boolean
}
export type TrackerTarget = HttpTarget | UdpTarget

/** Reads a tracker's URL once; everything later is decided on the parsed host. */
export function parseTrackerUrl(text: string): TrackerTarget | TrackerFailure {
	if (text.length > maxUrlChars) return badUrl('the URL of the tracker is too long')
	let url: URL
	try {
		url = new URL(text)
	} catch {
		return badUrl('the URL of the tracker cannot be read')
	}
	for (const name of url.searchParams.keys()) {
		if (ownQueryArguments.has(name.toLowerCase())) {
			return badUrl(`the URL of the tracker sets ${safeText(name, 32)}, which is ours to set`)
		}
	}
	if (url.protocol === 'udp:') return parseUdpUrl(url)
	return toHttpTarget(url) ?? badUrl('a tracker is reached by http, https or udp')
}

/** An HTTP URL and its host without brackets, or undefined for another protocol. */
export function toHttpTarget(url: URL): HttpTarget | undefined {
	const protocol = url.protocol.slice(0, -1)
	if (protocol !== 'http' && protocol !== 'https') return undefined
	return { protocol, url, host: plainHost(url.hostname) }
}

// The URL standard reads hosts of special schemes only, where `0x7f.1` is an address; udp is none of them.
function parseUdpUrl(url: URL): UdpTarget | TrackerFailure {
	const port = Number(url.port)
	if (url.port === '' || port === 0) return badUrl('the URL of a udp tracker needs a port')
	let host: string
	try {
		host = plainHost(new URL(`http://${url.host}`).hostname)
	} catch {
		return badUrl('the URL of the tracker names no host')
	}
	const urlData = url.pathname === '/' && url.search === '' ? '' : url.pathname + url.search
	return { protocol: 'udp', host, port, urlData, literal: parseHost(host) !== undefined }
}

/**
 * Why `address`, to which the target's host leads, must not be contacted; undefined when it may. Loopback
 * and link-local addresses are reached under an announce path only, and a stranger's redirect never leads
 * from the open net (`cameFrom`) to a nearer one.
 */
export function addressObstacle(
	target: TrackerTarget,
	address: string,
	cameFrom?: HostClass,
): SafeText | undefined {
	const place = classifyHost(address)
	switch (place) {
		case 'global':
			return undefined
		case 'private':
			return isNearer(place, cameFrom) ? redirected(place) : undefined
		case 'linkLocal':
		case 'loopback':
			if (isNearer(place, cameFrom)) return redirected(place)
			return mayBeLocal(target)
				? undefined
				: safeText('a tracker on this host is reached under /announce only')
		case 'unspecified':
		case 'multicast':
		case 'reserved':
		case 'name':
			return safeText(`${address} is no address of a tracker`)
	}
}

const nearness: Partial<Record<HostClass, number>> = { global: 0, private: 1, linkLocal: 2, loopback: 3 }

/** Whether a redirect would lead nearer to us than it came from: out of the internet into a net, or into this host. */
export function isNearer(place: HostClass, cameFrom: HostClass | undefined): boolean {
	return cameFrom !== undefined && (nearness[place] ?? 9) > (nearness[cameFrom] ?? 0)
}

function redirected(place: HostClass): SafeText {
	return safeText(`the tracker redirects to a ${place} address`)
}

function mayBeLocal(target: TrackerTarget): boolean {
	if (target.protocol !== 'udp') return /^\/(?:announce|scrape)/u.test(target.url.pathname)
	return target.urlData === '' ? target.literal : target.urlData.startsWith('/announce')
}

function plainHost(hostname: string): string {
	return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}

function badUrl(message: string): TrackerFailure {
	return { type: 'failed', code: 'bad-url', message: safeText(message) }
}
