// The payloads of extended messages: the extension handshake (BEP 10, with keys of BEP 9, 21 and others in
// use), ut_metadata (BEP 9), ut_pex (BEP 11), lt_donthave (BEP 54). Any other is shown as bencode where it is.
import { formatHost } from '../protocol/address.ts'
import type { BencodeNode } from '../protocol/bencode.ts'
import { readUint32 } from '../protocol/message-decoder.ts'
import { type SafeText, safe, safeText } from '../protocol/safe-text.ts'
import { endpointFields } from './compact-fields.ts'
import { dissectBencode, type Hint, integerWords } from './dissect-bencode.ts'
import { createField, type Field, type Reading } from './field.ts'
import { bitWords, hexNumber, hexWords, lengthWords } from './field-words.ts'

const asciiDictionary = 0x64

/** The payload of the extension handshake, at `at` of the message. */
export function dissectExtensionHandshake(payload: Uint8Array, at: number): Reading {
	return { lore: 'extensionHandshake', ...dissectBencode(payload, at, handshakeHint) }
}

/** The payload of a message of the extension with this name, or of one that nobody knows. */
export function dissectExtension(name: SafeText | undefined, payload: Uint8Array, at: number): Reading {
	switch (name) {
		case 'ut_metadata':
			return {
				lore: 'metadata',
				...dissectBencode(payload, at, metadataHint, {
					tail: { name: safe`piece of metadata`, lore: 'metadataPiece' },
				}),
			}
		case 'ut_pex':
			return { lore: 'peerExchange', ...dissectBencode(payload, at, peerExchangeHint) }
		case 'lt_donthave':
			return pieceReading(payload)
		case 'upload_only':
			return {
				value: payload.length === 1 ? uploadOnlyWords(payload[0] ?? 0) : hexWords(payload),
				lore: 'uploadOnly',
			}
		default:
			return payload[0] === asciiDictionary
				? { lore: 'extensionPayload', ...dissectBencode(payload, at, {}) }
				: { value: hexWords(payload), lore: 'extensionPayload' }
	}
}

function pieceReading(payload: Uint8Array): Reading {
	const lore = 'dontHave'
	if (payload.length === 4) return { value: safe`#${readUint32(payload, 0)}`, lore }
	return { value: hexWords(payload), lore, problem: safe`expected 4 bytes, got ${payload.length}` }
}

function uploadOnlyWords(value: number): SafeText {
	return value === 0 ? safe`${value}, downloads` : safe`${value}, downloads nothing more`
}

function hostWords(node: BencodeNode): SafeText | undefined {
	const { bytes } = node
	return bytes?.length === 4 || bytes?.length === 16 ? safeText(formatHost(bytes)) : undefined
}

const bytesWords = integerWords(value => {
	const isWhole = value > 0 && value % 1024 === 0
	return isWhole ? safe`${value} B, ${lengthWords(value)}` : safe`${value} B`
})

const extensionIdHint: Hint = {
	lore: 'extensionId',
	words: integerWords(id => (id === 0 ? safe`0, turned off` : safe`id ${id}`)),
}

const handshakeHints: ReadonlyMap<string, Hint> = new Map<string, Hint>([
	['m', { lore: 'extensionNames', keys: () => extensionIdHint }],
	['v', { lore: 'clientVersion' }],
	['p', { lore: 'listeningPort', words: integerWords(port => safe`port ${port}`) }],
	['reqq', { lore: 'requestQueue', words: integerWords(count => safe`${count} requests`) }],
	['yourip', { lore: 'yourAddress', words: hostWords }],
	['ipv4', { lore: 'ownAddress', words: hostWords }],
	['ipv6', { lore: 'ownAddress', words: hostWords }],
	['metadata_size', { lore: 'metadataSize', words: bytesWords }],
	['upload_only', { lore: 'uploadOnly', words: integerWords(uploadOnlyWords) }],
	[
		'e',
		{
			lore: 'encryption',
			words: integerWords(value => (value === 0 ? safe`0, no` : safe`${value}, preferred`)),
		},
	],
	['complete_ago', { lore: 'completeAgo', words: integerWords(seconds => safe`${seconds} s`) }],
])

const handshakeHint: Hint = { lore: 'extensionHandshake', keys: key => handshakeHints.get(key) }

const metadataTypes: ReadonlyMap<number, SafeText> = new Map([
	[0, safe`0, request`],
	[1, safe`1, data`],
	[2, safe`2, reject`],
])

const metadataHints: ReadonlyMap<string, Hint> = new Map<string, Hint>([
	[
		'msg_type',
		{ lore: 'metadataType', words: integerWords(type => metadataTypes.get(type) ?? safe`${type}`) },
	],
	['piece', { lore: 'metadataIndex', words: integerWords(piece => safe`#${piece}`) }],
	['total_size', { lore: 'metadataSize', words: bytesWords }],
])

const metadataHint: Hint = { keys: key => metadataHints.get(key) }

const peerExchangeHints: ReadonlyMap<string, Hint> = new Map<string, Hint>([
	['added', addressHint(6, 'pexAdded')],
	['added6', addressHint(18, 'pexAdded')],
	['dropped', addressHint(6, 'pexDropped')],
	['dropped6', addressHint(18, 'pexDropped')],
	['added.f', { lore: 'pexFlags', parts: flagFields }],
	['added6.f', { lore: 'pexFlags', parts: flagFields }],
])

const peerExchangeHint: Hint = { keys: key => peerExchangeHints.get(key) }

function addressHint(stride: 6 | 18, lore: 'pexAdded' | 'pexDropped'): Hint {
	return {
		lore,
		words: ({ bytes }) =>
			bytes === undefined ? undefined : safeText(countOfPeers(Math.floor(bytes.length / stride))),
		parts: (payload, at) => endpointFields(payload, at, stride),
	}
}

function countOfPeers(count: number): string {
	return `${count} ${count === 1 ? 'peer' : 'peers'}`
}

const flagBits = [
	[0x01, safe`prefers encryption`],
	[0x02, safe`seed`],
	[0x04, safe`uTP`],
	[0x08, safe`holepunch`],
	[0x10, safe`reachable`],
	[0xe0, safe`other bits`],
] as const

function flagFields(payload: Uint8Array, at: number): Field[] {
	return Array.from(payload, (flags, index) => {
		const start = at + index
		const names = flagBits.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name)
		const value =
			names.length === 0 ? hexNumber(flags) : safe`${hexNumber(flags)}  ${safeText(names.join(', '))}`
		const children = flagBits.map(([mask, name]) => ({
			...createField(name, start, start + 1, {
				value: safe`${bitWords(flags, mask)}  ${(flags & mask) === 0 ? safe`no` : safe`yes`}`,
				lore: 'pexFlags',
			}),
			mask,
		}))
		return createField(safe`${index + 1}`, start, start + 1, {
			value,
			lore: 'pexFlags',
			children,
			folded: true,
		})
	})
}
