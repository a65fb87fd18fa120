import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Address } from '../../source/protocol/address.ts'
import { concatBytes, fromHex, toHex, utf8 } from '../../source/protocol/bytes.ts'
import { ProtocolError } from '../../source/protocol/errors.ts'
import { toInfoHash, toNodeId } from '../../source/protocol/ids.ts'
import { decodeKrpc, type KrpcMessage, maxKrpcBytes } from '../../source/protocol/krpc.ts'
import {
	clientBytes,
	encodeError,
	encodeQuery,
	encodeResponse,
	listOverheadBytes,
	nodeBytes,
	type QueryFields,
	valueBytes,
} from '../../source/protocol/krpc-encode.ts'

const us = toNodeId(utf8('abcdefghij0123456789'))
const them = toNodeId(utf8('mnopqrstuvwxyz123456'))
const to: Address = { host: '198.51.100.7', port: 6881 }
const head = { transaction: utf8('aa'), client: clientBytes('0.1.0') }

const read = (text: string): KrpcMessage => decodeKrpc(utf8(text))
function codeOf(text: string): string {
	try {
		return read(text).type
	} catch (error) {
		if (error instanceof ProtocolError) return error.code
		throw error
	}
}

describe('queries', () => {
	it('read as BEP 5 prints them', () => {
		const ping = read('d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe')
		expect(ping).toEqual({
			type: 'query',
			transaction: utf8('aa'),
			client: undefined,
			id: us,
			readOnly: false,
			ask: { method: 'ping' },
		})
		const find = read(
			'd1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q9:find_node1:t2:aa1:y1:qe',
		)
		expect(find).toMatchObject({ ask: { method: 'find_node', target: them, want: undefined } })
		const announce = read(
			'd1:ad2:id20:abcdefghij012345678912:implied_porti1e9:info_hash20:mnopqrstuvwxyz1234564:porti6881e5:token8:aoeusnthe1:q13:announce_peer1:t2:aa1:y1:qe',
		)
		expect(announce).toMatchObject({
			ask: { method: 'announce_peer', port: 6881, impliedPort: true, token: utf8('aoeusnth') },
		})
	})

	it('are written as BEP 5 prints them, with our name', () => {
		const bytes = encodeQuery({ ...head, id: us, readOnly: false, ask: { method: 'ping' } })
		expect(toHex(bytes)).toBe(
			toHex(
				concatBytes([
					utf8('d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:v4:SS'),
					Uint8Array.of(0, 1),
					utf8('1:y1:qe'),
				]),
			),
		)
	})

	it('say that we are read-only (BEP 43) and which families we want (BEP 32)', () => {
		const bytes = encodeQuery({
			...head,
			id: us,
			readOnly: true,
			ask: { method: 'find_node', target: them, want: [4, 6] },
		})
		expect(decodeKrpc(bytes)).toMatchObject({ readOnly: true, ask: { want: [4, 6] } })
		expect(toHex(bytes)).toContain(toHex(utf8('2:roi1e')))
	})

	it('may want families of which nobody knows', () => {
		const query = read(
			'd1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz1234564:wantl2:n42:n92:n6ee1:q9:find_node1:t2:aa1:y1:qe',
		)
		expect(query).toMatchObject({ ask: { want: [4, 6] } })
	})

	it('of an unknown method are answered for their place in the DHT when they name one, else with 204', () => {
		const asked = 'd1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q3:get1:t2:aa1:y1:qe'
		expect(read(asked)).toMatchObject({ ask: { method: 'other', name: 'get', target: them } })
		const unasked = 'd1:ad2:id20:abcdefghij0123456789e1:q3:get1:t2:aa1:y1:qe'
		expect(read(unasked)).toMatchObject({ type: 'faultyQuery', code: 204 })
	})

	it.each([
		['d1:q4:ping1:t2:aa1:y1:qe', 'no arguments'],
		['d1:ad2:id3:abce1:q4:ping1:t2:aa1:y1:qe', 'no id of 20 bytes'],
		['d1:ad2:id20:abcdefghij0123456789e1:t2:aa1:y1:qe', 'no method'],
		['d1:ad2:id20:abcdefghij0123456789e1:q9:find_node1:t2:aa1:y1:qe', 'no target of 20 bytes'],
		['d1:ad2:id20:abcdefghij0123456789e1:q9:get_peers1:t2:aa1:y1:qe', 'no info_hash of 20 bytes'],
		[
			'd1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz1234564:porti99999e5:token1:ae1:q13:announce_peer1:t2:aa1:y1:qe',
			'no port',
		],
		[
			'd1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz1234564:porti1ee1:q13:announce_peer1:t2:aa1:y1:qe',
			'no token',
		],
	])('that lack something are answered with 203: %s', (text, message) => {
		expect(read(text)).toMatchObject({ type: 'faultyQuery', code: 203, message })
	})
})

