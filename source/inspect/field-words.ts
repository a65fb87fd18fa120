// The words in which values of fields are told: numbers, hexadecimal, bits, and text that came from outside.
import { fromStrictUtf8, toHex } from '../protocol/bytes.ts'
import { type SafeText, safe, safeText } from '../protocol/safe-text.ts'
import { formatLength } from './units.ts'

const mostTextBytes = 256
const mostTextChars = 120
const mostHexBytes = 24
const printable = /^[^\p{C}\ufffd]*$/u

/** `1648 B`, or `16 KiB` where it is whole: exact. */
export function lengthWords(bytes: number): SafeText {
	return safeText(formatLength(bytes))
}

/** `0x4000`. */
export function hexNumber(value: number): SafeText {
	return safeText(`0x${value.toString(16)}`)
}

/** Hexadecimal digits, of many bytes the first only. */
export function hexWords(bytes: Uint8Array): SafeText {
	const digits = safeText(toHex(bytes.subarray(0, mostHexBytes)))
	return bytes.length > mostHexBytes ? safe`${digits}... ${lengthWords(bytes.length)}` : digits
}

/** Text in quotation marks where the bytes are readable text, hexadecimal digits where they are not. */
export function textWords(bytes: Uint8Array): SafeText {
	const text = readableText(bytes)
	return text === undefined ? hexWords(bytes) : safe`"${text}"`
}

/** As `textWords`, without quotation marks: for names. */
export function nameWords(bytes: Uint8Array): SafeText {
	if (bytes.length === 0) return safe`(empty)`
	return readableText(bytes) ?? hexWords(bytes)
}

/** The bits of `byte` under `mask`, highest first, the others as dots: `...1 ....`. */
export function bitWords(byte: number, mask: number): SafeText {
	let text = ''
	for (let bit = 0x80; bit > 0; bit >>= 1) {
		text += (mask & bit) === 0 ? '.' : (byte & bit) === 0 ? '0' : '1'
		if (bit === 0x10) text += ' '
	}
	return safeText(text)
}

// A cut through a character of several bytes would make all of a long text unreadable: up to three bytes are spared.
function readableText(bytes: Uint8Array): SafeText | undefined {
	const isLong = bytes.length > mostTextBytes
	const first = isLong ? bytes.subarray(0, mostTextBytes) : bytes
	for (let spared = 0; spared <= (isLong ? 3 : 0); spared += 1) {
		const text = fromStrictUtf8(first.subarray(0, first.length - spared))
		if (text === undefined) continue
		if (!printable.test(text)) return undefined
		return safeText(isLong ? `${text}...` : text, mostTextChars)
	}
	return undefined
}
