import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dissect } from '../../source/inspect/dissect.ts'
import type { Field } from '../../source/inspect/field.ts'
import type { Specimen } from '../../source/inspect/specimen.ts'
import { concatBytes, utf8 } from '../../source/protocol/bytes.ts'
import { encodeBencode } from '../../source/protocol/bencode-encode.ts'
import { createGeometry } from '../../source/protocol/geometry.ts'
import { safe, safeText } from '../../source/protocol/safe-text.ts'
import { arbitraryMessage, wireBytes } from '../helpers/arbitrary-message.ts'
import { leaves } from '../helpers/field-outline.ts'

const geometry = createGeometry(0x4_0000, 2635 * 0x4_0000 + 5000)
const names = [undefined, safe`ut_metadata`, safe`ut_pex`, safe`lt_donthave`, safe`upload_only`] as const

/** A length prefix that may lie, an id that is likely one that exists, and what happens to follow. */
const framed = fc
	.tuple(fc.integer({ min: -2, max: 2 }), fc.nat(24), fc.uint8Array({ maxLength: 80 }))
	.map(([lie, id, payload]) =>
		concatBytes([Uint8Array.of(0, 0, 0, Math.max(0, payload.length + 1 + lie), id), payload]),
	)
const value = fc.letrec(tie => ({
	value: fc.oneof(
		{ depthSize: 'small', withCrossShrink: true },
		fc.integer(),
		fc.uint8Array({ maxLength: 20 }),
		fc.array(tie('value'), { maxLength: 4 }),
		fc
			.dictionary(
				fc.constantFrom('m', 'v', 'added', 'added.f', 'yourip', 'msg_type', '\u001b[2J', 'a\u200b', 'a'),
				tie('value'),
			)
			.map(entries => new Map(Object.entries(entries))),
	),
})).value
const bencoded = fc
	// The generator makes nothing but what can be encoded; letrec cannot say so.
	.tuple(value, fc.nat(5), fc.uint8Array({ maxLength: 30 }), fc.boolean())
	.map(([tree, id, tail, spoilt]) => {
		const payload = encodeBencode(tree as Parameters<typeof encodeBencode>[0])
		if (spoilt && payload.length > 1) payload[payload.length >> 1] = 0x65
		const length = payload.length + tail.length + 2
		return concatBytes([Uint8Array.of(0, 0, length >>> 8, length, 20, id), payload, tail])
	})

/** A dictionary with keys that datagrams and trackers use, whatever stands under them. */
const keyed = fc
	.dictionary(
		fc.constantFrom('a', 'r', 'e', 't', 'y', 'q', 'ip', 'v', 'peers', 'peers6', 'interval', 'files'),
		fc.oneof(
			value,
			fc
				.dictionary(
					fc.constantFrom('id', 'nodes', 'nodes6', 'values', 'token', 'target', 'samples', 'want', 'port'),
					fc.oneof(value, fc.uint8Array({ maxLength: 90 })),
				)
				.map(entries => new Map(Object.entries(entries))),
		),
	)
	.map(entries => encodeBencode(new Map(Object.entries(entries)) as Parameters<typeof encodeBencode>[0]))
/** Lines that are nearly those of HTTP or of local discovery. */
const lines = fc
	.tuple(
		fc.constantFrom(
			'BT-SEARCH * HTTP/1.1',
			'GET /a/b?info_hash=%01%zz&left=7&event HTTP/1.1',
			'HTTP/1.1 200 OK',
			' ',
			'GET',
			'',
		),
		fc.array(fc.constantFrom('Port: 1', 'Infohash: 00', 'Host:', 'x', ': y', '', 'Retry-After: 7'), {
			maxLength: 4,
		}),
		fc.constantFrom('\r\n', '\n', '\r'),
		fc.oneof(fc.uint8Array({ maxLength: 30 }), keyed),
	)
	.map(([first, headers, end, body]) => concatBytes([utf8([first, ...headers, '', ''].join(end)), body]))
/** A packet of a UDP tracker in either direction. */
const packet = fc
	.tuple(fc.boolean(), fc.nat(4), fc.uint8Array({ maxLength: 150 }))
	.map(([isRequest, action, rest]) =>
		concatBytes([new Uint8Array(isRequest ? 8 : 0), Uint8Array.of(0, 0, 0, action), rest]),
	)

