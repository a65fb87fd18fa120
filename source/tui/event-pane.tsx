// What happened, newest at the bottom: events of the engine and stray lines of our own process.
import type { ReactElement } from 'react'
import { type SafeText, safe } from '../protocol/safe-text.ts'
import { eventTone, eventWords, formatWallTime } from './event-words.ts'
import { fit } from './format.ts'
import { useEngine, useView } from './hooks.ts'
import { listRows } from './list-rows.ts'
import { innerWidth, Pane, type PaneProps } from './pane.tsx'
import type { LogLine } from './store.ts'
import type { Theme } from './theme.ts'

export function EventPane(props: PaneProps): ReactElement {
	const { place, framed, theme, focused } = props
	const events = useEngine(state => state.log)
	const position = useView(state => state.positions.events)
	const width = innerWidth(place, framed)
	const rows = listRows({
		all: events,
		position,
		room: place.bodyRows,
		width,
		used: width,
		focused,
		theme,
		empty: 'nothing happened yet',
		atEnd: true,
		text: line => formatLogLine(line, width - 1, theme),
	})
	return <Pane {...props} title="Events" rows={rows} />
}

/** Time and sentence in exactly `width` cells. */
function formatLogLine(line: LogLine, width: number, theme: Theme): string {
	const time = formatWallTime(line.wallTime)
	const text = fit(lineWords(line), Math.max(0, width - 9), theme.glyphs.ellipsis)
	return `${theme.dim(fit(time, Math.min(width, 8)))}${width > 8 ? ' ' : ''}${toned(line, text, theme)}`
}

function lineWords(line: LogLine): SafeText {
	if (line.type === 'note') return line.text
	if (line.count === 1 || line.event.type !== 'pieceVerified') return eventWords(line)
	return safe`${line.count} pieces verified, ${line.event.piecesHave} in all`
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
