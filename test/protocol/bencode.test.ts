import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
	type BencodeNode,
	decodeBencode,
	decodeBencodeSteps,
	extensionLimits,
	torrentLimits,
} from '../../source/protocol/bencode.ts'
import { type Bencodable, encodeBencode } from '../../source/protocol/bencode-encode.ts'
import { concatBytes, fromUtf8, utf8 } from '../../source/protocol/bytes.ts'
import { ProtocolError } from '../../source/protocol/errors.ts'
import { finishSteps } from '../../source/protocol/steps.ts'

const decode = (text: string): BencodeNode => decodeBencode(utf8(text), torrentLimits)

/** The error that decoding ends in; undefined when it succeeds. */
function failure(bytes: Uint8Array | string, limits = torrentLimits): ProtocolError | undefined {
	try {
		decodeBencode(typeof bytes === 'string' ? utf8(bytes) : bytes, limits)
		return undefined
	} catch (error) {
		if (error instanceof ProtocolError) return error
		throw error
	}
}

/** A node as plain values: integers as bigint, dictionaries as lists of pairs in the order of the bytes. */
function valueOf(node: BencodeNode): unknown {
	switch (node.type) {
		case 'string':
			return node.bytes
		case 'integer':
			return node.bigint
		case 'list':
			return [...node.items()].map(valueOf)
		case 'dictionary':
			return [...node.entries()].map(([key, value]) => [fromUtf8(key), valueOf(value)])
	}
}

