// The practice swarms to choose from, in place of the panes: a row each, and what the selected one teaches.
import { memo, type ReactElement } from 'react'
import { fit, formatRule } from './format.ts'
import { useSession, useView } from './hooks.ts'
import { Lines } from './lines.tsx'
import type { ScenarioChoice } from './scenario-choice.ts'
import type { Theme } from './theme.ts'
import { scrolled } from './view.ts'
import { wrap } from './wrap.ts'

/** Rows that the list keeps when there are few. */
const leastChoices = 1
const narrowBelow = 60

export const ScenarioChooser = memo(function ScenarioChooser({
	rows,
	width,
}: {
	readonly rows: number
	readonly width: number
}): ReactElement {
	const { theme, practice } = useSession()
	const cursor = useView(state => state.chooser) ?? 0
	const lines = formatChooser(practice?.choices ?? [], {
		...{ rows, width, theme, cursor },
		current: practice?.current ?? '',
	})
	return <Lines text={lines.join('\n')} width={width} height={rows} />
})

type ChooserParts = {
	readonly rows: number
	readonly width: number
	readonly theme: Theme
	readonly cursor: number
	readonly current: string
}

/** `rows` lines of `width` cells. */
export function formatChooser(choices: readonly ScenarioChoice[], parts: ChooserParts): string[] {
	const { rows, width, theme, cursor } = parts
	const { glyphs } = theme
	const rule = formatRule(
		{
			...{ left: glyphs.horizontal, right: '', joins: [], width, focused: true },
			title: 'Practice swarms',
			note: width < narrowBelow ? 'j k Enter Esc' : 'j k choose, Enter starts it, Esc goes on with this one',
		},
		theme,
	)
	const chosen = choices[cursor]
	// Where rows are too short for what it teaches, that comes first.
	const words = (width < narrowBelow ? chosen?.description : chosen?.look) ?? ''
	const about = wrap(words, Math.max(1, width - 4), glyphs.ellipsis)
	const tail = aboutRows(about, rows - 1 - choices.length, rows - 1 - leastChoices)
	const room = Math.max(1, rows - 1 - tail.length)
	const top = scrolled(0, cursor, room)
	const shown = choices.slice(top, top + room).map((choice, at) => rowOf(choice, top + at === cursor, parts))
	const lines = [rule, ...shown, ...tail.map(line => fit(line, width, glyphs.ellipsis))]
	while (lines.length < rows) lines.push(fit('', width))
	return lines.slice(0, rows)
}

/** What the selected one teaches, apart from the list where both are whole, else at the cost of the list. */
function aboutRows(about: readonly string[], room: number, most: number): string[] {
	const lines = about.map(line => `  ${line}`)
	if (room > lines.length) return ['', ...lines]
	return lines.length <= most ? lines : []
}

function rowOf({ name, description }: ScenarioChoice, selected: boolean, parts: ChooserParts): string {
	const { width, theme, current } = parts
	const mark = name === current ? theme.glyphs.marker : ' '
	const text = fit(` ${mark} ${name.padEnd(16)}${description}`, width, theme.glyphs.ellipsis)
	return selected ? theme.selected(text) : text
}
