// The last line: what can be pressed, as much as fits, from the keymap; what stands still is said first.
import { memo, type ReactElement } from 'react'
import { fit } from './format.ts'
import { useSession, useView } from './hooks.ts'
import { footerBindings } from './keymap.ts'
import { Lines } from './lines.tsx'
import type { Theme } from './theme.ts'

export const Footer = memo(function Footer({ width }: { readonly width: number }): ReactElement {
	const { theme } = useSession()
	const frozen = useView(state => state.frozen)
	const rate = useView(state => state.snapshotsPerSecond)
	return <Lines text={formatFooter({ width, theme, frozen, rate })} width={width} height={1} />
})

type FooterParts = {
	readonly width: number
	readonly theme: Theme
	readonly frozen: boolean
	readonly rate: number
}

/** One line of `width` cells. */
export function formatFooter({ width, theme, frozen, rate }: FooterParts): string {
	const note = frozen ? ' FROZEN, Space goes on ' : ''
	const speed = width >= 100 ? `${rate} Hz ` : ''
	let cells = note.length + speed.length
	let text = ''
	for (const { key, word } of footerBindings()) {
		const needed = key.length + word.length + 3
		if (cells + needed > width) break
		text += ` ${theme.bold(key)} ${theme.dim(word)} `
		cells += needed
	}
	if (text === '' && note === '') return fit('', width)
	const start = note.length > width ? fit(note, width) : note
	return `${frozen ? theme.selected(start) : ''}${text}${' '.repeat(Math.max(0, width - cells))}${theme.dim(speed)}`
}
