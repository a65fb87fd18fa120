// The help page, made from the keymap, with what the letters and glyphs of the other panes mean.
import type { ReactElement } from 'react'
import { fit, formatRule } from './format.ts'
import { type Binding, keyGroups } from './keymap.ts'
import { Lines } from './lines.tsx'
import type { Theme } from './theme.ts'

export type HelpProps = { readonly width: number; readonly rows: number; readonly theme: Theme }

export function Help({ width, rows, theme }: HelpProps): ReactElement {
	return <Lines text={formatHelp({ width, rows, theme }).join('\n')} width={width} height={rows} />
}

/** `rows` lines of `width` cells: two columns of sections where there is room, else as much as fits. */
export function formatHelp({ width, rows, theme }: HelpProps): string[] {
	const { glyphs } = theme
	const corners = { left: glyphs.horizontal, right: '', joins: [] }
	const rule = formatRule({ ...corners, title: 'Help', note: 'Esc or ? closes', width, focused: true }, theme)
	const columnCount = width >= 76 ? 2 : 1
	const columnWidth = Math.floor(width / columnCount)
	const keys = keySections(columnWidth, theme)
	const legend = legendSection(columnWidth, theme)
	const body = columnCount === 2 ? beside(keys, legend, columnWidth) : [...keys, ...legend]
	const blank = fit('', width)
	const lines = [rule, ...body.map(line => line + ' '.repeat(width - columnWidth * columnCount))].slice(
		0,
		rows,
	)
	while (lines.length < rows) lines.push(blank)
	return lines
}

function keySections(width: number, theme: Theme): string[] {
	return keyGroups.flatMap(({ title, bindings }) => [
		theme.bold(fit(` ${title}`, width)),
		...bindings.map(binding => keyLine(binding, width, theme)),
		fit('', width),
	])
}

function keyLine({ keys, help }: Binding, width: number, theme: Theme): string {
	return (
		theme.bold(fit(`  ${keys.join(' ')}`, Math.min(18, width))) +
		fit(help, Math.max(0, width - 18), theme.glyphs.ellipsis)
	)
}

function legendSection(width: number, theme: Theme): string[] {
	const { glyphs } = theme
	const entries: [string, string][] = [
		['D d K', 'it gives; we want, it chokes; it would'],
		['U u ?', 'the same from its side'],
		['S O', 'snubbed: silent for long; optimistic try'],
		['I', 'came in by itself'],
		[`${glyphs.gaugeFull}${glyphs.gaugeEmpty}`, 'requests in flight, of its window'],
		['block', 'time from request to whole block'],
		[glyphs.pieces[4], 'pieces: all here'],
		[`${glyphs.pieces[3]} ${glyphs.pieces[2]}`, 'more, less than half of them here'],
		[glyphs.pieces[1], 'none here yet; blank: nobody has it'],
		[`${glyphs.left} ${glyphs.right}`, 'wire: from the peer, to the peer'],
		[`${glyphs.working} ${glyphs.failed} ${glyphs.waiting}`, 'tracker works, failed, waits'],
		['copies', 'of the whole torrent among the peers'],
	]
	return [
		theme.bold(fit(' What it shows', width)),
		...entries.map(
			([sign, meaning]) =>
				fit(`  ${sign}`, Math.min(10, width)) + fit(meaning, Math.max(0, width - 10), glyphs.ellipsis),
		),
	]
}

function beside(left: readonly string[], right: readonly string[], width: number): string[] {
	const blank = fit('', width)
	const rows = Math.max(left.length, right.length)
	return Array.from({ length: rows }, (_, row) => (left[row] ?? blank) + (right[row] ?? blank))
}