describe('responses', () => {
	it('hold nodes of both families, peers of both families, a token and how they see us', () => {
		const node = { id: them, address: { host: '203.0.113.9', port: 51413 } }
		const node6 = { id: them, address: { host: '2001:db8::9', port: 51413 } }
		const values = [to, { host: '2001:db8::7', port: 1 }]
		const bytes = encodeResponse({
			...head,
			id: us,
			to,
			nodes: [node, node],
			nodes6: [node6],
			values,
			token: utf8('tok'),
		})
		expect(decodeKrpc(bytes)).toEqual({
			type: 'response',
			...head,
			id: us,
			nodes: [node, node],
			nodes6: [node6],
			values,
			token: utf8('tok'),
			ip: to,
		})
	})

	it('take no more than was reckoned for their lists', () => {
		const size = (nodes: number, values: number) =>
			encodeResponse({
				...head,
				id: us,
				to,
				nodes: Array.from({ length: nodes }, () => ({ id: them, address: to })),
				values: Array.from({ length: values }, () => to),
			}).length
		const bare = encodeResponse({ ...head, id: us, to }).length
		expect(size(8, 0)).toBeLessThanOrEqual(bare + listOverheadBytes + 8 * nodeBytes[4])
		expect(size(0, 9)).toBeLessThanOrEqual(bare + 2 * listOverheadBytes + 9 * valueBytes[4])
	})

	it('give the nodes that are whole, and the values that are endpoints', () => {
		const odd = read(
			'd1:rd2:id20:abcdefghij01234567895:nodes27:aaaaaaaaaaaaaaaaaaaaaaaaaaa6:valuesl6:axje.u5:axje.i7eee1:t2:aa1:y1:re',
		)
		expect(odd).toMatchObject({ nodes: [{ id: utf8('a'.repeat(20)) }], values: [{ port: 11893 }] })
	})

	it('name no more than 32 nodes', () => {
		const nodes = 'a'.repeat(26 * 40)
		const answer = read(`d1:rd2:id20:abcdefghij01234567895:nodes${nodes.length}:${nodes}e1:t2:aa1:y1:re`)
		expect(answer.type === 'response' && answer.nodes.length).toBe(32)
	})

	it('do not share their bytes with the datagram', () => {
		const bytes = encodeResponse({ ...head, id: us, to, token: utf8('tok') })
		const answer = decodeKrpc(bytes)
		bytes.fill(0)
		expect(answer).toMatchObject({ id: us, token: utf8('tok'), transaction: utf8('aa') })
	})
})

describe('errors', () => {
	it('hold their number and a text without power over a terminal', () => {
		expect(read('d1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee')).toMatchObject({
			type: 'error',
			code: 201,
			message: 'A Generic Error Ocurred',
		})
		expect(read('d1:eli203e5:a\u001b[2Je1:t2:aa1:y1:ee')).toMatchObject({ message: 'a' })
		expect(decodeKrpc(encodeError({ ...head, to, code: 204, message: 'unknown method' }))).toMatchObject({
			code: 204,
			ip: to,
		})
	})
})

it.each([
	['i5e', 'krpc-dictionary'],
	['d1:y1:qe', 'krpc-transaction'],
	[`d1:t33:${'t'.repeat(33)}1:y1:qe`, 'krpc-transaction'],
	['d1:t2:aa1:y1:xe', 'krpc-type'],
	['d1:t2:aa1:y1:re', 'krpc-response'],
	['d1:rd2:id3:abce1:t2:aa1:y1:re', 'krpc-response'],
	['d1:e3:bad1:t2:aa1:y1:ee', 'krpc-error'],
	['d1:t2:aa1:y1:qe trailing', 'bencode-trailing'],
	[`d1:t2:aa1:x${'l'.repeat(11)}${'e'.repeat(11)}1:y1:qe`, 'bencode-depth'],
	[`d1:t2:aa1:xl${'0:'.repeat(600)}e1:y1:qe`, 'bencode-tokens'],
	['x'.repeat(maxKrpcBytes + 1), 'krpc-size'],
	['', 'bencode-truncated'],
])('%s is no message: %s', (text, code) => {
	expect(codeOf(text)).toBe(code)
})

it('whatever is written is read back', () => {
	const id = fc.uint8Array({ minLength: 20, maxLength: 20 })
	const asks: fc.Arbitrary<QueryFields['ask']> = fc.oneof(
		fc.constant({ method: 'ping' as const }),
		id.map(target => ({ method: 'find_node' as const, target: toNodeId(target), want: undefined })),
		id.map(hash => ({ method: 'get_peers' as const, infoHash: toInfoHash(hash), want: [6] as const })),
		fc
			.record({
				infoHash: id.map(toInfoHash),
				port: fc.integer({ min: 1, max: 65535 }),
				impliedPort: fc.boolean(),
				token: fc.uint8Array({ maxLength: 20 }),
			})
			.map(fields => ({ method: 'announce_peer' as const, ...fields })),
	)
	fc.assert(
		fc.property(
			asks,
			id,
			fc.boolean(),
			fc.uint8Array({ maxLength: 8 }),
			(ask, node, readOnly, transaction) => {
				const query = { ...head, transaction, id: toNodeId(node), readOnly, ask }
				expect(decodeKrpc(encodeQuery(query))).toEqual({ ...query, type: 'query' })
			},
		),
	)
})

it('cutting or changing a message never gives anything but a message or a ProtocolError', () => {
	const whole = encodeResponse({
		...head,
		id: us,
		to,
		nodes: [{ id: them, address: to }],
		values: [to],
		token: fromHex('00ff'),
	})
	fc.assert(
		fc.property(fc.nat(whole.length), fc.nat(whole.length - 1), fc.nat(255), (cut, at, byte) => {
			const bytes = whole.slice()
			bytes[at] = byte
			try {
				decodeKrpc(bytes.subarray(0, cut))
			} catch (error) {
				expect(error).toBeInstanceOf(ProtocolError)
			}
		}),
	)
})
