import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes, fromHex, toHex } from '../../source/protocol/bytes.ts'
import { ProtocolError } from '../../source/protocol/errors.ts'
import { FrameDecoder, type FrameSink } from '../../source/protocol/frame-decoder.ts'
import type { Message } from '../../source/protocol/message.ts'
import { encodeMessage } from '../../source/protocol/message-encoder.ts'
import { arbitraryMessage, blockPayload, wireBytes } from '../helpers/arbitrary-message.ts'
import { type Collected, frameCollector } from '../helpers/frame-collector.ts'

const nobody: FrameSink = { onMessage() {}, onBlockStart: () => undefined, onBlockEnd() {} }

/** Pushes the stream in parts of the given sizes through one shared buffer that is poisoned after each. */
function decodeInParts(stream: Uint8Array, sizes: readonly number[], wants?: (piece: number) => boolean) {
	const decoder = new FrameDecoder()
	const { sink, collected } = frameCollector(block => wants?.(block.piece) ?? true)
	const shared = new Uint8Array(stream.length + 8)
	let at = 0
	for (const size of [...sizes, stream.length]) {
		const part = stream.subarray(at, at + size)
		shared.set(part, 8)
		decoder.push(shared.subarray(8, 8 + part.length), sink)
		shared.fill(0xee)
		at += size
	}
	return { collected, decoder }
}

function expected(message: Message): Collected {
	if (message.type === 'piece') {
		const { piece, offset, length } = message
		return { block: { piece, offset, length }, payload: blockPayload(offset, length) }
	}
	const whole = wireBytes(message)
	return { message, raw: message.type === 'unknown' ? whole.slice(0, 5) : whole }
}

describe('any split of the bytes', () => {
	const messages = fc.array(arbitraryMessage, { maxLength: 12 })
	const cuts = fc.array(fc.oneof(fc.constantFrom(0, 1, 3, 4, 5, 12, 13), fc.nat(400)), { maxLength: 40 })

	test('gives the same messages, and nothing outlives the shared buffer', () => {
		fc.assert(
			fc.property(messages, cuts, (sent, sizes) => {
				const { collected, decoder } = decodeInParts(concatBytes(sent.map(wireBytes)), sizes)
				expect(collected).toEqual(sent.map(expected))
				expect(decoder.isBetweenMessages).toBe(true)
			}),
			{ numRuns: 300 },
		)
	})

	test('gives the same messages one byte at a time', () => {
		fc.assert(
			fc.property(messages, sent => {
				const stream = concatBytes(sent.map(wireBytes))
				const { collected } = decodeInParts(stream, new Array<number>(stream.length).fill(1))
				expect(collected).toEqual(sent.map(expected))
			}),
			{ numRuns: 20 },
		)
	})

	test('keeps to the stream where blocks are let pass', () => {
		fc.assert(
			fc.property(messages, cuts, (sent, sizes) => {
				const stream = concatBytes(sent.map(wireBytes))
				const { collected } = decodeInParts(stream, sizes, piece => piece % 2 === 0)
				const whole = sent
					.map(expected)
					.map(item =>
						'block' in item && item.block.piece % 2 !== 0 ? { ...item, payload: undefined } : item,
					)
				expect(collected).toEqual(whole)
			}),
			{ numRuns: 100 },
		)
	})
})

