// The fields of a datagram of the DHT: KRPC (BEP 5) with the keys of BEP 32 (IPv6), 33 (sizes), 42 (ids that fit
// addresses), 43 (read-only), 44 (stored values) and 51 (samples). Any bytes make a tree.
import { formatHost } from '../protocol/address.ts'
import type { BencodeNode } from '../protocol/bencode.ts'
import { type SafeText, safe, safeText } from '../protocol/safe-text.ts'
import { endpointReading, hashFields, nodeFields } from './compact-fields.ts'
import { dissectBencode, type Hint, integerWords } from './dissect-bencode.ts'
import { createField, type Field, type Reading, wholeOf } from './field.ts'
import { hexWords, textWords } from './field-words.ts'
import { distanceWords, nodeIdWords } from './node-id-words.ts'
import type { Specimen } from './specimen.ts'
import { formatAddress, formatCount } from './units.ts'

const limits = { maxDepth: 10, maxTokens: 500 }

/** The whole datagram. */
export function dissectKrpc(specimen: Specimen): Field {
	const { bytes, direction, answers } = specimen
	// Ours are of an id that is made for an address which nobody on this side of the socket can know.
	const sender = direction === 'in' ? specimen.host : undefined
	const context = { target: specimen.target, sender }
	const reading = dissectBencode(bytes, 0, { keys: key => rootHint(key, context) }, { limits })
	const name = answers === undefined ? safe`KRPC message` : safe`KRPC answer to ${answers}`
	return wholeOf(name, specimen, { lore: 'krpc', ...reading })
}

type Context = { readonly target: string | undefined; readonly sender: string | undefined }

const kinds: ReadonlyMap<string, SafeText> = new Map([
	['q', safe`q, query`],
	['r', safe`r, response`],
	['e', safe`e, error`],
])

function rootHint(key: string, context: Context): Hint | undefined {
	switch (key) {
		case 't':
			return { lore: 'krpcTransaction', words: stringWords(hexWords) }
		case 'y':
			return {
				lore: 'krpcKind',
				words: ({ bytes }) => kinds.get(String.fromCharCode(...(bytes ?? []).slice(0, 1))),
			}
		case 'q':
			return { lore: 'krpcMethod' }
		case 'a':
			return { lore: 'krpcArguments', keys: name => argumentHint(name, context) }
		case 'r':
			return { lore: 'krpcResponse', keys: name => responseHint(name, context) }
		case 'e':
			return { lore: 'krpcError', items: errorHint }
		case 'v':
			return { lore: 'krpcClient', words: stringWords(clientWords) }
		case 'ip':
			return { lore: 'krpcAddress', words: stringWords(addressWords), parts: addressParts }
		case 'ro':
			return {
				lore: 'krpcReadOnly',
				words: integerWords(flag => (flag === 1 ? safe`1, asks only` : safe`${flag}`)),
			}
		default:
			return undefined
	}
}

function argumentHint(key: string, { sender }: Context): Hint | undefined {
	switch (key) {
		case 'id':
			return { lore: 'nodeId', words: stringWords(id => nodeIdWords(id, sender)) }
		case 'target':
			return { lore: 'krpcTarget', words: stringWords(hexWords) }
		case 'info_hash':
			return { lore: 'krpcInfoHash', words: stringWords(hexWords) }
		case 'port':
			return { lore: 'krpcPort', words: integerWords(port => safe`port ${port}`) }
		case 'implied_port':
			return { lore: 'krpcImpliedPort', words: integerWords(impliedWords) }
		case 'token':
			return { lore: 'krpcToken', words: stringWords(hexWords) }
		case 'want':
			return { lore: 'krpcWant' }
		case 'seed':
			return { lore: 'krpcSeed' }
		default:
			return storedHint(key)
	}
}

