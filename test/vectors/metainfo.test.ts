// Agreement with the collected whole torrents.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../source/protocol/bytes.ts'
import { ProtocolError } from '../../source/protocol/errors.ts'
import { type Metainfo, parseMetainfo } from '../../source/protocol/metainfo.ts'

type Vector = {
	id: number
	name: string
	hex: string
	expect: 'ok' | 'error'
	level: 'must' | 'should' | 'policy'
	needs?: string
	infohash_v1?: string
	private?: 0 | 1 | null
	nodes?: [string, number][]
	asserts?: { announce_list?: string[][]; name?: string; web_seeds?: number }
}

const file = new URL('../../../shared/vectors/inline-torrents/torrents.json', import.meta.url)
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[] }

describe('torrents.json', () => {
	it('has its cases', () => {
		expect(vectors.length).toBeGreaterThanOrEqual(56)
	})

	it.each(vectors.filter(vector => vector.needs === undefined))('$id: $name is $expect ($level)', vector => {
		const result = parse(fromHex(vector.hex))
		if (vector.level !== 'policy')
			expect(result instanceof ProtocolError ? 'error' : 'ok').toBe(vector.expect)
		if (result instanceof ProtocolError) return
		expect(createHash('sha1').update(result.infoBytes).digest('hex')).toBe(vector.infohash_v1)
		if (vector.level === 'must' && vector.private !== undefined) {
			expect(result.private).toBe(vector.private === 1)
		}
		if (vector.nodes !== undefined) {
			expect(result.nodes.map(({ host, port }) => [host, port])).toEqual(vector.nodes)
		}
		const { announce_list: tiers, name, web_seeds: webSeeds } = vector.asserts ?? {}
		if (tiers !== undefined) expect(result.tiers).toEqual(tiers)
		if (name !== undefined) expect(result.name).toBe(name)
		if (webSeeds !== undefined) expect(result.webSeeds).toHaveLength(webSeeds)
		expect(toHex(result.pieceHashes)).toHaveLength(result.geometry.pieceCount * 40)
	})
})

describe('bep52', () => {
	const load = (name: string): Uint8Array =>
		readFileSync(new URL(`../../../shared/vectors/bep52/${name}.torrent`, import.meta.url))

	it('refuses version 2 alone and uses the hybrid as version 1', () => {
		expect(parse(load('bittorrent-v2-test'))).toMatchObject({ code: 'metainfo-v2-only' })
		const hybrid = parse(load('bittorrent-v2-hybrid-test'))
		if (hybrid instanceof ProtocolError) throw hybrid
		expect(hybrid.hybrid).toBe(true)
		const { infoBytes } = hybrid
		expect(createHash('sha1').update(infoBytes).digest('hex')).toBe(
			'631a31dd0a46257d5078c0dee4e66e26f73e42ac',
		)
		expect(createHash('sha256').update(infoBytes).digest('hex')).toBe(
			'd8dd32ac93357c368556af3ac1d95c9d76bd0dff6fa9833ecdac3d53134efabb',
		)
	})
})

function parse(bytes: Uint8Array): Metainfo | ProtocolError {
	try {
		return parseMetainfo(bytes)
	} catch (error) {
		if (error instanceof ProtocolError) return error
		throw error
	}
}
