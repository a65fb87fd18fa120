// Local service discovery: the datagrams of BEP 14, headers as in HTTP without a body. Strict about the request
// line and the form of headers, forward compatible about their names. Who is listened to, and when we speak, is
// engine/local-discovery.ts.

import type { Address } from './address.ts'
import { fromHex, toHex, utf8 } from './bytes.ts'
import { ProtocolError } from './errors.ts'
import { type InfoHash, toInfoHash } from './ids.ts'

/** Where announces are sent to: organization-local for IPv4, site-local for IPv6. */
export const localDiscoveryGroups: { readonly 4: Address; readonly 6: Address } = {
	4: { host: '239.192.152.143', port: 6771 },
	6: { host: 'ff15::efc0:988f', port: 6771 },
}

/** The longest datagram, in bytes: longer ones would be cut into fragments on their way. */
export const maxLocalAnnounceBytes = 1400

/** A client of the local net is in these swarms and listens at `port`, at the address that sent the datagram. */
export type LocalAnnounce = {
	readonly port: number
	readonly infoHashes: readonly InfoHash[]
	/** By which a sender knows its own announces. */
	readonly cookie: string | undefined
}

const requestLine = 'BT-SEARCH * HTTP/1.1'
const headerPattern = /^([!#$%&'*+\-.^_`|~0-9a-z]+):[ \t]*(.*?)[ \t]*$/iu
const maxCookieChars = 64

/**
 * The announce in a datagram. Infohash headers that are no 40 hexadecimal digits are left out, as those of later
 * versions would be; each hash counts once. Throws a ProtocolError: `lsd-length` (over 1400 bytes), `lsd-text`
 * (not printable ASCII, no whole lines), `lsd-request-line`, `lsd-header`, `lsd-port`, `lsd-infohash` (none).
 */
export function decodeLocalAnnounce(bytes: Uint8Array): LocalAnnounce {
	const [first, ...lines] = linesOf(bytes)
	if (first !== requestLine) throw new ProtocolError('lsd-request-line', `expected ${requestLine}`)
	let port: number | undefined
	let cookie: string | undefined
	const hashes = new Map<string, InfoHash>()
	for (const line of lines) {
		// A request ends with an empty line, and here nothing comes after it.
		if (line === '') break
		const [, name = '', value = ''] = headerPattern.exec(line) ?? []
		switch (name.toLowerCase()) {
			case '':
				throw new ProtocolError('lsd-header', 'expected a header')
			case 'port':
				port = settlePort(port, value)
				break
			case 'infohash':
				if (/^[0-9a-f]{40}$/iu.test(value)) hashes.set(value.toLowerCase(), toInfoHash(fromHex(value)))
				break
			case 'cookie':
				if (value.length <= maxCookieChars) cookie ??= value
				break
			default:
		}
	}
	if (port === undefined) throw new ProtocolError('lsd-port', 'expected a port, got none')
	if (hashes.size === 0) throw new ProtocolError('lsd-infohash', 'expected an info hash, got none')
	return { port, infoHashes: [...hashes.values()], cookie }
}

/**
 * Our announce to the group of a family, of as many info hashes as fit into 1400 bytes; `rest` are those that do
 * not.
 */
export function encodeLocalAnnounce(
	family: 4 | 6,
	{ port, infoHashes, cookie }: LocalAnnounce,
): { readonly bytes: Uint8Array<ArrayBuffer>; readonly rest: readonly InfoHash[] } {
	const { host, port: groupPort } = localDiscoveryGroups[family]
	const head = `${requestLine}\r\nHost: ${family === 6 ? `[${host}]` : host}:${groupPort}\r\nPort: ${port}\r\n`
	const tail = `${cookie === undefined ? '' : `cookie: ${cookie}\r\n`}\r\n\r\n`
	const headers = infoHashes.map(infoHash => `Infohash: ${toHex(infoHash)}\r\n`)
	const headerChars = headers[0]?.length ?? 1
	const count = Math.floor((maxLocalAnnounceBytes - head.length - tail.length) / headerChars)
	return { bytes: utf8(head + headers.slice(0, count).join('') + tail), rest: infoHashes.slice(count) }
}

function linesOf(bytes: Uint8Array): string[] {
	if (bytes.length > maxLocalAnnounceBytes) {
		throw new ProtocolError(
			'lsd-length',
			`expected at most ${maxLocalAnnounceBytes} bytes, got ${bytes.length}`,
		)
	}
	const text = String.fromCharCode(...bytes)
	if (!/^[\t\r\n\x20-\x7e]*$/u.test(text)) throw new ProtocolError('lsd-text', 'expected printable ASCII')
	const lines = text.split('\r\n')
	if (lines.length < 2 || lines.some(line => /[\r\n]/u.test(line)))
		throw new ProtocolError('lsd-text', 'expected lines that end with CR LF')
	return lines
}

function settlePort(before: number | undefined, text: string): number {
	const port = /^[0-9]{1,5}$/u.test(text) ? Number(text) : 0
	if (port < 1 || port > 0xffff || (before !== undefined && before !== port))
		throw new ProtocolError('lsd-port', 'expected one port from 1 to 65535')
	return port
}
