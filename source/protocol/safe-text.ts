// Text that may go to a terminal. Whatever came from outside (names, comments, tracker messages, client names)
// passes through here; the brand lets the compiler find each place that forgot. No output holds a control, a
// sequence, a character without width of its own (up to four combining marks excepted) or a lone surrogate.

import { fromUtf8 } from './bytes.ts'
import { endOfControl, isControl } from './terminal-sequence.ts'

declare const brand: unique symbol

/** Text without any power over a terminal, of one line. */
export type SafeText = string & { readonly [brand]: 'SafeText' }

/** UTF-16 code units that are kept of a text when the caller names no other limit. */
export const maxSafeTextChars = 4096

const maxMarksPerBase = 4
const zeroWidthJoiner = 0x200d
const ellipsis = '…'
const plainAscii = /^[ -~]*$/u
// Default_Ignorable holds the zero-width characters, the bidi controls, fillers, variation selectors and tags.
const invisible =
	/[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Noncharacter_Code_Point}\p{Cs}\ufff9-\ufffb\u20e3]/u
// Vowels and finals of conjoining Hangul stack on what stands before them, as marks do.
const mark = /[\p{M}\u1160-\u11ff\ud7b0-\ud7ff]/u
const pictograph = /\p{Extended_Pictographic}/u
const skinTone = /[\u{1f3fb}-\u{1f3ff}]/u

/**
 * `text` without control characters, escape sequences (with the payload of OSC, DCS and their like), bidi
 * controls, invisible characters, lone surrogates, and combining marks over four per base. Tabs and line ends
 * become one space; a joined emoji keeps its first glyph only. Longer results are cut to `maxChars` UTF-16
 * code units, an ellipsis included. Linear in the text.
 */
export function safeText(text: string, maxChars = maxSafeTextChars): SafeText {
	if (text.length <= maxChars && plainAscii.test(text)) return brandText(text)
	return clean(text, maxChars)
}

/** `safeText` of UTF-8; ill-formed sequences show as U+FFFD. */
export function safeTextFromBytes(bytes: Uint8Array, maxChars = maxSafeTextChars): SafeText {
	return safeText(fromUtf8(bytes), maxChars)
}

/** Template for our own sentences: what is inserted is safe or a number, so the whole is. */
export function safe(strings: TemplateStringsArray, ...values: readonly (SafeText | number)[]): SafeText {
	let text = strings[0] ?? ''
	for (const [index, value] of values.entries()) text += `${value}${strings[index + 1] ?? ''}`
	return brandText(text)
}

/**
 * `text` for a line of a log file: nothing is removed, but each control, invisible character, lone surrogate
 * and backslash stands as an escape (`\xNN`, `\u{N}`, `\\`). Cut to `maxChars` UTF-16 code units of input.
 */
export function escapeForLog(text: string, maxChars = maxSafeTextChars): string {
	let escaped = ''
	let at = 0
	while (at < text.length && at < maxChars) {
		const point = text.codePointAt(at) ?? 0
		escaped += escapePoint(point)
		at += point > 0xffff ? 2 : 1
	}
	return at < text.length ? `${escaped}${ellipsis}` : escaped
}

function escapePoint(point: number): string {
	if (point === 0x5c) return '\\\\'
	if (point < 0x100) {
		const hidden = isControl(point) || point === 0xad
		return hidden ? `\\x${point.toString(16).padStart(2, '0')}` : String.fromCharCode(point)
	}
	const character = String.fromCodePoint(point)
	return invisible.test(character) || isLineSeparator(point) ? `\\u{${point.toString(16)}}` : character
}

/** What the next character may do depends on what was kept last: its marks, and whether an emoji is open. */
type Cleaner = {
	output: string
	marks: number
	afterSpace: boolean
	afterPictograph: boolean
	joined: boolean
}

function clean(text: string, maxChars: number): SafeText {
	const cleaner: Cleaner = {
		output: '',
		marks: maxMarksPerBase,
		afterSpace: false,
		afterPictograph: false,
		joined: false,
	}
	let at = 0
	while (at < text.length) {
		const point = text.codePointAt(at) ?? 0
		const length = point > 0xffff ? 2 : 1
		if (isLineBreak(point)) {
			if (!cleaner.afterSpace) append(cleaner, ' ')
			at += 1
		} else if (isControl(point)) {
			at = endOfControl(text, at)
		} else {
			take(cleaner, point)
			at += length
		}
		if (cleaner.output.length > maxChars) return cut(cleaner.output, maxChars)
	}
	return brandText(cleaner.output)
}

function take(cleaner: Cleaner, point: number): void {
	const character = String.fromCodePoint(point)
	if (point < 0x300) {
		if (point !== 0xad) append(cleaner, character, point >= 0xa9 && pictograph.test(character))
	} else if (point === zeroWidthJoiner) {
		cleaner.joined = cleaner.afterPictograph
	} else if (invisible.test(character)) {
		return
	} else if (mark.test(character)) {
		if (cleaner.marks >= maxMarksPerBase) return
		cleaner.output += character
		cleaner.marks += 1
		cleaner.afterSpace = false
	} else if (!(cleaner.afterPictograph && skinTone.test(character))) {
		append(cleaner, character, pictograph.test(character))
	}
}

function append(cleaner: Cleaner, character: string, isPictograph = false): void {
	const partOfGlyph = cleaner.joined && isPictograph
	cleaner.joined = false
	if (partOfGlyph) return
	cleaner.output += character
	cleaner.marks = 0
	cleaner.afterSpace = character === ' '
	cleaner.afterPictograph = isPictograph
}

function cut(text: string, maxChars: number): SafeText {
	const end = Math.max(maxChars - ellipsis.length, 0)
	const splitsPair = (text.codePointAt(end - 1) ?? 0) > 0xffff
	return brandText(`${text.slice(0, splitsPair ? end - 1 : end)}${maxChars > 0 ? ellipsis : ''}`)
}

function isLineBreak(point: number): boolean {
	return (point >= 0x09 && point <= 0x0d) || point === 0x85 || isLineSeparator(point)
}

function isLineSeparator(point: number): boolean {
	return point === 0x2028 || point === 0x2029
}

function brandText(text: string): SafeText {
	return text as SafeText
}
