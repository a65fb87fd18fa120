// What the keys of a tracker's bencoded answer mean: announces (BEP 3, 7, 23, 24, 31) and scrapes (BEP 48).
import { formatHost } from '../protocol/address.ts'
import type { BencodeNode } from '../protocol/bencode.ts'
import { type SafeText, safe, safeText } from '../protocol/safe-text.ts'
import { endpointFields } from './compact-fields.ts'
import { type Hint, integerWords } from './dissect-bencode.ts'
import { formatCount } from './units.ts'

const seconds = integerWords(count => safe`${count} s`)

const peerHints: ReadonlyMap<string, Hint> = new Map<string, Hint>([
	['ip', { lore: 'trackerPeers' }],
	['port', { lore: 'trackerPeers', words: integerWords(port => safe`port ${port}`) }],
	['peer id', { lore: 'peerId' }],
])

const swarmHints: ReadonlyMap<string, Hint> = new Map<string, Hint>([
	['complete', { lore: 'trackerSeeders', words: countWords('seed') }],
	['incomplete', { lore: 'trackerLeechers', words: countWords('leecher') }],
	['downloaded', { lore: 'trackerDownloads', words: countWords('download') }],
])

const bodyHints: ReadonlyMap<string, Hint> = new Map<string, Hint>([
	...swarmHints,
	['interval', { lore: 'trackerInterval', words: seconds }],
	['min interval', { lore: 'trackerMinInterval', words: seconds }],
	['peers', peersHint(6)],
	['peers6', peersHint(18)],
	['failure reason', { lore: 'trackerFailure' }],
	['warning message', { lore: 'trackerWarning' }],
	['tracker id', { lore: 'announceTrackerId' }],
	['external ip', { lore: 'trackerExternal', words: hostWords }],
	['retry in', { lore: 'trackerRetry', words: integerWords(count => safe`${count} min`) }],
	['files', { lore: 'scrapeFiles', keys: () => ({ lore: 'scrapeFiles', keys: key => swarmHints.get(key) }) }],
])

/** Of the whole body. */
export const trackerBodyHint: Hint = { keys: key => bodyHints.get(key) }

/** Compact, or a list of dictionaries where the tracker does not know better. */
function peersHint(stride: 6 | 18): Hint {
	return {
		lore: 'trackerPeers',
		words: node => safeText(formatCount(peersIn(node, stride), 'peer')),
		parts: (payload, at) => endpointFields(payload, at, stride),
		items: () => ({ lore: 'trackerPeers', keys: key => peerHints.get(key) }),
	}
}

function peersIn(node: BencodeNode, stride: number): number {
	return node.bytes === undefined ? [...node.items()].length : Math.floor(node.bytes.length / stride)
}

function countWords(noun: string): (node: BencodeNode) => SafeText | undefined {
	return integerWords(count => safeText(formatCount(count, noun)))
}

function hostWords({ bytes }: BencodeNode): SafeText | undefined {
	return bytes?.length === 4 || bytes?.length === 16 ? safeText(formatHost(bytes)) : undefined
}
