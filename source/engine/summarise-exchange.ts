// What went on beside the peers in the few numbers and words of its row: KRPC (BEP 5), local discovery (BEP 14),
// UDP trackers (BEP 15) and HTTP. Read leniently, for people only: nothing here decides anything.
import type { Direction } from '../inspect/tap.ts'
import { type BencodeLimits, type BencodeNode, decodeBencode, trackerLimits } from '../protocol/bencode.ts'
import { toHex } from '../protocol/bytes.ts'
import { ProtocolError } from '../protocol/errors.ts'
import { safeText, safeTextFromBytes } from '../protocol/safe-text.ts'
import { decodeUdpTrackerPacket, udpActions, udpEvents } from '../protocol/udp-tracker.ts'
import type { UdpTrackerAction, WireExchange } from '../torrent/wire-exchange.ts'

export type ExchangeKind = 'krpc' | 'lsd' | 'udpTracker' | 'http'

export type Exchange = {
	readonly direction: Direction
	readonly bytes: Uint8Array
	/** More than `bytes` where not all of it was kept. */
	readonly totalBytes: number
	/** KRPC: the method that is answered, where that is known. */
	readonly answers: string | undefined
	readonly family: 4 | 6
}

const krpcLimits = { maxDepth: 10, maxTokens: 500 }
const mostWords = 120
const mostTarget = 512

/** The row's message. Never throws. */
export function summariseExchange(kind: ExchangeKind, exchange: Exchange): WireExchange {
	switch (kind) {
		case 'krpc':
			return summariseKrpc(exchange)
		case 'lsd':
			return summariseLocal(exchange)
		case 'udpTracker':
			return exchange.direction === 'out' ? summariseRequest(exchange) : summariseResponse(exchange)
		case 'http':
			return summariseHttp(exchange)
	}
}

function summariseKrpc({ bytes, totalBytes, answers }: Exchange): WireExchange {
	const root = decodeQuietly(bytes, krpcLimits)
	const size = { bytes: totalBytes }
	const method = answers === undefined ? undefined : safeText(answers, mostWords)
	switch (root?.getText('y')) {
		case 'q': {
			const parts = root.getDictionary('a')
			const subject = hash(parts, 'info_hash') ?? hash(parts, 'target')
			const name = safeTextFromBytes(root.getBytes('q') ?? new Uint8Array(0), mostWords)
			return { type: 'dhtQuery', method: name, subject, ...size }
		}
		case 'r': {
			const parts = root.getDictionary('r')
			const nodes = lengthOf(parts, 'nodes') / 26 + lengthOf(parts, 'nodes6') / 38
			const peers = countOf(parts?.get('values'))
			return { type: 'dhtResponse', method, subject: undefined, nodes: Math.floor(nodes), peers, ...size }
		}
		case 'e': {
			const [code, text] = root.get('e')?.items() ?? []
			return {
				type: 'dhtError',
				method,
				errorCode: code?.integer,
				text: safeTextFromBytes(text?.bytes ?? new Uint8Array(0), mostWords),
				...size,
			}
		}
		default:
			return { type: 'datagram', ...size }
	}
}

function decodeQuietly(bytes: Uint8Array, limits: BencodeLimits): BencodeNode | undefined {
	try {
		return decodeBencode(bytes, limits, { allowTrailing: true })
	} catch (error) {
		if (!(error instanceof ProtocolError)) throw error
		return undefined
	}
}

function hash(parts: BencodeNode | undefined, key: string): string | undefined {
	const bytes = parts?.getBytes(key)
	return bytes?.length === 20 ? toHex(bytes) : undefined
}

function lengthOf(parts: BencodeNode | undefined, key: string): number {
	return parts?.getBytes(key)?.length ?? 0
}

function countOf(list: BencodeNode | undefined): number {
	return [...(list?.items() ?? [])].length
}

function summariseLocal({ bytes, totalBytes }: Exchange): WireExchange {
	const text = latin1(bytes)
	const hashes = text.match(/^infohash:/gimu)?.length ?? 0
	const port = /^port:[ \t]*(\d{1,5})[ \t]*\r?$/imu.exec(text)?.[1]
	const listeningPort = port === undefined ? undefined : Number(port)
	if (!/^bt-search /iu.test(text)) return { type: 'datagram', bytes: totalBytes }
	return { type: 'localAnnounce', hashes, listeningPort, bytes: totalBytes }
}

function summariseRequest({ bytes, totalBytes }: Exchange): WireExchange {
	const action = bytes.length < 16 ? undefined : actionOf(viewOf(bytes).getUint32(8))
	if (action === undefined) return { type: 'datagram', bytes: totalBytes }
	const event = action === 'announce' && bytes.length >= 84 ? viewOf(bytes).getUint32(80) : 0
	return { type: 'trackerRequest', action, event: eventName(event), bytes: totalBytes }
}

function eventName(event: number): string | undefined {
	return (['completed', 'started', 'stopped'] as const).find(name => udpEvents[name] === event)
}

function actionOf(number: number): UdpTrackerAction | undefined {
	return (['connect', 'announce', 'scrape'] as const).find(name => udpActions[name] === number)
}

function summariseResponse({ bytes, totalBytes, family }: Exchange): WireExchange {
	const packet = decodeUdpTrackerPacket(bytes, family)
	const rest = { peers: undefined, text: undefined, bytes: totalBytes }
	switch (packet?.type) {
		case 'connected':
			return { type: 'trackerResponse', action: 'connect', ...rest }
		case 'announced':
			return { type: 'trackerResponse', action: 'announce', ...rest, peers: packet.response.peers.length }
		case 'scraped':
			return { type: 'trackerResponse', action: 'scrape', ...rest }
		case 'error':
			return { type: 'trackerResponse', action: 'error', ...rest, text: packet.message }
		case undefined:
			return { type: 'datagram', bytes: totalBytes }
	}
}

function summariseHttp({ bytes, totalBytes, direction }: Exchange): WireExchange {
	const text = latin1(bytes)
	const line = text.slice(0, Math.max(0, text.indexOf('\r\n')))
	if (direction === 'out') {
		const [method = '', target = ''] = line.split(' ')
		return {
			type: 'httpRequest',
			method: safeText(method, mostWords),
			target: safeText(target, mostTarget),
			bytes: totalBytes,
		}
	}
	const head = text.indexOf('\r\n\r\n')
	const status = Number(/^HTTP\/[\d.]+ (\d{3})/u.exec(line)?.[1] ?? 0)
	const bodyBytes = head < 0 ? 0 : totalBytes - head - 4
	const peers = head < 0 ? undefined : peersIn(bytes.subarray(head + 4))
	return { type: 'httpResponse', status, bodyBytes, peers, bytes: totalBytes }
}

/** How many peers a bencoded answer names; undefined where it names none at all. */
function peersIn(body: Uint8Array): number | undefined {
	const root = decodeQuietly(body, trackerLimits)
	const four = root?.get('peers')
	const six = root?.get('peers6')
	if (four === undefined && six === undefined) return undefined
	return peerCount(four, 6) + peerCount(six, 18)
}

function peerCount(node: BencodeNode | undefined, stride: number): number {
	return node?.bytes === undefined ? countOf(node) : Math.floor(node.bytes.length / stride)
}

/** One character a byte. */
function latin1(bytes: Uint8Array): string {
	let text = ''
	for (let at = 0; at < bytes.length; at += 8192)
		text += String.fromCharCode(...bytes.subarray(at, at + 8192))
	return text
}

function viewOf(bytes: Uint8Array): DataView {
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
