// Colours and attributes of a cell as one small number, and the shortest SGR sequence from one to the next
// (ECMA-48 8.3.117). Bits 0-6: attributes; 8-16: foreground; 17-25: background (0 default, else 1 + index).

/** Attributes and 256 colours, packed; 0 is the terminal's plain style. */
export type CellStyle = number

export const plainStyle: CellStyle = 0

const attributes = [
	{ on: 1, off: 22, bit: 1 },
	{ on: 2, off: 22, bit: 2 },
	{ on: 3, off: 23, bit: 4 },
	{ on: 4, off: 24, bit: 8 },
	{ on: 7, off: 27, bit: 16 },
	{ on: 9, off: 29, bit: 32 },
] as const
const attributeBits = 0x7f
const colourBits = 0x1ff
const foregroundShift = 8
const backgroundShift = 17

/** The style after an SGR sequence with these parameters (`1;31`, empty for a reset). Unknown ones change nothing. */
export function applySgr(style: CellStyle, parameters: string): CellStyle {
	if (parameters === '') return plainStyle
	const codes = parameters.split(';').map(Number)
	let result = style
	for (let at = 0; at < codes.length; at += 1) {
		const code = codes[at] ?? 0
		if (code === 38 || code === 48) {
			const indexed = codes[at + 1] === 5
			if (indexed) result = withColour(result, code === 38, (codes[at + 2] ?? 0) + 1)
			at += indexed ? 2 : 4
		} else {
			result = applyCode(result, code)
		}
	}
	return result
}

function applyCode(style: CellStyle, code: number): CellStyle {
	if (code === 0) return plainStyle
	if (code < 30) {
		for (const attribute of attributes) {
			if (attribute.on === code) return style | attribute.bit
		}
		return attributes.reduce((rest, { off, bit }) => (off === code ? rest & ~bit : rest), style)
	}
	if (code <= 37) return withColour(style, true, code - 29)
	if (code === 39) return withColour(style, true, 0)
	if (code >= 40 && code <= 47) return withColour(style, false, code - 39)
	if (code === 49) return withColour(style, false, 0)
	if (code >= 90 && code <= 97) return withColour(style, true, code - 81)
	if (code >= 100 && code <= 107) return withColour(style, false, code - 91)
	return style
}

function withColour(style: CellStyle, foreground: boolean, value: number): CellStyle {
	const shift = foreground ? foregroundShift : backgroundShift
	return (style & ~(colourBits << shift)) | ((value & colourBits) << shift)
}

const transitions = new Map<number, string>()

/** The shortest sequence that turns style `from` into style `to`; empty when they are the same. */
export function sgrBetween(from: CellStyle, to: CellStyle): string {
	if (from === to) return ''
	if (to === plainStyle) return '\u001b[m'
	const key = from * 0x4000000 + to
	let sequence = transitions.get(key)
	if (sequence === undefined) {
		const changes = changesBetween(from, to).join(';')
		const fresh = ['', ...changesBetween(plainStyle, to)].join(';')
		sequence = `\u001b[${changes.length <= fresh.length ? changes : fresh}m`
		if (transitions.size > 4096) transitions.clear()
		transitions.set(key, sequence)
	}
	return sequence
}

/** One sequence for each part of a style, each with the sequence that ends it. */
export function sgrParts(style: CellStyle): [start: string, end: string][] {
	const parts: [string, string][] = []
	for (const { on, off, bit } of attributes) {
		if ((style & bit) !== 0) parts.push([`\u001b[${on}m`, `\u001b[${off}m`])
	}
	const foreground = (style >> foregroundShift) & colourBits
	if (foreground !== 0) parts.push([`\u001b[${colourCodes(foreground, 30).join(';')}m`, '\u001b[39m'])
	const background = (style >> backgroundShift) & colourBits
	if (background !== 0) parts.push([`\u001b[${colourCodes(background, 40).join(';')}m`, '\u001b[49m'])
	return parts
}

/** What a packed style says: colours are of the 256, undefined for the terminal's own. */
export type StyleParts = {
	readonly bold: boolean
	readonly dim: boolean
	readonly inverse: boolean
	readonly foreground: number | undefined
	readonly background: number | undefined
}

/** A packed style taken apart. */
export function unpackStyle(style: CellStyle): StyleParts {
	const colour = (shift: number) => {
		const value = (style >> shift) & colourBits
		return value === 0 ? undefined : value - 1
	}
	return {
		bold: (style & 1) !== 0,
		dim: (style & 2) !== 0,
		inverse: (style & 16) !== 0,
		foreground: colour(foregroundShift),
		background: colour(backgroundShift),
	}
}

function changesBetween(from: CellStyle, to: CellStyle): number[] {
	const codes: number[] = []
	const removed = from & ~to & attributeBits
	let kept = from & to & attributeBits
	for (const { off, bit } of attributes) {
		if ((removed & bit) === 0) continue
		if (!codes.includes(off)) codes.push(off)
		// Bold and faint end together.
		if (off === 22) kept &= ~3
	}
	for (const { on, bit } of attributes) {
		if ((to & bit) !== 0 && (kept & bit) === 0) codes.push(on)
	}
	const foreground = (to >> foregroundShift) & colourBits
	if (foreground !== ((from >> foregroundShift) & colourBits)) codes.push(...colourCodes(foreground, 30))
	const background = (to >> backgroundShift) & colourBits
	if (background !== ((from >> backgroundShift) & colourBits)) codes.push(...colourCodes(background, 40))
	return codes
}

function colourCodes(value: number, base: 30 | 40): number[] {
	if (value === 0) return [base + 9]
	if (value <= 8) return [base + value - 1]
	if (value <= 16) return [base + 60 + value - 9]
	return [base + 8, 5, value - 1]
}
