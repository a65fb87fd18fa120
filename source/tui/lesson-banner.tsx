// The lesson of the moment, below the header: where to look, and what is to be seen there.
import { memo, type ReactElement } from 'react'
import { fit } from './format.ts'
import { useSession, useView } from './hooks.ts'
import { paneNames, titleOf } from './pane-names.ts'
import { Lines } from './lines.tsx'
import { displayWidth } from './terminal/fast-width.ts'
import type { Glyphs, Theme } from './theme.ts'
import type { ShownLesson } from './view.ts'
import { wrap } from './wrap.ts'

/** Below this width sentences go below the name of their pane. */
const narrowBelow = 60

export const LessonBanner = memo(function LessonBanner({
	rows,
	width,
}: {
	readonly rows: number
	readonly width: number
}): ReactElement {
	const { theme } = useSession()
	const lesson = useView(state => state.lesson)
	const text = lesson === undefined ? '' : formatBanner(lesson, { rows, width, theme }).join('\n')
	return <Lines text={text} width={width} height={rows} />
})

/** `rows` lines of `width` cells; what does not fit is cut, and stands whole among the events. */
export function formatBanner(
	lesson: ShownLesson,
	{ rows, width, theme }: { readonly rows: number; readonly width: number; readonly theme: Theme },
): string[] {
	const { glyphs } = theme
	const place = placeOf(lesson, glyphs)
	const isNarrow = width < narrowBelow
	const lead = ` ${glyphs.marker} ${isNarrow ? '' : place}`
	const indent = displayWidth(lead)
	const hint = lesson.kind === 'learned' ? ' d: another scenario' : ''
	const lines = wrap(
		(isNarrow ? place : '') + lesson.text + hint,
		Math.max(1, width - 1 - indent),
		glyphs.ellipsis,
	)
	const style = lesson.isPointing ? theme.bold : theme.dim
	return Array.from({ length: rows }, (_, row) => {
		const isCut = row === rows - 1 && lines.length > rows
		const words = isCut ? lines.slice(row).join(' ') : (lines[row] ?? '')
		return style(fit((row === 0 ? lead : ' '.repeat(indent)) + words, width, glyphs.ellipsis))
	})
}

/** The number is the key that opens the pane. */
function placeOf({ kind, place }: ShownLesson, { vertical }: Glyphs): string {
	if (kind === 'look') return 'Look: '
	if (kind === 'learned') return 'Seen: '
	const pane = paneNames.find(name => name === place)
	return pane === undefined ? '' : `${paneNames.indexOf(pane) + 1} ${titleOf(pane)} ${vertical} `
}
