// Box lines, blocks, gauges and braille dots as shapes that fill their cell to its edges, so that lines meet
// whatever font draws the letters of a picture. Everything else is a letter.

/** A part of a cell: place and size as fractions of it; `opacity` below 1 for shades. */
export type CellShape = {
	readonly x: number
	readonly y: number
	readonly width: number
	readonly height: number
	readonly opacity: number
}

/** Half of a thin line, across and along, in a cell twice as high as wide. */
const thinAcross = 1 / 18
const thinAlong = 1 / 36

const sides: Readonly<Record<string, readonly Side[]>> = {
	'─': ['left', 'right'],
	'│': ['top', 'bottom'],
	'┌': ['right', 'bottom'],
	'┐': ['left', 'bottom'],
	'└': ['right', 'top'],
	'┘': ['left', 'top'],
	'├': ['top', 'bottom', 'right'],
	'┤': ['top', 'bottom', 'left'],
	'┬': ['left', 'right', 'bottom'],
	'┴': ['left', 'right', 'top'],
	'┼': ['left', 'right', 'top', 'bottom'],
}
type Side = 'left' | 'right' | 'top' | 'bottom'

const shades: Readonly<Record<string, number>> = { '░': 0.25, '▒': 0.5, '▓': 0.75, '█': 1 }
const eighths = '▁▂▃▄▅▆▇'

/** The shapes of a glyph; undefined for one that a font draws. */
export function cellShapes(glyph: string): readonly CellShape[] | undefined {
	const lines = sides[glyph]
	if (lines !== undefined) return lines.map(line)
	const shade = shades[glyph]
	if (shade !== undefined) return [shape(0, 0, 1, 1, shade)]
	const level = eighths.indexOf(glyph)
	if (glyph !== '' && level >= 0) return [shape(0, 1 - (level + 1) / 8, 1, (level + 1) / 8)]
	const dots = brailleDots(glyph)
	if (dots !== undefined) return dots
	switch (glyph) {
		case '━':
			return [shape(0, 0.5 - 2 * thinAlong, 1, 4 * thinAlong)]
		case '╸':
			return [shape(0, 0.5 - 2 * thinAlong, 0.5, 4 * thinAlong)]
		case '▮':
			return [shape(2 / 9, 0.25, 5 / 9, 0.5)]
		case '▯':
			return outline
		default:
			return undefined
	}
}

/** Columns and rows of the dots of Unicode 2800 to 28FF, by bit. */
const dotPlaces = [
	[0, 0],
	[0, 1],
	[0, 2],
	[1, 0],
	[1, 1],
	[1, 2],
	[0, 3],
	[1, 3],
] as const

function brailleDots(glyph: string): readonly CellShape[] | undefined {
	const bits = glyph.length === 1 ? glyph.charCodeAt(0) - 0x2800 : -1
	if (bits < 0 || bits > 0xff) return undefined
	return dotPlaces
		.filter((_, bit) => (bits & (1 << bit)) !== 0)
		.map(([column, row]) => shape(column / 2 + 1 / 9, row / 4 + 1 / 18, 1 / 3, 1 / 6))
}

const outline: readonly CellShape[] = [
	shape(2 / 9, 0.25, 5 / 9, 2 * thinAlong),
	shape(2 / 9, 0.75 - 2 * thinAlong, 5 / 9, 2 * thinAlong),
	shape(2 / 9, 0.25, 2 * thinAcross, 0.5),
	shape(7 / 9 - 2 * thinAcross, 0.25, 2 * thinAcross, 0.5),
]

function line(side: Side): CellShape {
	const [left, top] = [0.5 - thinAcross, 0.5 - thinAlong]
	switch (side) {
		case 'left':
			return shape(0, top, 0.5 + thinAcross, 2 * thinAlong)
		case 'right':
			return shape(left, top, 0.5 + thinAcross, 2 * thinAlong)
		case 'top':
			return shape(left, 0, 2 * thinAcross, 0.5 + thinAlong)
		case 'bottom':
			return shape(left, top, 2 * thinAcross, 0.5 + thinAlong)
	}
}

function shape(x: number, y: number, width: number, height: number, opacity = 1): CellShape {
	return { x, y, width, height, opacity }
}