describe('lengths are judged', () => {
	const refused = (hex: string, size: number) => {
		const decoder = new FrameDecoder()
		const bytes = fromHex(`00000000${hex}`)
		for (let at = 0; at < bytes.length; at += size) decoder.push(bytes.subarray(at, at + size), nobody)
	}

	test.each([
		['ffffffff', 'message-too-long', '4 GiB'],
		['80000000', 'message-too-long', 'negative as a signed number'],
		['00100001', 'message-too-long', 'a byte over 1 MiB'],
		['0000000200', 'message-length', 'a choke of 2'],
		['0000000604', 'message-length', 'a have of 6'],
		['0000000e06', 'message-length', 'a request of 14'],
		['0000000509', 'message-length', 'a port of 5'],
		['0000400a07', 'block-length', 'a block of 16 KiB and one byte'],
		['0004000205', 'bitfield-length', 'a bitfield beyond any torrent'],
	])('before anything is kept: %s is %s (%s)', (hex, code) => {
		for (const size of [1, 100]) {
			expect(() => refused(hex, size)).toThrow(
				expect.objectContaining({ name: 'ProtocolError', code, offset: 4 }),
			)
		}
	})

	test.each([
		['00000003040000', 'message-length', 'a have of 3'],
		['00000006060000000000', 'message-length', 'a request of 6'],
		['000000020900', 'message-length', 'a port of 2'],
		['0000000110', 'message-length', 'a reject without fields'],
		['0000000114', 'message-length', 'an extended message without an id'],
		['0000000107', 'block-length', 'a piece without its head'],
		['0000000707303030303030', 'block-length', 'a piece with half of its head'],
		['00000009070000000000000000', 'block-length', 'a block of no bytes'],
	])('when a message is whole and too short: %s is %s (%s)', (hex, code) => {
		for (const size of [1, 100]) {
			expect(() => refused(hex, size)).toThrow(
				expect.objectContaining({ name: 'ProtocolError', code, offset: 4 }),
			)
		}
		if (hex.length > 10) expect(() => refused(hex.slice(0, -2), 100)).not.toThrow()
	})

	test('a bitfield has exactly the bytes that the pieces need once they are known', () => {
		const decode = (hex: string, pieceCount?: number) => {
			const decoder = new FrameDecoder()
			if (pieceCount !== undefined) decoder.setPieceCount(pieceCount)
			decoder.push(fromHex(hex), nobody)
		}
		expect(() => decode('0000006605', 16)).toThrow(expect.objectContaining({ code: 'bitfield-length' }))
		expect(() => decode('0000000205', 16)).toThrow(expect.objectContaining({ code: 'bitfield-length' }))
		expect(() => decode('0000000305ffff', 16)).not.toThrow()
		expect(() => decode('0000006605')).not.toThrow()
	})

	test('the largest legal messages pass', () => {
		const { sink, collected } = frameCollector()
		const decoder = new FrameDecoder()
		const extended = encodeMessage({ type: 'extended', id: 1, payload: new Uint8Array(2 ** 20 - 2) })
		const unknown = concatBytes([fromHex('0010000063'), new Uint8Array(2 ** 20 - 1)])
		const block = wireBytes({ type: 'piece', piece: 0, offset: 0, length: 16_384 })
		for (const message of [extended, unknown, block]) {
			for (let at = 0; at < message.length; at += 1000) decoder.push(message.subarray(at, at + 1000), sink)
		}
		expect(collected.map(item => ('raw' in item ? item.raw.length : item.payload?.length))).toEqual([
			2 ** 20 + 4,
			5,
			16_384,
		])
	})
})

