// The fields of one flight of the encrypted handshake (MSE): a public key and its pad each way, the request of who
// dialled, the answer of the other. What was enciphered on the wire is given deciphered. Any bytes make a tree.
import { readUint32 } from '../protocol/message-decoder.ts'
import { type SafeText, safe } from '../protocol/safe-text.ts'
import { createField, type Field, FieldCutter, type Reading } from './field.ts'
import { bitWords, hexWords, lengthWords } from './field-words.ts'
import type { LoreName } from './lore.ts'
import type { Specimen } from './specimen.ts'

const keyBytes = 96
const hashBytes = 20
const constantBytes = 8

/** The whole flight. */
export function dissectEncryption(specimen: Specimen): Field {
	const { bytes, step = 'key', padBytes = 0 } = specimen
	const end = Math.max(specimen.totalBytes, bytes.length)
	const cutter = new FieldCutter(bytes, end)
	if (step === 'key')
		cutter.take(safe`public key`, keyBytes, key => ({ value: hexWords(key), lore: 'msePublicKey' }))
	else cutter.take(safe`pad of the key`, padBytes, padReading)
	if (step === 'request') takeRequest(cutter, bytes, padBytes)
	if (step === 'answer') takeAnswer(cutter, bytes, padBytes)
	cutter.takeRest(step === 'key' ? safe`pad` : safe`surplus`, rest =>
		step === 'key' ? padReading(rest) : { value: hexWords(rest), problem: safe`expected the end` },
	)
	return createField(flightName(step), 0, end, {
		value: lengthWords(end),
		children: cutter.fields,
		lore: 'mseHandshake',
	})
}

function flightName(step: 'key' | 'request' | 'answer'): SafeText {
	switch (step) {
		case 'key':
			return safe`encrypted handshake, key`
		case 'request':
			return safe`encrypted handshake, request`
		case 'answer':
			return safe`encrypted handshake, answer`
	}
}

function padReading(pad: Uint8Array): Reading {
	return { value: lengthWords(pad.length), lore: 'msePad' }
}

function takeRequest(cutter: FieldCutter, bytes: Uint8Array, padBytes: number): void {
	cutter.take(safe`hash of the secret`, hashBytes, hash => ({ value: hexWords(hash), lore: 'mseSecretHash' }))
	cutter.take(safe`hash of the torrent`, hashBytes, hash => ({
		value: hexWords(hash),
		lore: 'mseTorrentHash',
	}))
	takeConstant(cutter)
	cutter.take(safe`offered`, 4, (bits, at) => methodReading(bits, at, 'mseProvide'))
	const padAt = padBytes + 2 * hashBytes + constantBytes + 4
	const innerPad = takeLength(cutter, safe`length of pad`, bytes, { at: padAt, lore: 'msePadLength' })
	cutter.take(safe`pad`, innerPad, padReading)
	const firstAt = padAt + 2 + innerPad
	const first = takeLength(cutter, safe`length of first data`, bytes, { at: firstAt, lore: 'mseFirstLength' })
	cutter.take(safe`first data`, first, data => ({ value: hexWords(data), lore: 'mseFirstData' }))
}

function takeAnswer(cutter: FieldCutter, bytes: Uint8Array, padBytes: number): void {
	takeConstant(cutter)
	cutter.take(safe`chosen`, 4, (bits, at) => methodReading(bits, at, 'mseSelect'))
	const padAt = padBytes + constantBytes + 4
	const innerPad = takeLength(cutter, safe`length of pad`, bytes, { at: padAt, lore: 'msePadLength' })
	cutter.take(safe`pad`, innerPad, padReading)
}

function takeConstant(cutter: FieldCutter): void {
	cutter.take(safe`constant`, constantBytes, constant => ({
		value: hexWords(constant),
		lore: 'mseConstant',
		problem: constant.every(byte => byte === 0) ? undefined : safe`expected eight zeros`,
	}))
}

type LengthParts = { readonly at: number; readonly lore: LoreName }

/** Two bytes, and what they say; 0 where they are not there. */
function takeLength(
	cutter: FieldCutter,
	name: SafeText,
	bytes: Uint8Array,
	{ at, lore }: LengthParts,
): number {
	const length = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
	cutter.take(name, 2, () => ({ value: lengthWords(length), lore }))
	return at + 2 <= bytes.length ? length : 0
}

function methodReading(bits: Uint8Array, at: number, lore: LoreName): Reading {
	const value = readUint32(bits, 0)
	const last = value & 0xff
	const bit = (name: SafeText, mask: number): Field => ({
		...createField(name, at + 3, at + 4, {
			value: safe`${bitWords(last, mask)}  ${(last & mask) === 0 ? safe`no` : safe`yes`}`,
			lore,
		}),
		mask,
	})
	const names = [...((value & 1) === 0 ? [] : ['plain text']), ...((value & 2) === 0 ? [] : ['RC4'])]
	return {
		value: names.length === 0 ? hexWords(bits) : safe`${listed(names)}`,
		lore,
		children: [
			createField(safe`no known bit`, at, at + 3, { value: hexWords(bits.subarray(0, 3)), lore }),
			createField(safe`methods`, at + 3, at + 4, {
				value: hexWords(bits.subarray(3)),
				lore,
				children: [bit(safe`RC4`, 0x02), bit(safe`plain text`, 0x01), bit(safe`other bits`, 0xfc)],
			}),
		],
		folded: true,
	}
}

function listed(names: readonly string[]): SafeText {
	return names.length === 2 ? safe`plain text, RC4` : names[0] === 'RC4' ? safe`RC4` : safe`plain text`
}
