import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex, utf8 } from '../../source/protocol/bytes.ts'
import { ProtocolError } from '../../source/protocol/errors.ts'
import { toInfoHash } from '../../source/protocol/ids.ts'
import type { MsePayload } from '../../source/protocol/mse.ts'
import { applyRc4 } from '../../source/protocol/rc4.ts'
import { createPair, hear, mseChance, mseInfoHash, type MsePairOptions } from '../helpers/mse-pair.ts'

const whole = (bytes: Uint8Array) => [bytes]
const bytewise = (bytes: Uint8Array) => Array.from(bytes, byte => Uint8Array.of(byte))
type Cut = (bytes: Uint8Array) => readonly Uint8Array[]

/** A whole handshake, then a word each way. */
function talk(options: MsePairOptions, cut: Cut = whole) {
	const { a, b } = createPair(options)
	const [first] = a.start().send
	const two = hear(b, first ?? new Uint8Array(0), cut)
	const three = hear(a, two.said, cut)
	const four = hear(b, three.said, cut)
	const last = four.end
	if (last === undefined) throw new Error('expected B to be done')
	const word = utf8('word of B')
	if (last.agreement.sending !== undefined) applyRc4(last.agreement.sending, word)
	const five = hear(a, new Uint8Array(Buffer.concat([four.said, word])), cut)
	return {
		a: five.end,
		b: last,
		stepsOfA: [...three.steps, ...five.steps],
		stepsOfB: [...two.steps, ...four.steps],
	}
}

const choices: readonly (readonly [readonly MsePayload[], readonly MsePayload[], MsePayload])[] = [
	[['plain', 'rc4'], ['plain', 'rc4'], 'plain'],
	[['plain', 'rc4'], ['rc4', 'plain'], 'rc4'],
	[['rc4'], ['plain', 'rc4'], 'rc4'],
	[['plain'], ['rc4', 'plain'], 'plain'],
]

describe('two sides', () => {
	test.each(choices)('that offer %j and accept %j go on %s', (provide, accept, payload) => {
		const initial = utf8('first word of A')
		const { a, b } = talk({ provide, accept, initial })
		for (const end of [a, b]) {
			expect(end?.agreement.payload).toBe(payload)
			expect(end?.agreement.sending === undefined).toBe(payload === 'plain')
		}
		expect(toHex(b.heard)).toBe(toHex(initial))
		expect(toHex(a?.heard ?? new Uint8Array(0))).toBe(toHex(utf8('word of B')))
	})

	test('understand each other whatever the pads, however the stream is cut', () => {
		const pad = fc.nat({ max: 512 })
		fc.assert(
			fc.property(pad, pad, pad, pad, fc.integer({ min: 1, max: 700 }), (padA, padB, padC, padD, step) => {
				const cut: Cut = bytes =>
					Array.from({ length: Math.ceil(bytes.length / step) }, (_, at) =>
						bytes.subarray(at * step, (at + 1) * step),
					)
				const { a, b } = talk(
					{
						chanceOfA: mseChance(3, padA, padC),
						chanceOfB: mseChance(4, padB, padD),
						provide: ['rc4'],
						initial: utf8('IA'),
					},
					cut,
				)
				expect(toHex(b.heard)).toBe(toHex(utf8('IA')))
				expect(toHex(a?.heard ?? new Uint8Array(0))).toBe(toHex(utf8('word of B')))
			}),
			{ numRuns: 30 },
		)
	})

	test('understand each other byte by byte', () => {
		const { a } = talk({ chanceOfA: mseChance(3, 512, 512), chanceOfB: mseChance(4, 512, 512) }, bytewise)
		expect(a?.agreement.infoHash).toEqual(mseInfoHash)
	})

	test('tell every message to whoever watches, in order, a key with its pad', () => {
		const { stepsOfA, stepsOfB } = talk({ chanceOfA: mseChance(3, 11, 5), chanceOfB: mseChance(4, 22, 6) })
		const words = (steps: typeof stepsOfA) =>
			steps.map(({ direction, step }) => `${direction} ${step.type} ${step.padBytes} ${step.raw.length}`)
		expect(words(stepsOfA)).toEqual(['in key 0 118', 'out request 0 61', 'in answer 0 20'])
		expect(words(stepsOfB)).toEqual(['in key 0 107', 'out key 0 118', 'in request 0 61', 'out answer 0 20'])
	})
})