describe('a decoder', () => {
	test('refuses more after an error, with the same error', () => {
		const decoder = new FrameDecoder()
		const refusal: unknown = expect.objectContaining({ code: 'message-length', offset: 0 })
		expect(() => decoder.push(fromHex('0000000200'), nobody)).toThrow(refusal)
		expect(() => decoder.push(fromHex('00000000'), nobody)).toThrow(refusal)
	})

	test.each([
		['a have of two bytes', '0000000102' + '00000002' + '0409' + '00000001', '00000002' + '0409'],
		['a length beyond all bounds', '00000000' + 'ffffffff' + '05ee', 'ffffffff' + '05ee'],
		['an empty block', '00000009' + '07' + '0000000100000000', '00000009' + '07' + '0000000100000000'],
	])('keeps what had come of the message that broke the rules: %s', (_, stream, rejected) => {
		for (const step of [1, 3, 100]) {
			const decoder = new FrameDecoder()
			const bytes = fromHex(stream)
			const push = () => {
				for (let at = 0; at < bytes.length; at += step) {
					const shared = bytes.slice(at, at + step)
					decoder.push(shared, nobody)
					shared.fill(0xee)
				}
			}
			expect(push).toThrow(ProtocolError)
			const kept = decoder.rejected ?? new Uint8Array()
			expect(kept).toEqual(fromHex(rejected).subarray(0, kept.length))
			// A length that cannot be is refused as soon as it is there, whatever follows.
			expect(kept.length).toBeGreaterThanOrEqual(4)
			if (step === 100) expect(kept).toEqual(fromHex(rejected))
		}
	})

	test('keeps nothing of a message that its sink objects to', () => {
		const decoder = new FrameDecoder()
		const onMessage = () => {
			throw new ProtocolError('have-index', 'expected another piece')
		}
		expect(() => decoder.push(fromHex('0000000504000000ff'), { ...nobody, onMessage })).toThrow(
			'another piece',
		)
		expect(decoder.rejected).toBeUndefined()
	})

	test('refuses more after its sink threw', () => {
		const decoder = new FrameDecoder()
		const sink = {
			...nobody,
			onMessage() {
				throw new RangeError('enough')
			},
		}
		expect(() => decoder.push(fromHex('00000000'), sink)).toThrow('enough')
		expect(() => decoder.push(fromHex('00000000'), nobody)).toThrow('enough')
	})

	test('delivers nothing after stop(), not even the rest of the push', () => {
		const decoder = new FrameDecoder()
		const types: string[] = []
		const sink: FrameSink = {
			...nobody,
			onMessage(message) {
				types.push(message.type)
				if (message.type === 'unchoke') decoder.stop()
			},
		}
		decoder.push(fromHex('000000010000000001010000000102'), sink)
		decoder.push(fromHex('0000000102'), sink)
		expect(types).toEqual(['choke', 'unchoke'])
	})

	test('tells how far a block has come and whether a message is cut', () => {
		const decoder = new FrameDecoder()
		const seen: number[] = []
		const sink: FrameSink = { ...nobody, onBlockFragment: (_, received) => seen.push(received) }
		const bytes = wireBytes({ type: 'piece', piece: 3, offset: 0, length: 100 })
		decoder.push(bytes.subarray(0, 12), sink)
		expect([decoder.isBetweenMessages, decoder.block]).toEqual([false, undefined])
		decoder.push(bytes.subarray(12, 43), sink)
		expect([decoder.isBetweenMessages, decoder.block]).toEqual([false, { piece: 3, offset: 0, length: 100 }])
		decoder.push(bytes.subarray(43), sink)
		expect([decoder.isBetweenMessages, decoder.block]).toEqual([true, undefined])
		expect(seen).toEqual([30, 100])
	})

	test('writes nothing more into a target that was withdrawn', () => {
		const decoder = new FrameDecoder()
		const target = new Uint8Array(100)
		const ends: boolean[] = []
		const sink: FrameSink = {
			...nobody,
			onBlockStart: () => target,
			onBlockEnd: (_, taken) => ends.push(taken),
		}
		const bytes = wireBytes({ type: 'piece', piece: 0, offset: 1, length: 100 })
		decoder.push(bytes.subarray(0, 23), sink)
		decoder.withdrawTarget()
		decoder.push(concatBytes([bytes.subarray(23), bytes]), sink)
		expect(ends).toEqual([false, true])
		expect(toHex(target)).toBe(toHex(blockPayload(1, 100)))
	})

	test('insists on a target of exactly the block', () => {
		const decoder = new FrameDecoder()
		const sink: FrameSink = { ...nobody, onBlockStart: () => new Uint8Array(99) }
		const bytes = wireBytes({ type: 'piece', piece: 0, offset: 0, length: 100 })
		expect(() => decoder.push(bytes, sink)).toThrow('invariant')
	})

	test('keeps no more than what came of a long message', () => {
		const decoder = new FrameDecoder()
		const before = process.memoryUsage().arrayBuffers
		const decoders = Array.from({ length: 200 }, () => {
			const one = new FrameDecoder()
			one.push(fromHex('001000001400'), nobody)
			return one
		})
		expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200 * 1024)
		expect(decoders.every(one => !one.isBetweenMessages)).toBe(true)
		expect(decoder.isBetweenMessages).toBe(true)
	})

	test('survives any bytes with messages or one typed error', () => {
		fc.assert(
			fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), parts => {
				const decoder = new FrameDecoder(37)
				try {
					// A small length byte makes most of the noise reach the decoder of fields.
					for (const part of parts) decoder.push(Uint8Array.of(0, 0, 0, part.length, ...part), nobody)
				} catch (error) {
					expect(error).toMatchObject({ name: 'ProtocolError' })
				}
			}),
			{ numRuns: 500 },
		)
	})
})
