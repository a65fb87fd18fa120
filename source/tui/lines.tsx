// A block of ready lines of known size. Uses Ink's host element directly: its Text measures and wraps what it
// is given and remembers every text it ever saw, without bound; with a fixed size nothing is measured.
import { createElement, memo, type ReactElement } from 'react'

type LinesProps = { readonly text: string; readonly width: number; readonly height: number }

/** `text` holds at most `height` lines of at most `width` cells. */
export const Lines = memo(function Lines({ text, width, height }: LinesProps): ReactElement {
	return createElement('ink-text', { style: { width, height, flexShrink: 0, textWrap: 'truncate' } }, text)
})
