// How many cells a text takes. The same answers as string-width, which Ink uses, without its segmentation for
// the characters that our own screens consist of. In the bundle it stands in for string-width.
import stringWidth from 'string-width'
import { simpleWidth } from './simple-characters.ts'

const escape = 0x1b

/**
 * Cells of `text` on a terminal, colour sequences not counted. Texts with characters outside the simple ones
 * are measured by string-width as a whole.
 */
export function displayWidth(text: string): number {
	let width = 0
	for (let at = 0; at < text.length; at += 1) {
		const code = text.charCodeAt(at)
		if (code === escape) {
			at = endOfColour(text, at)
			if (at < 0) return stringWidth(text)
			continue
		}
		const cells = simpleWidth(code)
		if (cells === 0) return stringWidth(text)
		width += cells
	}
	return width
}

type StringWidthOptions = {
	readonly ambiguousIsNarrow?: boolean
	readonly countAnsiEscapeCodes?: boolean
}

/** Index of the `m` that ends the sequence starting at `start`; -1 when it is another sequence. */
export function endOfColour(text: string, start: number): number {
	if (text.charCodeAt(start + 1) !== 0x5b) return -1
	for (let at = start + 2; at < text.length; at += 1) {
		const code = text.charCodeAt(at)
		if (code === 0x6d) return at
		if (!((code >= 0x30 && code <= 0x39) || code === 0x3b)) return -1
	}
	return -1
}

/**
 * The signature of string-width, which the bundle puts this module in place of; its only export is the default one.
 * @public
 */
// eslint-disable-next-line no-restricted-exports -- it stands in for a package whose only export is the default one
export default function aliasedStringWidth(text: string, options?: StringWidthOptions): number {
	if (typeof text !== 'string' || options !== undefined) return stringWidth(text, options)
	return displayWidth(text)
}