function responseHint(key: string, { target, sender }: Context): Hint | undefined {
	switch (key) {
		case 'id':
			return { lore: 'nodeId', words: stringWords(id => ownIdWords(id, sender, target)) }
		case 'nodes':
			return nodesHint(26, target)
		case 'nodes6':
			return nodesHint(38, target)
		case 'values':
			return { lore: 'krpcValues', words: peersWords, items: () => valueHint }
		case 'token':
			return { lore: 'krpcToken', words: stringWords(hexWords) }
		case 'samples':
			return {
				lore: 'krpcSamples',
				words: stringWords(bytes => countWords(bytes.length / 20, 'info hash')),
				parts: (payload, at) => hashFields(payload, at, 'krpcSamples'),
			}
		default:
			return storedHint(key)
	}
}

/** Values under a key (BEP 44), which nobody here stores. */
function storedHint(key: string): Hint | undefined {
	return key === 'v' || key === 'k' || key === 'sig' || key === 'seq' || key === 'cas' || key === 'salt'
		? { lore: 'krpcStored' }
		: undefined
}

function ownIdWords(id: Uint8Array, sender: string | undefined, target: string | undefined): SafeText {
	const words = nodeIdWords(id, sender)
	return target === undefined || id.length !== 20 ? words : safe`${words}  ${distanceWords(id, target)}`
}

function nodesHint(stride: 26 | 38, target: string | undefined): Hint {
	return {
		lore: 'krpcNodes',
		words: stringWords(bytes => countWords(bytes.length / stride, 'node')),
		parts: (payload, at) => nodeFields(payload, at, { stride, target }),
	}
}

const valueHint: Hint = {
	lore: 'krpcValues',
	words: stringWords(addressWords),
	parts: addressParts,
}

function errorHint(index: number): Hint {
	if (index === 0)
		return { lore: 'krpcErrorCode', words: integerWords(code => errorCodes.get(code) ?? safe`${code}`) }
	return { lore: 'krpcErrorText' }
}

const errorCodes: ReadonlyMap<number, SafeText> = new Map([
	[201, safe`201, generic`],
	[202, safe`202, server`],
	[203, safe`203, protocol`],
	[204, safe`204, method unknown`],
	[205, safe`205, value too long`],
	[206, safe`206, signature wrong`],
	[207, safe`207, salt too long`],
	[301, safe`301, value has changed`],
	[302, safe`302, sequence number too low`],
])

function impliedWords(flag: number): SafeText {
	return flag === 0 ? safe`0, the port above` : safe`${flag}, the port of this datagram`
}

/** Words for strings only. */
function stringWords(
	words: (bytes: Uint8Array) => SafeText | undefined,
): (node: BencodeNode) => SafeText | undefined {
	return ({ bytes }) => (bytes === undefined ? undefined : words(bytes))
}

function peersWords(node: BencodeNode): SafeText | undefined {
	return node.type === 'list' ? countWords([...node.items()].length, 'peer') : undefined
}

function countWords(count: number, noun: string): SafeText {
	const whole = Math.floor(count)
	return safeText(noun === 'info hash' && whole !== 1 ? `${whole} info hashes` : formatCount(whole, noun))
}

/** Two letters of the program and two bytes of its version, by custom. */
function clientWords(bytes: Uint8Array): SafeText | undefined {
	if (bytes.length !== 4) return undefined
	const [, , major = 0, minor = 0] = bytes
	return safe`${textWords(bytes.subarray(0, 2))} version ${major}.${minor}`
}

function isEndpoint(bytes: Uint8Array): boolean {
	return bytes.length === 6 || bytes.length === 18
}

function addressWords(bytes: Uint8Array): SafeText | undefined {
	if (!isEndpoint(bytes)) return undefined
	const port = ((bytes.at(-2) ?? 0) << 8) | (bytes.at(-1) ?? 0)
	return safeText(formatAddress(formatHost(bytes.subarray(0, -2)), port))
}

function addressParts(payload: Uint8Array, at: number): Field[] {
	if (isEndpoint(payload)) return [...(endpointReading(payload, at).children ?? [])]
	const reading: Reading = {
		value: hexWords(payload),
		problem: safe`expected 6 or 18 bytes, got ${payload.length}`,
	}
	return [createField(safe`no address`, at, at + payload.length, reading)]
}
