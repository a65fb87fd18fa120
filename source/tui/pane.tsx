// A pane: its rule with the title, and its rows between lines left and right, as one block of text.
import type { ReactElement } from 'react'
import { fit, formatRule } from './format.ts'
import { useView } from './hooks.ts'
import { innerWidth, type PanePlace } from './layout.ts'
import { Lines } from './lines.tsx'
import { paneNames } from './pane-names.ts'
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

export function Pane(props: FrameProps): ReactElement {
	const { place } = props
	const pointed = useView(({ lesson }) => lesson?.isPointing === true && lesson.place === place.pane)
	return <Lines text={formatPane({ ...props, pointed })} width={place.width} height={place.bodyRows + 1} />
}

/** The whole pane, rule and rows, split by line feeds. */
function formatPane(props: FrameProps & { readonly pointed: boolean }): string {
	const { place, framed, focused, theme, title, note = '', rows, pointed } = props
	const { glyphs } = theme
	const lines = [
		formatRule(
			{
				left: framed ? glyphs[place.corner] : glyphs.horizontal,
				right: framed && place.isRightmost ? glyphs[place.endCorner] : '',
				// The number is the key that opens the pane.
				title: `${paneNames.indexOf(place.pane) + 1} ${title}`,
				note,
				width: place.width,
				focused,
				pointed,
				joins: place.joins,
			},
			theme,
		),
	]
	const blank = fit('', innerWidth(place, framed))
	const left = framed ? theme.dim(glyphs.vertical) : ''
	const leftJoin = framed ? theme.dim(glyphs.teeLeft) : ''
	const right = framed && place.isRightmost ? left : ''
	for (let row = 0; row < place.bodyRows; row += 1) {
		const start = place.leftJoins.includes(row) ? leftJoin : left
		lines.push(start + (rows[row] ?? blank) + right)
	}
	return lines.join('\n')
}
