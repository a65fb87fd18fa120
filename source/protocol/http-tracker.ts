// The bencoded bodies of an HTTP tracker: BEP 3, 7 (peers6), 23 (compact), 24 (external ip), 31 (retry in)
// and 48 (scrape). What is no dictionary throws; inside it every field that makes no sense counts as absent,
// and a failure reason makes a failure of whatever stands beside it.

import { type Address, formatHost, parseHost } from './address.ts'
import {
	type AnnounceResponse,
	maxPeersPerAnswer,
	type RetryAdvice,
	type ScrapeCounts,
	type ScrapeResponse,
	type TrackerFailure,
} from './announce.ts'
import { collectCompactPeers, isPossiblePeer } from './announce-peers.ts'
import { type BencodeNode, decodeBencode, trackerLimits } from './bencode.ts'
import { equalBytes } from './bytes.ts'
import type { CompactStride } from './compact-address.ts'
import { ProtocolError } from './errors.ts'
import type { InfoHash } from './ids.ts'
import { safeText, safeTextFromBytes } from './safe-text.ts'

const maxMessageChars = 1024

/** Reads the body of an announce. Throws a ProtocolError where it is no bencoded dictionary. */
export function decodeAnnounceBody(body: Uint8Array): AnnounceResponse | TrackerFailure {
	const root = decodeDictionary(body)
	const failure = decodeFailure(root)
	if (failure !== undefined) return failure
	const warning = root.getBytes('warning message')
	const trackerId = root.getBytes('tracker id')
	const externalIp = decodeExternalIp(root)
	return {
		type: 'announced',
		...defined('intervalS', count(root, 'interval')),
		...defined('minIntervalS', count(root, 'min interval')),
		...defined('seeders', count(root, 'complete')),
		...defined('leechers', count(root, 'incomplete')),
		...defined('downloads', count(root, 'downloaded')),
		peers: decodePeers(root),
		...(trackerId === undefined ? {} : { trackerId: trackerId.slice() }),
		...(warning === undefined ? {} : { warning: safeTextFromBytes(warning, maxMessageChars) }),
		...(externalIp === undefined ? {} : { externalIp }),
	}
}

/**
 * Reads the body of a scrape for the torrents that were asked about; others in it are ignored. Throws a
 * ProtocolError where it is no bencoded dictionary with `files` or `failure reason`.
 */
export function decodeScrapeBody(
	body: Uint8Array,
	infoHashes: readonly InfoHash[],
): ScrapeResponse | TrackerFailure {
	const root = decodeDictionary(body)
	const failure = decodeFailure(root)
	if (failure !== undefined) return failure
	const files = root.getDictionary('files')
	if (files === undefined) throw new ProtocolError('tracker-scrape', 'expected a dictionary of files')
	const swarms: (ScrapeCounts | undefined)[] = infoHashes.map(() => undefined)
	for (const [key, swarm] of files.entries()) {
		for (const [index, infoHash] of infoHashes.entries()) {
			if (equalBytes(key, infoHash)) swarms[index] = decodeCounts(swarm)
		}
	}
	return { type: 'scraped', swarms }
}

// Some trackers end their answer with a line break; nothing else may stand behind the dictionary.
function decodeDictionary(body: Uint8Array): BencodeNode {
	const root = decodeBencode(body, trackerLimits, { allowTrailing: true })
	if (root.type !== 'dictionary') {
		throw new ProtocolError('tracker-answer', `expected a dictionary, got a ${root.type}`, { offset: 0 })
	}
	if (!body.subarray(root.end).every(byte => byte === 0x0d || byte === 0x0a)) {
		const message = `expected the end, got ${body.length - root.end} more bytes`
		throw new ProtocolError('bencode-trailing', message, { offset: root.end })
	}
	return root
}

function decodeFailure(root: BencodeNode): TrackerFailure | undefined {
	const reason = root.get('failure reason')
	if (reason === undefined) return undefined
	const text = safeTextFromBytes(reason.bytes ?? new Uint8Array(), maxMessageChars)
	const retry = decodeRetry(root)
	return {
		type: 'failed',
		code: 'refused',
		message: text === '' ? safeText('the tracker refused without a reason') : text,
		...(retry === undefined ? {} : { retry }),
		...defined('intervalS', count(root, 'interval')),
	}
}

function decodeRetry(root: BencodeNode): RetryAdvice | undefined {
	if (root.getText('retry in') === 'never') return { type: 'never' }
	const minutes = count(root, 'retry in')
	return minutes === undefined ? undefined : { type: 'later', retryIn: minutes * 60_000 }
}

// Both families get room: neither may use more than what the other one leaves, but half is its own.
function decodePeers(root: BencodeNode): Address[] {
	const half = maxPeersPerAnswer / 2
	const first = decodePeerList(root.get('peers'), 6)
	const second = decodePeerList(root.get('peers6'), 18)
	return [
		...first.slice(0, Math.max(half, maxPeersPerAnswer - second.length)),
		...second.slice(0, Math.max(half, maxPeersPerAnswer - first.length)),
	]
}

// `compact` is advice (BEP 23): a string and a list of dictionaries (BEP 3) are welcome under either key.
function decodePeerList(node: BencodeNode | undefined, stride: CompactStride): Address[] {
	const peers: Address[] = []
	if (node?.bytes !== undefined) {
		collectCompactPeers(peers, node.bytes, stride)
		return peers
	}
	for (const item of node?.items() ?? []) {
		if (peers.length >= maxPeersPerAnswer) break
		const host = parseHost(item.getText('ip') ?? '')
		const port = item.getInteger('port')
		if (host === undefined || port === undefined) continue
		const address = { host: formatHost(host), port }
		if (isPossiblePeer(address)) peers.push(address)
	}
	return peers
}

function decodeExternalIp(root: BencodeNode): string | undefined {
	const bytes = root.getBytes('external ip')
	return bytes?.length === 4 || bytes?.length === 16 ? formatHost(bytes) : undefined
}

function decodeCounts(swarm: BencodeNode): ScrapeCounts {
	return {
		...defined('seeders', count(swarm, 'complete')),
		...defined('leechers', count(swarm, 'incomplete')),
		...defined('downloads', count(swarm, 'downloaded')),
		...defined('downloaders', count(swarm, 'downloaders')),
	}
}

function count(dictionary: BencodeNode, key: string): number | undefined {
	const value = dictionary.getInteger(key)
	return value === undefined || value < 0 ? undefined : value
}

function defined<Key extends string>(key: Key, value: number | undefined): Partial<Record<Key, number>> {
	const field: Partial<Record<Key, number>> = {}
	if (value !== undefined) field[key] = value
	return field
}
