// What is drawn with what: a few of the terminal's own 16 colours, attributes, and glyphs of the box and block
// ranges. Nothing is said by colour alone. Without colours the attributes stay; without UTF-8 the glyphs are ASCII.

export type Paint = (text: string) => string

export type Theme = {
	readonly plain: Paint
	readonly dim: Paint
	readonly bold: Paint
	/** Inverse: the selected row. */
	readonly selected: Paint
	/** The rule of what has the focus. */
	readonly accent: Paint
	/** Data that comes: download; what is here. */
	readonly down: Paint
	/** Data that goes: upload. */
	readonly up: Paint
	readonly good: Paint
	readonly warning: Paint
	readonly bad: Paint
	/** By number of copies, from none on; the last for all that are more. */
	readonly copies: readonly [Paint, ...Paint[]]
	readonly glyphs: Glyphs
}

export type Glyphs = {
	readonly horizontal: string
	readonly vertical: string
	readonly topLeft: string
	readonly topRight: string
	readonly bottomLeft: string
	readonly bottomRight: string
	readonly teeLeft: string
	readonly teeRight: string
	readonly teeDown: string
	readonly teeUp: string
	readonly cross: string
	readonly marker: string
	/** Before what can be opened and closed. */
	readonly closed: string
	readonly open: string
	readonly none: string
	readonly ellipsis: string
	readonly working: string
	readonly waiting: string
	readonly failed: string
	readonly down: string
	readonly up: string
	readonly left: string
	readonly right: string
	readonly barFull: string
	readonly barHalf: string
	readonly barEmpty: string
	readonly gaugeFull: string
	readonly gaugeEmpty: string
	readonly dot: string
	/** Before a factor; a piece that is not wanted. */
	readonly times: string
	/** A missing piece of which there are more copies than a digit tells. */
	readonly common: string
	/** A cell of the piece bar: nothing, none of ours, less than half, more than half, all. */
	readonly pieces: readonly [string, string, string, string, string]
	/** Heights of a graph, lowest first. */
	readonly levels: readonly string[]
	/** Whether braille dots can be drawn. */
	readonly braille: boolean
	/** A column of the scale beside a graph: its top, its side. */
	readonly scaleTop: string
	readonly scaleSide: string
}

const unicode: Glyphs = {
	horizontal: '─',
	vertical: '│',
	topLeft: '┌',
	topRight: '┐',
	bottomLeft: '└',
	bottomRight: '┘',
	teeLeft: '┤',
	teeRight: '├',
	teeDown: '┬',
	teeUp: '┴',
	cross: '┼',
	marker: '▸',
	closed: '▸',
	open: '▾',
	none: '─',
	ellipsis: '…',
	working: '●',
	waiting: '○',
	failed: '✗',
	down: '↓',
	up: '↑',
	left: '←',
	right: '→',
	barFull: '━',
	barHalf: '╸',
	barEmpty: '─',
	gaugeFull: '▮',
	gaugeEmpty: '▯',
	dot: '·',
	times: '×',
	common: '·',
	pieces: [' ', '░', '▒', '▓', '█'],
	levels: [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
	braille: true,
	scaleTop: '┤',
	scaleSide: '│',
}

const asciiGlyphs: Glyphs = {
	horizontal: '-',
	vertical: '|',
	topLeft: '+',
	topRight: '+',
	bottomLeft: '+',
	bottomRight: '+',
	teeLeft: '+',
	teeRight: '+',
	teeDown: '+',
	teeUp: '+',
	cross: '+',
	marker: '>',
	closed: '+',
	open: '-',
	none: '-',
	ellipsis: '~',
	working: '*',
	waiting: 'o',
	failed: 'x',
	down: 'v',
	up: '^',
	left: '<',
	right: '>',
	barFull: '=',
	barHalf: '-',
	barEmpty: '.',
	gaugeFull: '#',
	gaugeEmpty: '.',
	dot: ' ',
	times: 'x',
	common: ',',
	pieces: [' ', '.', '-', '+', '#'],
	levels: [' ', '.', ':', '-', '=', '+', '*', '%', '#'],
	braille: false,
	scaleTop: '+',
	scaleSide: '|',
}

export type ThemeOptions = {
	readonly color: boolean
	readonly ascii: boolean
	/** Whether dark letters stand on a light ground. */
	readonly light?: boolean
	/** Whether the terminal shows more than its own 16 colours. */
	readonly rich?: boolean
}

/** The theme for a terminal that can show colours or not, and UTF-8 or not. */
export function createTheme({ color, ascii, light = false, rich = false }: ThemeOptions): Theme {
	const colour = (code: number, fallback: Paint): Paint => (color ? sgr(String(code), '39') : fallback)
	const dim = sgr('2', '22')
	const bold = sgr('1', '22')
	// Cyan is too pale on white, blue too dark on black; magenta and the palette's yellow, an ochre, can be read on both.
	const down = colour(light ? 34 : 36, plain)
	// What the palette calls yellow is often too pale on white.
	const warning = light && color ? sgr('1;31', '22;39') : colour(33, bold)
	const bad = colour(31, bold)
	return {
		plain,
		dim,
		bold,
		selected: sgr('7', '27'),
		accent: down,
		down,
		up: colour(35, plain),
		good: colour(32, plain),
		warning,
		bad,
		copies: color && rich ? richCopies(light) : [boldly(31, color), boldly(33, color), warning, dim],
		glyphs: ascii ? asciiGlyphs : unicode,
	}
}

function plain(text: string): string {
	return text
}

function boldly(code: number, color: boolean): Paint {
	return color ? sgr(`1;${code}`, '22;39') : sgr('1', '22')
}

/** From red over orange to grey, in colours that both grounds bear. */
function richCopies(light: boolean): [Paint, ...Paint[]] {
	const [first = '', ...others] = light
		? ['1;38;5;160', '1;38;5;166', '38;5;172', '38;5;136', '38;5;102', '38;5;245']
		: ['1;38;5;203', '1;38;5;208', '38;5;214', '38;5;144', '38;5;102', '38;5;241']
	return [sgr(first, '22;39'), ...others.map(codes => sgr(codes, '22;39'))]
}

function sgr(on: string, off: string): Paint {
	return text => (text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`)
}