describe('bencode decoder', () => {
	it('reads strings, integers, lists and dictionaries by views of the bytes', () => {
		const bytes = utf8('d4:infod6:lengthi-7e4:name2:ée4:listl1:a0:i0eee')
		const root = decodeBencode(bytes, torrentLimits)
		expect(root.type).toBe('dictionary')
		expect(root.sorted).toBe(true)
		const info = root.getDictionary('info')
		expect(info?.getInteger('length')).toBe(-7)
		expect(info?.getText('name')).toBe('é')
		expect(fromUtf8(info?.raw ?? bytes)).toBe('d6:lengthi-7e4:name2:ée')
		expect(valueOf(root)).toEqual([
			[
				'info',
				[
					['length', -7n],
					['name', utf8('é')],
				],
			],
			['list', [utf8('a'), utf8(''), 0n]],
		])
	})

	it('gives start, end and raw bytes of every value', () => {
		const text = 'd1:ali12e3:xyzleee'
		const root = decode(text)
		const list = root.getList('a')
		const seen = [root, list, ...(list?.items() ?? [])].map(node => [node?.start, node?.end])
		expect(seen).toEqual([
			[0, 18],
			[4, 17],
			[5, 9],
			[9, 14],
			[14, 16],
		])
		expect([...(list?.items() ?? [])].map(node => fromUtf8(node.raw))).toEqual(['i12e', '3:xyz', 'le'])
	})

	it('copies no payload', () => {
		const bytes = utf8('4:spam')
		expect(decodeBencode(bytes, torrentLimits).bytes?.buffer).toBe(bytes.buffer)
		const inside = concatBytes([utf8('xx'), bytes]).subarray(2)
		expect(fromUtf8(decodeBencode(inside, torrentLimits).bytes ?? inside)).toBe('spam')
	})

	it('answers undefined or nothing when a value has another type', () => {
		const root = decode('d1:ai1e1:b1:x1:clee')
		expect(root.getBytes('a')).toBeUndefined()
		expect(root.getText('c')).toBeUndefined()
		expect(root.getInteger('b')).toBeUndefined()
		expect(root.getList('a')).toBeUndefined()
		expect(root.getDictionary('c')).toBeUndefined()
		expect(root.get('d')).toBeUndefined()
		expect(root.get('a')?.get('x')).toBeUndefined()
		expect([...root.items()]).toEqual([])
		expect([...(root.get('c')?.entries() ?? [])]).toEqual([])
		expect(root.bigint).toBeUndefined()
		expect(decodeBencode(Uint8Array.of(0x31, 0x3a, 0xff), torrentLimits).text).toBeUndefined()
	})

	it('finds keys by their bytes, whatever an object would make of them', () => {
		const root = decode('d9:__proto__d1:ai1ee8:toString1:xe')
		expect(root.getDictionary('__proto__')?.getInteger('a')).toBe(1)
		expect(root.getText('toString')).toBe('x')
		expect(root.get('constructor')).toBeUndefined()
		expect(({} as Record<string, unknown>)['a']).toBeUndefined()
	})

	it('reads integers exactly: as numbers when safe, as bigints always', () => {
		for (const digits of ['0', '-1', '9007199254740991', '-9007199254740991']) {
			expect(decode(`i${digits}e`).integer).toBe(Number(digits))
		}
		for (const digits of ['9007199254740992', '9007199254740993', '-9223372036854775808', '9'.repeat(100)]) {
			expect(decode(`i${digits}e`).integer).toBeUndefined()
			expect(decode(`i${digits}e`).bigint).toBe(BigInt(digits))
		}
	})

	it.each([
		['', 'bencode-truncated', 0],
		['i1', 'bencode-truncated', 2],
		['l', 'bencode-truncated', 1],
		['d1:a', 'bencode-truncated', 4],
		['5:hell', 'bencode-truncated', 0],
		['1', 'bencode-truncated', 1],
		['12', 'bencode-truncated', 0],
		['e', 'bencode-syntax', 0],
		['x', 'bencode-syntax', 0],
		['-1:a', 'bencode-syntax', 0],
		['di1e1:ae', 'bencode-syntax', 1],
		['d1:ae', 'bencode-syntax', 4],
		['d1:ale1:be', 'bencode-syntax', 9],
		['dlee', 'bencode-syntax', 1],
		['ie', 'bencode-integer', 1],
		['i-e', 'bencode-integer', 2],
		['i-0e', 'bencode-integer', 0],
		['i01e', 'bencode-integer', 0],
		['i-01e', 'bencode-integer', 0],
		['i+1e', 'bencode-integer', 1],
		['i1.5e', 'bencode-integer', 2],
		[`i1${'0'.repeat(100)}e`, 'bencode-integer', 0],
		['01:a', 'bencode-length', 0],
		['1a:', 'bencode-length', 0],
		['9'.repeat(400), 'bencode-truncated', 0],
		['18446744073709551617:a', 'bencode-truncated', 0],
		['d1:ai1e1:ai2ee', 'bencode-duplicate-key', 7],
		['i1ei2e', 'bencode-trailing', 3],
		['le\n', 'bencode-trailing', 2],
	])('refuses %s', (text, code, offset) => {
		expect(failure(text)).toMatchObject({ code, offset })
	})

	it('gives the end of the value when more may follow', () => {
		const node = decodeBencode(utf8('d1:ai1eeSHARE'), extensionLimits, { allowTrailing: true })
		expect(node.end).toBe(8)
	})

	it('accepts keys out of order and flags them', () => {
		const root = decode('d1:bi1e1:ai2ee')
		expect(root.sorted).toBe(false)
		expect(root.getInteger('a')).toBe(2)
		expect(valueOf(root)).toEqual([
			['b', 1n],
			['a', 2n],
		])
		expect(decode('d1:ad1:zi1ee1:bd1:ai1eee').sorted).toBe(true)
	})

	it('finds duplicate keys in any order, in dictionaries of any size', () => {
		const keys = fc.uniqueArray(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 }), {
			maxLength: 60,
		})
		fc.assert(
			fc.property(keys, fc.nat(), fc.boolean(), (unique, pick, repeat) => {
				fc.pre(unique.length > 0)
				const repeated = repeat ? [...unique, unique[pick % unique.length] ?? ''] : unique
				const text = `d${repeated.map(key => `${key.length}:${key}ld0:0:ee`).join('')}e`
				expect(failure(text)?.code).toBe(repeat ? 'bencode-duplicate-key' : undefined)
			}),
			{ numRuns: 500 },
		)
	})

	it('finds a duplicate behind a long common prefix', () => {
		const keys = Array.from({ length: 40 }, (_, index) => `${'x'.repeat(5_000)}${90 - index}`)
		const text = (all: string[]): string => `d${all.map(key => `${key.length}:${key}i0e`).join('')}e`
		expect(failure(text(keys))).toBeUndefined()
		expect(failure(text([...keys, keys[20] ?? '']))?.code).toBe('bencode-duplicate-key')
		expect(failure(text([...keys, 'x']))).toBeUndefined()
		expect(failure(text(['x', ...keys, 'x']))?.code).toBe('bencode-duplicate-key')
	})

	it('limits the depth without recursion', () => {
		expect(failure('l'.repeat(100) + 'e'.repeat(100))).toBeUndefined()
		expect(failure('l'.repeat(101) + 'e'.repeat(101))).toMatchObject({ code: 'bencode-depth', offset: 100 })
		expect(failure('d1:a'.repeat(1_000_000))?.code).toBe('bencode-depth')
	})

	it('limits the tokens: values, keys and ends', () => {
		const limits = { maxDepth: 10, maxTokens: 6 }
		expect(failure('d1:ali1e1:bee', limits)?.code).toBe('bencode-tokens')
		expect(failure('d1:ali1eee', limits)).toBeUndefined()
	})

	it('reads back whatever the encoder writes', () => {
		const { value } = fc.letrec<{ value: Bencodable }>(tie => ({
			value: fc.oneof(
				{ maxDepth: 5 },
				fc.maxSafeInteger(),
				fc.uint8Array({ maxLength: 20 }),
				fc.array(tie('value'), { maxLength: 5 }),
				fc.dictionary(fc.string({ unit: 'grapheme-ascii', maxLength: 8 }), tie('value'), { maxKeys: 5 }),
			),
		}))
		const asRead = (plain: Bencodable): unknown => {
			if (typeof plain === 'number') return BigInt(plain)
			if (plain instanceof Uint8Array || typeof plain === 'string') return plain
			if (Array.isArray(plain)) return plain.map(asRead)
			return Object.entries(plain as Record<string, Bencodable>)
				.sort(([a], [b]) => (a < b ? -1 : 1))
				.map(([key, entry]) => [key, asRead(entry)])
		}
		fc.assert(
			fc.property(value, plain => {
				const bytes = encodeBencode(plain)
				const root = decodeBencode(bytes, torrentLimits)
				expect(valueOf(root)).toEqual(asRead(plain))
				expect([root.start, root.end, root.sorted]).toEqual([0, bytes.length, true])
			}),
			{ numRuns: 1_000 },
		)
	})

	it('refuses every proper prefix of a value', () => {
		const bytes = utf8('d4:infod6:lengthi-7e4:name2:ée4:listl1:a0:i10eee')
		for (let length = 0; length < bytes.length; length += 1) {
			expect(failure(bytes.subarray(0, length))?.code).toBe('bencode-truncated')
		}
	})

	it('ends in a value or a ProtocolError, whatever the bytes', () => {
		const piece = fc.constantFrom('d', 'l', 'e', 'i', '-', '0', '1', '2', ':', 'a', '1:a', 'i1e', '\u0000')
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 40 }), parts => {
				const text = parts.join('')
				if (failure(text) === undefined) expect(decode(text).end).toBe(text.length)
			}),
			{ numRuns: 5_000 },
		)
	})

	it('can pause, and gives the same nodes', () => {
		const text = `l${'d1:bi1e1:ai2ee'.repeat(30_000)}e`
		let pauses = 0
		const steps = decodeBencodeSteps(utf8(text), torrentLimits)
		let step = steps.next()
		for (; step.done !== true; step = steps.next()) pauses += 1
		expect(pauses).toBeGreaterThanOrEqual(3)
		expect(step.value.end).toBe(text.length)
		expect(finishSteps(decodeBencodeSteps(utf8('i7e'), torrentLimits)).integer).toBe(7)
	})
})
