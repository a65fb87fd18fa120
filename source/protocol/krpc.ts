// The messages of the DHT: KRPC (BEP 5) with the additions of BEP 32 (`want`, `nodes6`), BEP 42 (`ip`) and BEP 43
// (`ro`). One datagram is one bencoded dictionary. Read strictly and bounded: whatever is in it was written by
// a stranger. A query that names its transaction but is wrong in itself is read as what is to be answered: an error.

import type { Address } from './address.ts'
import { type BencodeLimits, type BencodeNode, decodeBencode } from './bencode.ts'
import { decodeWholeAddresses } from './compact-address.ts'
import { ProtocolError } from './errors.ts'
import { type InfoHash, type NodeId, toInfoHash, toNodeId } from './ids.ts'
import { type SafeText, safeTextFromBytes } from './safe-text.ts'

/** Longest datagram that is looked at; BEP 32 sends at most 1024 bytes. */
export const maxKrpcBytes = 4096
const krpcLimits: BencodeLimits = { maxDepth: 10, maxTokens: 500 }

/** Numbers of the errors (BEP 5). */
export const krpcErrors = { generic: 201, server: 202, protocol: 203, unknownMethod: 204 } as const

const maxTransactionBytes = 32
const maxTokenBytes = 128
const maxClientBytes = 16
const maxNodes = 32
const maxErrorChars = 128
const maxMethodChars = 32

/** A node and where it is. */
export type NodeContact = { readonly id: NodeId; readonly address: Address }

/** Families of which the asker wants nodes (BEP 32); undefined: the one that the query came over. */
export type Want = readonly (4 | 6)[] | undefined

/** What a query asks for. */
export type KrpcAsk =
	| { readonly method: 'ping' }
	| { readonly method: 'find_node'; readonly target: NodeId; readonly want: Want }
	| { readonly method: 'get_peers'; readonly infoHash: InfoHash; readonly want: Want }
	| {
			readonly method: 'announce_peer'
			readonly infoHash: InfoHash
			/** Where the peer takes connections; not to be used with `impliedPort`, and 0 then if it was not told. */
			readonly port: number
			/** The port that the datagram came from counts instead. */
			readonly impliedPort: boolean
			readonly token: Uint8Array
	  }
	/** A method that we do not know, but that is about a place in the DHT: answered with the nodes closest to it. */
	| { readonly method: 'other'; readonly name: SafeText; readonly target: NodeId; readonly want: Want }

type Head = {
	/** `t`: opaque, echoed in the answer. */
	readonly transaction: Uint8Array
	/** `v`: two letters and a version, as the sender names its software; undefined where it does not. */
	readonly client: Uint8Array | undefined
}

export type KrpcQuery = Head & {
	readonly type: 'query'
	readonly id: NodeId
	/** BEP 43: the sender answers no queries. */
	readonly readOnly: boolean
	readonly ask: KrpcAsk
}

export type KrpcResponse = Head & {
	readonly type: 'response'
	readonly id: NodeId
	readonly nodes: readonly NodeContact[]
	readonly nodes6: readonly NodeContact[]
	/** Peers of the torrent that was asked for; of both families (BEP 32). */
	readonly values: readonly Address[]
	/** To be shown in `announce_peer`. */
	readonly token: Uint8Array | undefined
	/** How the sender sees us (BEP 42). */
	readonly ip: Address | undefined
}

export type KrpcError = Head & {
	readonly type: 'error'
	readonly code: number
	readonly message: SafeText
	readonly ip: Address | undefined
}

/** A query that cannot be answered with anything but this error. */
export type KrpcFaultyQuery = Head & {
	readonly type: 'faultyQuery'
	readonly code: number
	readonly message: string
}

export type KrpcMessage = KrpcQuery | KrpcResponse | KrpcError | KrpcFaultyQuery

/**
 * The message in a datagram. Nothing in it refers to `bytes` any more. Entries of lists that are none (a value of
 * five bytes, the odd end of `nodes`) are left out.
 *
 * Throws a ProtocolError for anything that is no message and cannot be answered: krpc-size, bencode-…,
 * krpc-dictionary, krpc-transaction, krpc-type, krpc-response, krpc-error.
 */
export function decodeKrpc(bytes: Uint8Array): KrpcMessage {
	if (bytes.length > maxKrpcBytes) {
		throw new ProtocolError('krpc-size', `expected at most ${maxKrpcBytes} bytes, got ${bytes.length}`)
	}
	const root = decodeBencode(bytes, krpcLimits)
	if (root.type !== 'dictionary') {
		throw new ProtocolError('krpc-dictionary', `expected a dictionary, got a ${root.type}`)
	}
	const transaction = root.getBytes('t')
	if (transaction === undefined || transaction.length > maxTransactionBytes) {
		throw new ProtocolError('krpc-transaction', 'expected a transaction id of at most 32 bytes')
	}
	const head: Head = { transaction: transaction.slice(), client: atMost(root.getBytes('v'), maxClientBytes) }
	switch (root.getText('y')) {
		case 'q':
			return decodeQuery(root, head)
		case 'r':
			return decodeResponse(root, head)
		case 'e':
			return decodeError(root, head)
		default:
			throw new ProtocolError('krpc-type', 'expected a query, a response or an error')
	}
}

