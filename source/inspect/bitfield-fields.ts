// A bitfield as a field (BEP 3): how many pieces, and the spare bits behind the last one. A row a bit would tell
// less than the number does.
import type { Geometry } from '../protocol/geometry.ts'
import { bitfieldBytes, countBits } from '../protocol/bitfield.ts'
import { type SafeText, safe, safeText } from '../protocol/safe-text.ts'
import { createField, type Field, type Reading } from './field.ts'
import { bitWords, lengthWords } from './field-words.ts'
import { formatCount, formatPercent } from './units.ts'
import type { Specimen } from './specimen.ts'

/** The payload of a bitfield that starts at `at`; `bits` is what was kept of it. */
export function readBits(bits: Uint8Array, at: number, { geometry, totalBytes, bytes }: Specimen): Reading {
	const lore = 'bits'
	const size = Math.max(totalBytes, bytes.length) - at
	if (bits.length < size) {
		const kept = lengthWords(bits.length)
		return { value: safe`${countBits(bits)} set in the first ${kept}`, lore }
	}
	if (geometry === undefined) return { value: safe`${countBits(bits)} set of ${bits.length * 8} bits`, lore }
	if (bits.length !== bitfieldBytes(geometry.pieceCount)) {
		const problem = safe`expected ${bitfieldBytes(geometry.pieceCount)} bytes, got ${bits.length}`
		return { value: safe`${countBits(bits)} set`, lore, problem }
	}
	return { ...wholeReading(bits, at, geometry), lore }
}

function wholeReading(bits: Uint8Array, at: number, { pieceCount }: Geometry): Reading {
	const spareBits = bits.length * 8 - pieceCount
	const spareMask = (1 << spareBits) - 1
	const last = bits[bits.length - 1] ?? 0
	const spareSet = countBits(Uint8Array.of(last & spareMask))
	const count = countBits(bits) - spareSet
	const share = safeText(formatPercent(count / pieceCount))
	const value = safe`${count} of ${pieceCount}, ${share}${spareWords(spareBits)}`
	const problem = spareSet > 0 ? safe`expected spare bits to be zero` : undefined
	if (spareBits === 0) return { value, problem }
	return { value, problem, children: splitFields(bits, at, { pieceCount, spareMask, problem }) }
}

function spareWords(spareBits: number): SafeText {
	return spareBits === 0 ? safe`` : safeText(`, ${formatCount(spareBits, 'spare bit')}`)
}

type SpareParts = {
	readonly pieceCount: number
	readonly spareMask: number
	readonly problem: SafeText | undefined
}

function splitFields(bits: Uint8Array, at: number, { pieceCount, spareMask, problem }: SpareParts): Field[] {
	const lastAt = at + bits.length - 1
	const last = bits[bits.length - 1] ?? 0
	const inLast = (bits.length - 1) * 8
	const fields: Field[] = []
	if (inLast > 0) {
		const whole = countBits(bits.subarray(0, -1))
		fields.push(
			createField(pieceRange(0, inLast - 1), at, lastAt, { value: safe`${whole} set`, lore: 'bits' }),
		)
	}
	const name = pieceRange(inLast, pieceCount - 1)
	const mask = 0xff & ~spareMask
	const value = bitWords(last, mask)
	const spare = { value: bitWords(last, spareMask), lore: 'spareBits', problem } as const
	fields.push(
		createField(safe`last byte`, lastAt, lastAt + 1, {
			value: bitWords(last, 0xff),
			lore: 'bits',
			children: [
				{ ...createField(name, lastAt, lastAt + 1, { value, lore: 'bits' }), mask },
				{ ...createField(safe`spare bits`, lastAt, lastAt + 1, spare), mask: spareMask },
			],
		}),
	)
	return fields
}

function pieceRange(first: number, last: number): SafeText {
	return first === last ? safe`#${first}` : safe`#${first} to #${last}`
}
