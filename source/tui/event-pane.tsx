// What happened, newest at the bottom: events of the engine and stray lines of our own process.
import type { ReactElement } from 'react'
import { eventTone, formatWallTime } from './event-words.ts'
import { eventFields } from './fields/event-fields.ts'
import { fit } from './format.ts'
import { useEngine, useView } from './hooks.ts'
import { listNote } from './list-note.ts'
import { listRows } from './list-rows.ts'
import { eventRows } from './listing.ts'
import { logWords } from './log-words.ts'
import { innerWidth, Pane, type PaneProps } from './pane.tsx'
import type { LogLine } from './store.ts'
import type { Theme } from './theme.ts'
import { listChoice } from './view.ts'

export function EventPane(props: PaneProps): ReactElement {
	const { place, framed, theme, focused } = props
	const events = useEngine(state => state.log)
	const position = useView(state => state.positions.events)
	const choice = useView(state => listChoice(state, 'events'))
	const all = eventRows(events, choice)
	const width = innerWidth(place, framed)
	const rows = listRows({
		all,
		position,
		room: place.bodyRows,
		width,
		used: width,
		focused,
		theme,
		empty: events.length > 0 ? 'no event is like that' : 'nothing happened yet',
		atEnd: !choice.reversed,
		text: line => formatLogLine(line, width - 1, theme),
	})
	const { glyphs } = theme
	const note = listNote({ fields: eventFields, choice, shown: all.length, total: events.length, glyphs })
	return <Pane {...props} title="Events" note={note} rows={rows} />
}

/** Time and sentence in exactly `width` cells. */
function formatLogLine(line: LogLine, width: number, theme: Theme): string {
	const time = formatWallTime(line.wallTime)
	const text = fit(logWords(line), Math.max(0, width - 9), theme.glyphs.ellipsis)
	return `${theme.dim(fit(time, Math.min(width, 8)))}${width > 8 ? ' ' : ''}${toned(line, text, theme)}`
}

function toned(line: LogLine, text: string, theme: Theme): string {
	if (line.type === 'note') return theme.warning(text)
	switch (eventTone(line)) {
		case 'good':
			return theme.good(text)
		case 'warning':
			return theme.warning(text)
		case 'bad':
			return theme.bad(text)
		case 'plain':
			return text
	}
}
