// Agreement with the collected bencode vectors.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Bencodable, encodeBencode } from '../../source/protocol/bencode-encode.ts'
import { toHex } from '../../source/protocol/bytes.ts'

const folder = new URL('../../../shared/vectors/bencode/', import.meta.url)
const load = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'))

describe('encode.json', () => {
	const { vectors } = load('encode.json') as { vectors: { value: Bencodable; hex: string; source: string }[] }

	it('has its cases', () => {
		expect(vectors.length).toBeGreaterThanOrEqual(16)
	})

	it.each(vectors)('encodes $value', ({ value, hex }) => {
		expect(toHex(encodeBencode(value))).toBe(hex)
	})
})
