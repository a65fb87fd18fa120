// The help page: what the focused pane shows and every key, command and filter field, in as many columns as fit.
import type { ReactElement } from 'react'
import { fit, formatRule } from './format.ts'
import {
	flowHeight,
	flowSections,
	helpColumns,
	type HelpSection,
	helpSections,
	standsAlone,
} from './help-page.ts'
import { useView } from './hooks.ts'
import { Lines } from './lines.tsx'
import type { PaneName } from './pane-names.ts'
import type { PromptKind } from './prompt.ts'
import type { Theme } from './theme.ts'

export type HelpProps = {
	readonly width: number
	readonly rows: number
	readonly theme: Theme
	/** Lines scrolled past. */
	readonly top: number
}

export function Help(props: HelpProps): ReactElement {
	const pane = useView(state => state.focus)
	const typing = useView(
		state => state.prompt?.kind ?? (state.inspector === undefined ? undefined : 'inspector'),
	)
	return (
		<Lines text={formatHelp({ ...props, pane, typing }).join('\n')} width={props.width} height={props.rows} />
	)
}

export type HelpPage = HelpProps & {
	readonly pane: PaneName
	readonly typing?: PromptKind | 'inspector' | undefined
}

/** `rows` lines of `width` cells. */
export function formatHelp({ width, rows, theme, top, pane, typing }: HelpPage): string[] {
	const columns = helpColumns(width)
	const flowed = flowSections(helpSections(pane, theme.glyphs, typing), columns)
	const height = flowHeight(flowed)
	const room = rows - 1
	const start = Math.max(0, Math.min(top, height - room))
	const more = height - room - start
	const hint = width >= 60 ? 'j k scroll, Esc closes' : 'j k Esc'
	const note = more > 0 ? `${more} more, ${hint}` : hint
	const { horizontal } = theme.glyphs
	const rule = formatRule(
		{ left: horizontal, right: '', joins: [], title: `Help: ${pane}`, note, width, focused: true },
		theme,
	)
	const cells = Math.floor(width / columns)
	const body = beside(
		flowed.map(sections => sections.flatMap((section, at) => sectionLines(section, at > 0, cells, theme))),
		cells,
		height,
	)
	const lines = [
		rule,
		...body.slice(start, start + room).map(line => line + ' '.repeat(width - cells * columns)),
	]
	while (lines.length < rows) lines.push(fit('', width))
	return lines.slice(0, rows)
}

function sectionLines(
	{ title, signCells, entries }: HelpSection,
	hasGap: boolean,
	width: number,
	theme: Theme,
): string[] {
	const { ellipsis } = theme.glyphs
	const cells = Math.min(signCells + 2, width)
	const lines = entries.flatMap(([sign, meaning]) => {
		const words = fit(meaning, Math.max(0, width - cells), ellipsis)
		return standsAlone(sign, signCells)
			? [theme.bold(fit(`  ${sign}`, width, ellipsis)), fit('', cells) + words]
			: [theme.bold(fit(`  ${sign}`, cells, ellipsis)) + words]
	})
	const heading = theme.accent(theme.bold(fit(` ${title}`, width, ellipsis)))
	return hasGap ? [fit('', width), heading, ...lines] : [heading, ...lines]
}

function beside(columns: readonly (readonly string[])[], cells: number, height: number): string[] {
	const blank = fit('', cells)
	return Array.from({ length: height }, (_, row) => columns.map(lines => lines[row] ?? blank).join(''))
}