/** The code of the error with which B ends, hearing this. */
function refusalOf(push: () => unknown): string | undefined {
	try {
		push()
	} catch (error) {
		if (error instanceof ProtocolError) return error.code
		throw error
	}
	return undefined
}

describe('whoever was dialled', () => {
	const noise = (length: number) => Uint8Array.from({ length }, (_, at) => (at * 151 + 7) & 255)

	test('says nothing before it heard a whole public key, and then no more than key and pad', () => {
		const { b } = createPair({ chanceOfB: mseChance(2, 512) })
		expect(b.push(noise(95)).send).toEqual([])
		expect(b.push(noise(1)).send.map(({ length }) => length)).toEqual([608])
	})

	test('gives up when 512 bytes of pad and a hash bring no end of the pad, at any split', () => {
		for (const cut of [whole, bytewise]) {
			const { b } = createPair()
			expect(hear(b, noise(627), cut).end).toBeUndefined()
			expect(refusalOf(() => b.push(noise(1)))).toBe('mse-sync')
		}
	})

	test('ends at the first byte too many of noise that never ends', () => {
		const { b } = createPair()
		expect(refusalOf(() => b.push(noise(1 << 20)))).toBe('mse-sync')
	})

	test.each([0, 1])('refuses the public key %i', value => {
		const { b } = createPair()
		const key = new Uint8Array(96)
		key[95] = value
		expect(refusalOf(() => b.push(key))).toBe('mse-public-key')
	})

	test('refuses a torrent that it does not have', () => {
		expect(refusalOf(() => talk({ infoHashes: [toInfoHash(new Uint8Array(20))] }))).toBe('mse-torrent')
	})

	test('finds the torrent among many', () => {
		const others = Array.from({ length: 20 }, (_, at) => toInfoHash(new Uint8Array(20).fill(at + 100)))
		expect(talk({ infoHashes: [...others, mseInfoHash] }).b.agreement.infoHash).toEqual(mseInfoHash)
	})

	test.each([
		[[], ['plain', 'rc4']],
		[['plain'], ['rc4']],
	] as const)('refuses the offer %j when it accepts %j', (provide, accept) => {
		expect(refusalOf(() => talk({ provide, accept }))).toBe('mse-provide')
	})

	test.each([
		[40, 'mse-verification'],
		[52, 'mse-pad'],
	])('refuses a request with byte %i changed', (at, code) => {
		const { a, b } = createPair()
		const [first] = a.start().send
		const [request] = a.push(hear(b, first ?? new Uint8Array(0)).said).send
		const changed = request?.slice() ?? new Uint8Array(0)
		// The high byte of a length, or any of the constant: enciphered as well, a bit stays a bit.
		changed[at] = (changed[at] ?? 0) ^ 0x80
		expect(refusalOf(() => b.push(changed))).toBe(code)
	})
})

describe('whoever dialled', () => {
	test('gives up when 512 bytes of pad bring no answer', () => {
		const { a, b } = createPair({ chanceOfB: mseChance(2, 512) })
		const [first] = a.start().send
		expect(a.push(hear(b, first ?? new Uint8Array(0)).said).end).toBeUndefined()
		expect(a.push(new Uint8Array(7)).end).toBeUndefined()
		expect(refusalOf(() => a.push(new Uint8Array(1)))).toBe('mse-sync')
	})

	test('refuses an answer in the clear', () => {
		const { a } = createPair()
		a.start()
		const plain = new Uint8Array(1200).fill(0x42)
		expect(refusalOf(() => a.push(plain))).toBe('mse-sync')
	})

	test.each([
		[11, 3],
		[11, 1],
		[8, 0x80],
	])('refuses a choice that is none of its offers', (at, bits) => {
		const { a, b } = createPair({ provide: ['rc4'] })
		const [first] = a.start().send
		const [request] = a.push(hear(b, first ?? new Uint8Array(0)).said).send
		const answer = hear(b, request ?? new Uint8Array(0)).said
		answer[at] = (answer[at] ?? 0) ^ (at === 11 ? 2 ^ bits : bits)
		expect(refusalOf(() => a.push(answer))).toBe('mse-select')
	})
})
