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

function parse(bytes: Uint8Array): Metainfo | ProtocolError {
	try {
		return parseMetainfo(bytes)
	} catch (error) {
		if (error instanceof ProtocolError) return error
		throw error
	}
}
