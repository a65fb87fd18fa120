// What is drawn with what: a few of the terminal's own 16 colours, attributes, and glyphs of the box and block
// ranges. Nothing is said by colour alone. Without colours the attributes stay; without UTF-8 the glyphs are ASCII.

type Paint = (text: string) => string

export type Theme = {
	readonly dim: Paint
	readonly bold: Paint
	/** Inverse: the selected row. */
	readonly selected: Paint
	/** Data that comes: download. */
	readonly down: Paint
	/** Data that goes: upload. */
	readonly up: Paint
	readonly good: Paint
	readonly warning: Paint
	readonly bad: Paint
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
	/** Before a factor. */
	readonly times: string
	/** A cell of the piece bar: nothing, none of ours, less than half, more than half, all. */
	readonly pieces: readonly [string, string, string, string, string]
	/** Heights of a graph, lowest first. */
	readonly levels: readonly string[]
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
	pieces: [' ', '░', '▒', '▓', '█'],
	levels: [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
}

const ascii: Glyphs = {
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
	pieces: [' ', '.', '-', '+', '#'],
	levels: [' ', '.', ':', '-', '=', '+', '*', '%', '#'],
}

/** The theme for a terminal that can show colours or not, and UTF-8 or not. */
export function createTheme(options: { readonly color: boolean; readonly ascii: boolean }): Theme {
	const colour = (code: number, fallback: Paint): Paint => (options.color ? paint(code, 39) : fallback)
	const plain: Paint = text => text
	const dim = paint(2, 22)
	const bold = paint(1, 22)
	return {
		dim,
		bold,
		selected: paint(7, 27),
		down: colour(36, plain),
		up: colour(35, plain),
		good: colour(32, plain),
		warning: colour(33, bold),
		bad: colour(31, bold),
		glyphs: options.ascii ? ascii : unicode,
	}
}

function paint(on: number, off: number): Paint {
	return text => (text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`)
}
