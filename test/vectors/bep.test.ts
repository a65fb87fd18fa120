// Agreement with the collected vectors of BEP 5, 6, 42, of compact addresses and of CRC-32C.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { allowedFastSet } from '../../source/protocol/allowed-fast.ts'
import { fromHex, toHex, utf8 } from '../../source/protocol/bytes.ts'
import { decodeCompactAddresses, encodeCompactAddress } from '../../source/protocol/compact-address.ts'
import { crc32c } from '../../source/protocol/crc32c.ts'
import { ProtocolError } from '../../source/protocol/errors.ts'
import { toInfoHash } from '../../source/protocol/ids.ts'
import { decodeKrpc, type KrpcMessage, type NodeContact } from '../../source/protocol/krpc.ts'
import { secureNodeId, standingOf } from '../../source/protocol/node-id.ts'

type Vectors = {
	bep6_allowed_fast: { k: number; pieces: number; infohash: string; ip: string; expect: number[] }[]
	bep42_node_id: {
		ip: string
		rand?: number
		node_id?: string
		valid?: boolean
		why?: string
		prefix_21_bits?: string
	}[]
	bep5_krpc: {
		name: string
		hex: string
		expect?: { y: string; q?: string }
		t?: string
		a_id?: string
		r_id?: string
		peers?: { ip: string; port: number }[]
		nodes?: { id: string; ip: string; port: number }[]
	}[]
	bep5_krpc_bad: { hex: string; what: string }[]
	crc32c_check: { in: string; out: string }
	compact: { hex: string; ip?: string; port?: number; family: 4 | 6; expect?: string }[]
}
const file = new URL('../../../shared/vectors/bep/vectors.json', import.meta.url)
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors

const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest()

it('has its cases', () => {
	expect(vectors.bep6_allowed_fast.length).toBeGreaterThanOrEqual(10)
	expect(vectors.bep42_node_id.length).toBeGreaterThanOrEqual(21)
	expect(vectors.bep5_krpc.length).toBeGreaterThanOrEqual(16)
	expect(vectors.bep5_krpc_bad.length).toBeGreaterThanOrEqual(14)
	expect(vectors.compact.length).toBeGreaterThanOrEqual(5)
})

it.each(vectors.bep6_allowed_fast)('the first $k fast pieces of $pieces for $ip', vector => {
	const set = allowedFastSet({
		host: vector.ip,
		infoHash: toInfoHash(fromHex(vector.infohash)),
		pieceCount: vector.pieces,
		count: vector.k,
		sha1,
	})
	expect(set).toEqual(vector.expect)
})

describe('BEP 42', () => {
	it.each(vectors.bep42_node_id)('$ip, r $rand: $node_id$prefix_21_bits $why', vector => {
		if (vector.node_id !== undefined) {
			const standing = standingOf(fromHex(vector.node_id), vector.ip)
			expect(standing !== 'unverified').toBe(vector.valid)
		}
		if (vector.prefix_21_bits !== undefined) {
			const id = secureNodeId(vector.ip, new Uint8Array(20).fill(vector.rand ?? 0, 19))
			expect(toHex(id).slice(0, 6)).toBe(vector.prefix_21_bits)
		}
	})
})

describe('BEP 5', () => {
	it.each(vectors.bep5_krpc)('$name', vector => {
		const message = decodeKrpc(fromHex(vector.hex))
		if (vector.t !== undefined) expect(toHex(message.transaction)).toBe(vector.t)
		if (vector.expect?.y === 'q') {
			expect(message).toMatchObject({ type: 'query', ask: { method: vector.expect.q } })
		}
		if (vector.expect?.y === 'r') expect(message.type).toBe('response')
		const id = vector.a_id ?? vector.r_id
		if (id !== undefined) expect('id' in message && toHex(message.id)).toBe(id)
		if (vector.nodes !== undefined) {
			expect(nodesOf(message).map(node => ({ id: toHex(node.id), ...node.address }))).toEqual(
				vector.nodes.map(node => ({ id: node.id, host: node.ip, port: node.port })),
			)
		}
		if (vector.peers !== undefined) {
			expect(message.type === 'response' && message.values).toEqual(
				vector.peers.map(({ ip, port }) => ({ host: ip, port })),
			)
		}
	})

	it.each(vectors.bep5_krpc_bad)('$what', ({ hex, what }) => {
		let result: KrpcMessage | ProtocolError
		try {
			result = decodeKrpc(fromHex(hex))
		} catch (error) {
			if (!(error instanceof ProtocolError)) throw error
			result = error
		}
		const wanted = /error (\d+)/u.exec(what)?.[1]
		// Whether a token was given is for the node to know.
		if (wanted !== undefined && !what.includes('token'))
			expect(result).toMatchObject({ code: Number(wanted) })
		if (what.includes('answer')) expect(result).toMatchObject({ type: 'query', ask: { method: 'ping' } })
	})
})

describe('compact addresses', () => {
	it.each(vectors.compact)('$hex', vector => {
		const stride = vector.family === 4 ? 6 : 18
		if (vector.expect === 'error') {
			expect(() => decodeCompactAddresses(fromHex(vector.hex), stride)).toThrow(ProtocolError)
			return
		}
		const address = { host: vector.ip ?? '', port: vector.port ?? -1 }
		expect(decodeCompactAddresses(fromHex(vector.hex), stride)).toEqual([address])
		expect(toHex(encodeCompactAddress(address) ?? new Uint8Array())).toBe(vector.hex)
	})
})

it('CRC-32C gives its check value', () => {
	expect(crc32c(utf8(vectors.crc32c_check.in)).toString(16)).toBe(vectors.crc32c_check.out)
})

function nodesOf(message: KrpcMessage): readonly NodeContact[] {
	return message.type === 'response' ? message.nodes : []
}
