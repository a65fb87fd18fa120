// Lines of text that end with CR LF, as HTTP and local discovery use them: each header a field with its name, its
// value and its end. Bytes that are no text stay bytes.
import { type SafeText, safe } from '../protocol/safe-text.ts'
import { createField, type Field, type Reading } from './field.ts'
import { nameWords, textWords } from './field-words.ts'
import type { LoreName } from './lore.ts'

const carriageReturn = 0x0d
const lineFeed = 0x0a
const colon = 0x3a
const mostLines = 500

/** Bytes of one line: what it says ends at `contentEnd`, its line end at `end`. */
export type Line = { readonly start: number; readonly contentEnd: number; readonly end: number }

/** What is known of a header, by its name in lower case. */
export type HeaderHint = {
	readonly lore?: LoreName
	readonly words?: (value: Uint8Array) => SafeText | undefined
}

/** The lines from the first byte on, up to and with the first empty one; an unfinished one is the last. */
export function linesOf(bytes: Uint8Array): Line[] {
	const lines: Line[] = []
	let start = 0
	while (start < bytes.length && lines.length < mostLines) {
		const feed = bytes.indexOf(lineFeed, start)
		const end = feed < 0 ? bytes.length : feed + 1
		const contentEnd = feed < 0 ? end : bytes[feed - 1] === carriageReturn && feed > start ? feed - 1 : feed
		lines.push({ start, contentEnd, end })
		if (contentEnd === start && feed >= 0) break
		start = end
	}
	return lines
}

/** A header as a field: name, value, line end. The empty line ends the head. */
export function headerField(
	bytes: Uint8Array,
	{ start, contentEnd, end }: Line,
	hintOf: (name: string) => HeaderHint | undefined,
): Field {
	if (start === contentEnd) {
		return createField(safe`empty line`, start, end, { value: safe`ends the headers`, lore: 'headerEnd' })
	}
	const at = bytes.indexOf(colon, start)
	if (at < 0 || at >= contentEnd) {
		const value = textWords(bytes.subarray(start, contentEnd))
		return createField(safe`line`, start, end, { value, problem: safe`expected a name and a colon` })
	}
	let from = at + 1
	while (from < contentEnd && bytes[from] === 0x20) from += 1
	const name = bytes.subarray(start, at)
	const value = bytes.subarray(from, contentEnd)
	const hint = hintOf(String.fromCharCode(...name.subarray(0, 64)).toLowerCase()) ?? {}
	const words = hint.words?.(value) ?? nameWords(value)
	const lore = hint.lore ?? 'header'
	const children = [
		createField(safe`name`, start, from, { value: textWords(name), lore: 'header' }),
		...optionalField(safe`value`, { start: from, end: contentEnd, reading: { value: words, lore } }),
		...lineEnd(contentEnd, end),
	]
	return createField(nameWords(name), start, end, { value: words, lore, children, folded: true })
}

/** The end of a line as a field, where the line has one. */
export function lineEnd(start: number, end: number): Field[] {
	return optionalField(safe`line end`, { start, end, reading: { value: safe`CR LF`, lore: 'lineEnd' } })
}

/** A field where there are bytes for one. */
export function optionalField(
	name: SafeText,
	{ start, end, reading }: { readonly start: number; readonly end: number; readonly reading: Reading },
): Field[] {
	return end > start ? [createField(name, start, end, reading)] : []
}