const specimen: fc.Arbitrary<Specimen> = fc
	.tuple(
		fc.oneof(
			keyed,
			lines,
			packet,
			fc.uint8Array({ maxLength: 100 }),
			framed,
			bencoded,
			arbitraryMessage.map(wireBytes),
		),
		fc.record({
			type: fc.constantFrom(
				...(['message', 'handshake', 'krpc', 'lsd', 'udpTracker', 'http', 'encryption'] as const),
			),
			host: fc.constantFrom(undefined, '198.51.100.7', '10.0.0.1', '2001:db8::1'),
			target: fc.constantFrom(undefined, 'ab'.repeat(20)),
			answers: fc.constantFrom(undefined, safe`find_node`),
			step: fc.constantFrom(undefined, ...(['key', 'request', 'answer'] as const)),
			padBytes: fc.constantFrom(undefined, 0, 7, 600),
			direction: fc.constantFrom('in' as const, 'out' as const),
			geometry: fc.constantFrom(undefined, geometry, createGeometry(16_384, 11 * 16_384)),
			extension: fc.constantFrom(...names),
		}),
		fc.nat(40),
	)
	.map(([bytes, facts, missing]) => ({ ...facts, bytes, totalBytes: bytes.length + missing }))

function everyField(field: Field): Field[] {
	return [field, ...field.children.flatMap(everyField)]
}

/** Children fill their parent from the left, or share out its one byte by their masks. */
function checkChildren({ children, start, end }: Field): void {
	if (children.length === 0) return
	if (children[0]?.mask !== undefined) {
		expect(end - start).toBe(1)
		let bits = 0
		for (const child of children) {
			expect([child.start, child.end]).toEqual([start, end])
			expect(bits & (child.mask ?? 0xff)).toBe(0)
			bits |= child.mask ?? 0xff
		}
		expect(bits).toBe(0xff)
		return
	}
	let at = start
	for (const child of children) {
		expect(child.start).toBe(at)
		expect(child.end).toBeGreaterThan(child.start)
		expect(child.mask).toBeUndefined()
		at = child.end
	}
	expect(at).toBe(end)
}

test('the leaves cover every byte once, whatever the bytes are', () => {
	fc.assert(
		fc.property(specimen, given => {
			const root = dissect(given)
			expect([root.start, root.end]).toEqual([0, given.totalBytes])
			for (const field of everyField(root)) checkChildren(field)
			const bytes = leaves(root)
				.filter(({ mask }) => mask === undefined)
				.reduce((sum, { start, end }) => sum + end - start, 0)
			expect(bytes).toBeLessThanOrEqual(given.totalBytes)
		}),
		{ numRuns: 2000 },
	)
})

test('no text has power over a terminal', () => {
	fc.assert(
		fc.property(specimen, given => {
			for (const { name, value: text, problem } of everyField(dissect(given))) {
				for (const part of [name, text, problem ?? '']) expect(safeText(part)).toBe(part)
			}
		}),
		{ numRuns: 1000 },
	)
})

test('what a message is made of can be read from its fields, and nothing is wrong with it', () => {
	fc.assert(
		fc.property(arbitraryMessage, message => {
			const bytes = wireBytes(message)
			const root = dissect({ type: 'message', direction: 'in', bytes, totalBytes: bytes.length })
			const prefix = root.children[0]
			expect(prefix?.problem).toBeUndefined()
			if (message.type === 'have') expect(root.children[2]?.value).toBe(`#${message.piece}`)
			if (message.type === 'port') expect(root.children[2]?.value).toBe(String(message.port))
		}),
	)
})

test('deep, wide and long payloads stay small trees and take no time', () => {
	const framing = (payload: Uint8Array) => {
		const length = payload.length + 2
		return concatBytes([Uint8Array.of(0, length >>> 16, length >>> 8, length, 20, 0), payload])
	}
	for (const text of ['l'.repeat(65_000), `l${'le'.repeat(30_000)}e`, `d1:v60000:${'x'.repeat(60_000)}e`]) {
		const bytes = framing(utf8(text))
		const root = dissect({ type: 'message', direction: 'in', bytes, totalBytes: bytes.length })
		expect(everyField(root).length).toBeLessThan(10_000)
		for (const field of everyField(root)) expect(field.value.length).toBeLessThan(300)
	}
})
