// A pane: its rule with the title, and its rows between lines left and right, as one block of text.
import type { ReactElement } from 'react'
import { fit, formatRule } from './format.ts'
import { type PanePlace, paneNames } from './layout.ts'
import { Lines } from './lines.tsx'
import type { Theme } from './theme.ts'

/** What every pane is given. */
export type PaneProps = {
	readonly place: PanePlace
	readonly framed: boolean
	readonly focused: boolean
	readonly theme: Theme
}

type FrameProps = PaneProps & {
	readonly title: string
	readonly note?: string
	/** Each exactly as wide as `innerWidth` says. */
	readonly rows: readonly string[]
}

/** Cells of a row between the lines. */
export function innerWidth({ width, isRightmost }: PanePlace, framed: boolean): number {
	return Math.max(0, framed ? width - 1 - (isRightmost ? 1 : 0) : width)
}

export function Pane(props: FrameProps): ReactElement {
	const { place } = props
	return <Lines text={formatPane(props)} width={place.width} height={place.bodyRows + 1} />
}

/** The whole pane, rule and rows, split by line feeds. */
function formatPane({ place, framed, focused, theme, title, note = '', rows }: FrameProps): string {
	const { glyphs } = theme
	const lines = [
		formatRule(
			{
				left: framed ? leftCorner(place, theme) : glyphs.horizontal,
				right: framed && place.isRightmost ? (place.isTop ? glyphs.topRight : glyphs.teeLeft) : '',
				// The number is the key that opens the pane.
				title: `${paneNames.indexOf(place.pane) + 1} ${title}`,
				note,
				width: place.width,
				focused,
				joins: place.joins,
			},
			theme,
		),
	]
	const blank = fit('', innerWidth(place, framed))
	const left = framed ? theme.dim(glyphs.vertical) : ''
	const right = framed && place.isRightmost ? left : ''
	for (let row = 0; row < place.bodyRows; row += 1) lines.push(left + (rows[row] ?? blank) + right)
	return lines.join('\n')
}

function leftCorner({ isTop, isLeftmost, joins }: PanePlace, { glyphs }: Theme): string {
	if (isTop) return isLeftmost ? glyphs.topLeft : glyphs.teeDown
	if (isLeftmost) return glyphs.teeRight
	return joins.includes(0) ? glyphs.cross : glyphs.teeDown
}
