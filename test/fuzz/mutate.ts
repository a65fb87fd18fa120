// Changes bytes at random: bits, ranges, numbers in binary and in digits, words of the format, and parts of
// other inputs. Seeded, so that a run repeats.
import { concatBytes, utf8 } from '../../source/protocol/bytes.ts'
import { nextUint32, type RandomState, randomBelow } from '../../source/torrent/random.ts'
import { mutateTree } from './mutate-bencode.ts'
import type { Target } from './target.ts'

export type Mutation = {
	readonly random: RandomState
	readonly corpus: readonly Uint8Array[]
	readonly words: readonly Uint8Array[]
}

const interesting32 = [
	0, 1, 4, 9, 13, 16_384, 16_385, 0x7f, 0x80, 0xff, 0xffff, 0x10000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
]
const interestingDigits = [
	...['0', '1', '-1', '00', '-0', '16384', '2147483648', '4294967296', '9007199254740992'],
	...['9223372036854775808', '18446744073709551616', `1${'0'.repeat(40)}`, '1.5', '1e9', ''],
]
const textParts = [
	...['\u001b[2J', '\u001b]52;c;QQ==\u0007', '\u009b31m', '\u009d0;x\u009c', '\u202e', '\u200d', '\ufeff'],
	...[
		'\u0301\u0301\u0301\u0301\u0301',
		'👩‍👩‍👧',
		'/',
		'\\',
		'..',
		'.',
		'\0',
		'\n',
		'\r',
		'\t',
		'ﬃ',
		'İ',
		'ß',
	],
]

/** A changed copy of an input of the corpus. */
export function mutate(target: Target, mutation: Mutation): Uint8Array {
	const { random, corpus } = mutation
	let bytes = corpus[randomBelow(random, corpus.length)] ?? new Uint8Array()
	const times = 1 + randomBelow(random, 4)
	for (let time = 0; time < times; time += 1) {
		const byTree = target.mutation === 'bencode' && randomBelow(random, 4) > 0
		bytes = (byTree ? mutateTree(bytes, mutation) : undefined) ?? mutateBytes(bytes, target, mutation)
	}
	const most = target.maxBytes ?? 16_384
	return bytes.length > most ? bytes.slice(0, most) : bytes
}

function mutateBytes(bytes: Uint8Array, target: Target, mutation: Mutation): Uint8Array {
	const { random, corpus, words } = mutation
	const at = randomBelow(random, bytes.length + 1)
	switch (randomBelow(random, 11)) {
		case 0:
			return withByte(bytes, at, (bytes[at] ?? 0) ^ (1 << randomBelow(random, 8)))
		case 1:
			return withByte(bytes, at, randomBelow(random, 256))
		case 2:
			return replace(bytes, at, { length: randomLength(random), by: new Uint8Array() })
		case 3:
			return replace(bytes, at, { length: 0, by: randomBytes(random, randomLength(random)) })
		case 4: {
			const range = bytes.slice(at, at + randomLength(random))
			return replace(bytes, randomBelow(random, bytes.length + 1), { length: 0, by: range })
		}
		case 5: {
			const other = corpus[randomBelow(random, corpus.length)] ?? bytes
			return concatBytes([bytes.subarray(0, at), other.subarray(randomBelow(random, other.length + 1))])
		}
		case 6:
			return replace(bytes, at, { length: 4, by: uint32(interestingNumber(random)) })
		case 7:
			return editDigits(bytes, random)
		case 8:
			return bytes.slice(0, at)
		case 9:
			if (target.mutation === 'text')
				return replace(bytes, at, { length: 0, by: utf8(one(random, textParts)) })
			return withByte(bytes, at, (bytes[at] ?? 0) + (randomBelow(random, 2) === 0 ? 1 : -1))
		default:
			if (words.length === 0) return withByte(bytes, at, randomBelow(random, 256))
			return replace(bytes, at, { length: 0, by: words[randomBelow(random, words.length)] ?? bytes })
	}
}

function withByte(bytes: Uint8Array, at: number, byte: number): Uint8Array {
	const copy = bytes.slice()
	if (at < copy.length) copy[at] = byte
	return copy
}

function replace(bytes: Uint8Array, at: number, change: { length: number; by: Uint8Array }): Uint8Array {
	return concatBytes([bytes.subarray(0, at), change.by, bytes.subarray(at + change.length)])
}

/** A decimal number in the text becomes another one: lengths of strings, integers, ports. */
function editDigits(bytes: Uint8Array, random: RandomState): Uint8Array {
	const start = randomBelow(random, bytes.length + 1)
	let from = start
	while (from < bytes.length && !isDigit(bytes[from])) from += 1
	let to = from
	while (to < bytes.length && isDigit(bytes[to])) to += 1
	return replace(bytes, from, { length: to - from, by: utf8(interestingInteger(random)) })
}

/** Digits that parsers trip over, or any small number. */
export function interestingInteger(random: RandomState): string {
	return randomBelow(random, 2) === 0 ? one(random, interestingDigits) : `${randomBelow(random, 70_000)}`
}

function interestingNumber(random: RandomState): number {
	return interesting32[randomBelow(random, interesting32.length)] ?? 0
}

function uint32(value: number): Uint8Array {
	return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}

function isDigit(byte: number | undefined): boolean {
	return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

function one(random: RandomState, items: readonly string[]): string {
	return items[randomBelow(random, items.length)] ?? ''
}

// Mostly short, now and then long.
function randomLength(random: RandomState): number {
	return 1 + randomBelow(random, randomBelow(random, 8) === 0 ? 600 : 12)
}

/** Any bytes. */
export function randomBytes(random: RandomState, length: number): Uint8Array {
	return Uint8Array.from({ length }, () => nextUint32(random) & 0xff)
}
