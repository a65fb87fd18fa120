// The help page, made from the keymap, with what the letters and glyphs of the other panes mean.
import type { ReactElement } from 'react'
import { fit, formatRule } from './format.ts'
import { type Binding, type KeyGroup, keyGroups } from './keymap.ts'
import { Lines } from './lines.tsx'
import type { Theme } from './theme.ts'

export type HelpProps = {
	readonly width: number
	readonly rows: number
	readonly theme: Theme
	/** Lines scrolled past. */
	readonly top: number
}

const keyCells = 18
const signCells = 9

export function Help(props: HelpProps): ReactElement {
	return <Lines text={formatHelp(props).join('\n')} width={props.width} height={props.rows} />
}

/** `rows` lines of `width` cells: two columns of sections where there is room, else one below the other. */
export function formatHelp({ width, rows, theme, top }: HelpProps): string[] {
	const rule = formatRule(
		{
			left: theme.glyphs.horizontal,
			right: '',
			joins: [],
			title: 'Help',
			note: 'Esc or ? closes',
			width,
			focused: true,
		},
		theme,
	)
	const hasTwo = width >= 76
	const cells = hasTwo ? Math.floor(width / 2) : width
	const [moving = [], looking = [], doing = []] = keyGroups.map(group => keySection(group, cells, theme))
	const gap = [fit('', cells)]
	const legend = legendSection(cells, theme)
	const body = hasTwo
		? beside([...moving, ...gap, ...looking], [...doing, ...gap, ...legend], cells)
		: [...moving, ...gap, ...looking, ...gap, ...doing, ...gap, ...legend]
	const shown = body.slice(Math.max(0, Math.min(top, body.length - rows + 1)))
	const lines = [rule, ...shown.map(line => line + ' '.repeat(width - cells * (hasTwo ? 2 : 1)))].slice(
		0,
		rows,
	)
	while (lines.length < rows) lines.push(fit('', width))
	return lines
}

function keySection({ title, bindings }: KeyGroup, width: number, theme: Theme): string[] {
	return [theme.bold(fit(` ${title}`, width)), ...bindings.map(binding => keyLine(binding, width, theme))]
}

function keyLine({ keys, help }: Binding, width: number, theme: Theme): string {
	const name = fit(`  ${keys.join(' ')}`, Math.min(keyCells, width))
	return theme.bold(name) + fit(help, Math.max(0, width - keyCells), theme.glyphs.ellipsis)
}

function legendSection(width: number, theme: Theme): string[] {
	const { glyphs } = theme
	const [, none, some, most, all] = glyphs.pieces
	const entries: [string, string][] = [
		['D d K', 'it gives, it chokes, not wanted'],
		['U u ?', 'we give, we choke, not wanted'],
		['S O I', 'snubbed, optimistic, came in'],
		[`${glyphs.gaugeFull}${glyphs.gaugeEmpty}`, 'in flight, of the window'],
		['block', 'from request to whole block'],
		[all + most + some + none, 'pieces: all, most, some, none'],
		[`${glyphs.left} ${glyphs.right}`, 'from the peer, to the peer'],
		[`${glyphs.working} ${glyphs.failed} ${glyphs.waiting}`, 'tracker works, failed, waits'],
	]
	return [
		theme.bold(fit(' What it shows', width)),
		...entries.map(
			([sign, meaning]) =>
				fit(`  ${sign}`, Math.min(signCells, width)) +
				fit(meaning, Math.max(0, width - signCells), glyphs.ellipsis),
		),
	]
}

function beside(left: readonly string[], right: readonly string[], width: number): string[] {
	const blank = fit('', width)
	const rows = Math.max(left.length, right.length)
	return Array.from({ length: rows }, (_, row) => (left[row] ?? blank) + (right[row] ?? blank))
}
