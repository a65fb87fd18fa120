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
import { innerWidth } from './layout.ts'
import { Pane, type PaneProps } from './pane.tsx'
import type { LogLine } from './store.ts'
import type { Paint, Theme } from './theme.ts'
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
		text: (line, isPlain) => formatLogLine(line, width - 1, { theme, isPlain }),
	})
	const { glyphs } = theme
	const note = listNote({ fields: eventFields, choice, shown: all.length, total: events.length, glyphs })
	return <Pane {...props} title="Events" note={note} rows={rows} />
}

/** Time, a sign of how it is to be taken, and the sentence, in exactly `width` cells. */
function formatLogLine(line: LogLine, width: number, { theme, isPlain }: RowStyle): string {
	if (width < 12) return fit(logWords(line), width, theme.glyphs.ellipsis)
	const { sign, paint } = toneOf(line, theme)
	const text = fit(logWords(line), width - 11, theme.glyphs.ellipsis)
	const time = fit(formatWallTime(line.wallTime), 8)
	return isPlain ? `${time} ${sign} ${text}` : `${theme.dim(time)} ${paint(sign)} ${text}`
}

type RowStyle = { readonly theme: Theme; readonly isPlain: boolean }

/** The sentence stays plain: whole lines of green and yellow are hard to read on a light ground. */
function toneOf(line: LogLine, theme: Theme): { readonly sign: string; readonly paint: Paint } {
	const { glyphs } = theme
	switch (line.type === 'note' ? 'warning' : eventTone(line)) {
		case 'good':
			return { sign: glyphs.working, paint: theme.good }
		case 'warning':
			return { sign: '!', paint: theme.warning }
		case 'bad':
			return { sign: glyphs.failed, paint: theme.bad }
		case 'plain':
			return { sign: ' ', paint: theme.plain }
	}
}