function decodeQuery(root: BencodeNode, head: Head): KrpcQuery | KrpcFaultyQuery {
	const faulty = (message: string): KrpcFaultyQuery => {
		return { ...head, type: 'faultyQuery', code: krpcErrors.protocol, message }
	}
	const method = root.getBytes('q')
	if (method === undefined) return faulty('no method')
	const args = root.getDictionary('a')
	if (args === undefined) return faulty('no arguments')
	const id = placeOf(args, 'id')
	if (id === undefined) return faulty('no id of 20 bytes')
	const ask = decodeAsk(safeTextFromBytes(method, maxMethodChars), args)
	if (ask === undefined) {
		return { ...head, type: 'faultyQuery', code: krpcErrors.unknownMethod, message: 'unknown method' }
	}
	if (typeof ask === 'string') return faulty(ask)
	return { ...head, type: 'query', id, readOnly: root.getInteger('ro') === 1, ask }
}

/** What is asked, a sentence when its arguments are wrong, undefined when nobody knows such a method. */
function decodeAsk(name: SafeText, args: BencodeNode): KrpcAsk | string | undefined {
	const target = placeOf(args, 'target')
	const infoHash = placeOf(args, 'info_hash')
	switch (name as string) {
		case 'ping':
			return { method: 'ping' }
		case 'find_node':
			return target === undefined
				? 'no target of 20 bytes'
				: { method: 'find_node', target, want: wantOf(args) }
		case 'get_peers':
			return infoHash === undefined
				? 'no info_hash of 20 bytes'
				: { method: 'get_peers', infoHash: toInfoHash(infoHash), want: wantOf(args) }
		case 'announce_peer':
			return decodeAnnouncePeer(args, infoHash)
		default: {
			const place = target ?? infoHash
			return place === undefined ? undefined : { method: 'other', name, target: place, want: wantOf(args) }
		}
	}
}

function decodeAnnouncePeer(args: BencodeNode, infoHash: NodeId | undefined): KrpcAsk | string {
	if (infoHash === undefined) return 'no info_hash of 20 bytes'
	const token = atMost(args.getBytes('token'), maxTokenBytes)
	if (token === undefined) return 'no token'
	const impliedPort = (args.getInteger('implied_port') ?? 0) !== 0
	const told = args.getInteger('port') ?? 0
	const port = told > 0 && told <= 0xffff ? told : 0
	if (!impliedPort && port === 0) return 'no port'
	return { method: 'announce_peer', infoHash: toInfoHash(infoHash), port, impliedPort, token }
}

function decodeResponse(root: BencodeNode, head: Head): KrpcResponse {
	const results = root.getDictionary('r')
	const id = results === undefined ? undefined : placeOf(results, 'id')
	if (results === undefined || id === undefined) {
		throw new ProtocolError('krpc-response', 'expected a response with an id of 20 bytes')
	}
	return {
		...head,
		type: 'response',
		id,
		nodes: nodesOf(results.getBytes('nodes'), 4),
		nodes6: nodesOf(results.getBytes('nodes6'), 6),
		values: valuesOf(results.getList('values')),
		token: atMost(results.getBytes('token'), maxTokenBytes),
		ip: compactOf(root.getBytes('ip')),
	}
}

function decodeError(root: BencodeNode, head: Head): KrpcError {
	const [code, message] = root.getList('e')?.items() ?? []
	if (code?.integer === undefined) {
		throw new ProtocolError('krpc-error', 'expected a list that opens with the number of an error')
	}
	return {
		...head,
		type: 'error',
		code: code.integer,
		message: safeTextFromBytes(message?.bytes ?? new Uint8Array(), maxErrorChars),
		ip: compactOf(root.getBytes('ip')),
	}
}

function placeOf(dictionary: BencodeNode, key: string): NodeId | undefined {
	const bytes = dictionary.getBytes(key)
	return bytes?.length === 20 ? toNodeId(bytes.slice()) : undefined
}

function wantOf(args: BencodeNode): Want {
	const list = args.getList('want')
	if (list === undefined) return undefined
	const wanted = new Set<4 | 6>()
	for (const item of list.items()) {
		if (item.text === 'n4') wanted.add(4)
		else if (item.text === 'n6') wanted.add(6)
	}
	return [...wanted]
}

function nodesOf(bytes: Uint8Array | undefined, family: 4 | 6): NodeContact[] {
	const nodes: NodeContact[] = []
	if (bytes === undefined) return nodes
	const stride = family === 4 ? 26 : 38
	for (let at = 0; at + stride <= bytes.length && nodes.length < maxNodes; at += stride) {
		const address = compactOf(bytes.subarray(at + 20, at + stride))
		if (address !== undefined) nodes.push({ id: toNodeId(bytes.slice(at, at + 20)), address })
	}
	return nodes
}

function valuesOf(list: BencodeNode | undefined): Address[] {
	const values: Address[] = []
	for (const item of list?.items() ?? []) {
		const address = compactOf(item.bytes)
		if (address !== undefined) values.push(address)
	}
	return values
}

function compactOf(bytes: Uint8Array | undefined): Address | undefined {
	if (bytes?.length !== 6 && bytes?.length !== 18) return undefined
	return decodeWholeAddresses(bytes, bytes.length)[0]
}

function atMost(bytes: Uint8Array | undefined, limit: number): Uint8Array | undefined {
	return bytes === undefined || bytes.length > limit ? undefined : bytes.slice()
}
