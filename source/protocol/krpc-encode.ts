// The messages of the DHT as we write them (BEP 5, 32, 42, 43), keys in order, no datagram over 1024 bytes as long
// as its lists fit what spaceOf() says.

import type { Address } from './address.ts'
import { type Bencodable, encodeBencode } from './bencode-encode.ts'
import { concatBytes, utf8 } from './bytes.ts'
import { encodeCompactAddress } from './compact-address.ts'
import type { NodeId } from './ids.ts'
import type { KrpcAsk, NodeContact, Want } from './krpc.ts'

/** Longest datagram that may be sent (BEP 32). */
export const maxSentBytes = 1024
/** How many bytes one node takes in `nodes` or `nodes6`, and one peer in `values`. */
export const nodeBytes = { 4: 26, 6: 38 } as const
export const valueBytes = { 4: 8, 6: 21 } as const
/** At most so many bytes are added by a list being there at all: its key, its length. */
export const listOverheadBytes = 14

type Head = { readonly transaction: Uint8Array; readonly client: Uint8Array }

export type QueryFields = Head & {
	readonly id: NodeId
	readonly readOnly: boolean
	readonly ask: Exclude<KrpcAsk, { readonly method: 'other' }>
}

export type ResponseFields = Head & {
	readonly id: NodeId
	/** To whom: sent as `ip` (BEP 42). */
	readonly to: Address
	readonly nodes?: readonly NodeContact[] | undefined
	readonly nodes6?: readonly NodeContact[] | undefined
	readonly values?: readonly Address[] | undefined
	readonly token?: Uint8Array | undefined
}

export type ErrorFields = Head & { readonly to: Address; readonly code: number; readonly message: string }

/** A query. Throws a TypeError for text that bencode cannot hold. */
export function encodeQuery({
	transaction,
	client,
	id,
	readOnly,
	ask,
}: QueryFields): Uint8Array<ArrayBuffer> {
	return encodeBencode({
		a: { id, ...argumentsOf(ask) },
		q: ask.method,
		...(readOnly ? { ro: 1 } : {}),
		t: transaction,
		v: client,
		y: 'q',
	})
}

/** A response; lists that are undefined are left out, empty ones of nodes are sent. */
export function encodeResponse(fields: ResponseFields): Uint8Array<ArrayBuffer> {
	const { id, nodes, nodes6, values, token } = fields
	const results: Record<string, Bencodable> = { id }
	if (nodes !== undefined) results['nodes'] = compactNodes(nodes)
	if (nodes6 !== undefined) results['nodes6'] = compactNodes(nodes6)
	if (token !== undefined) results['token'] = token
	if (values !== undefined && values.length > 0) results['values'] = values.map(compact)
	return encodeBencode({
		ip: compact(fields.to),
		r: results,
		t: fields.transaction,
		v: fields.client,
		y: 'r',
	})
}

/** An error. */
export function encodeError(fields: ErrorFields): Uint8Array<ArrayBuffer> {
	return encodeBencode({
		e: [fields.code, fields.message],
		ip: compact(fields.to),
		t: fields.transaction,
		v: fields.client,
		y: 'e',
	})
}

/** `SS` and two bytes of a version such as `0.1.0`, for `v`. */
export function clientBytes(version: string): Uint8Array<ArrayBuffer> {
	const [major = '0', minor = '0'] = version.split('.')
	return concatBytes([utf8('SS'), Uint8Array.of(Number(major) || 0, Number(minor) || 0)])
}

function argumentsOf(ask: QueryFields['ask']): Record<string, Bencodable> {
	switch (ask.method) {
		case 'ping':
			return {}
		case 'find_node':
			return { target: ask.target, ...wantOf(ask.want) }
		case 'get_peers':
			return { info_hash: ask.infoHash, ...wantOf(ask.want) }
		case 'announce_peer':
			return {
				implied_port: ask.impliedPort ? 1 : 0,
				info_hash: ask.infoHash,
				port: ask.port,
				token: ask.token,
			}
	}
}

function wantOf(want: Want): Record<string, Bencodable> {
	return want === undefined ? {} : { want: want.map(family => `n${family}`) }
}

function compactNodes(nodes: readonly NodeContact[]): Uint8Array {
	return concatBytes(nodes.flatMap(({ id, address }) => [id, compact(address)]))
}

function compact(address: Address): Uint8Array {
	return encodeCompactAddress(address) ?? new Uint8Array()
}
