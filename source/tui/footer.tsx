// The last line: a question that waits, the line that is being typed, what the last command did, or what can be
// pressed, as much as fits, from the keymap; what stands still is said first.
import { memo, type ReactElement } from 'react'
import { fit } from './format.ts'
import { useEngine, useSession, useView } from './hooks.ts'
import { inspectorFooter } from './inspector-keys.ts'
import { footerBindings } from './keymap.ts'
import { Lines } from './lines.tsx'
import type { PaneName } from './pane-names.ts'
import { judge } from './prompt-judgement.ts'
import { formatPrompt } from './prompt-line.ts'
import { commandWords } from './prompt-words.ts'
import type { Prompt } from './prompt.ts'
import { displayWidth } from './terminal/fast-width.ts'
import type { Theme } from './theme.ts'
import type { Message, Question } from './view.ts'
import { contextOf } from './view-context.ts'

export const Footer = memo(function Footer({ width }: { readonly width: number }): ReactElement {
	const { theme } = useSession()
	const frozen = useView(state => state.frozen)
	const rate = useView(state => state.snapshotsPerSecond)
	const pane = useView(state => state.focus)
	const message = useView(state => state.message)
	const question = useView(state => state.question)
	const prompt = useView(state => state.prompt)
	const inspects = useView(state => state.inspector !== undefined)
	if (prompt !== undefined && question === undefined) return <PromptLine prompt={prompt} width={width} />
	const text = formatFooter({ width, theme, frozen, rate, pane, inspects, message, question })
	return <Lines text={text} width={width} height={1} />
})

function PromptLine({ prompt, width }: { readonly prompt: Prompt; readonly width: number }): ReactElement {
	const { theme, view } = useSession()
	const count = useEngine(engine => contextOf({ get: () => engine }, view.get()).counts[prompt.pane])
	const text = formatPrompt({
		prompt,
		judgement: judge(prompt, commandWords(prompt.pane)),
		count: prompt.kind === 'filter' ? `${count} shown` : '',
		width,
		theme,
	})
	return <Lines text={text} width={width} height={1} />
}

export type FooterParts = {
	readonly width: number
	readonly theme: Theme
	readonly frozen: boolean
	readonly rate: number
	readonly pane: PaneName
	/** Whether a message is open, which has keys of its own. */
	readonly inspects?: boolean
	readonly message?: Message | undefined
	readonly question?: Question | undefined
}

/** One line of `width` cells. */
export function formatFooter(parts: FooterParts): string {
	const { width, theme, frozen, message, question } = parts
	const { ellipsis } = theme.glyphs
	if (question !== undefined) {
		const { verb, address } = question
		return theme.warning(theme.selected(fit(` ${verb} ${address}? y does it, n does not `, width, ellipsis)))
	}
	const still = frozen ? ' FROZEN, Space goes on ' : ''
	const note = still.length > width ? fit(still, width) : still
	const start = note === '' ? '' : theme.selected(note)
	const room = width - note.length
	return start + (message === undefined ? formatKeys(parts, room) : formatMessage(message, room, theme))
}

function formatMessage({ tone, text }: Message, width: number, theme: Theme): string {
	const { failed, working, ellipsis } = theme.glyphs
	const paint = tone === 'bad' ? theme.bad : theme.good
	return paint(fit(` ${tone === 'bad' ? failed : working} ${text}`, width, ellipsis))
}

function formatKeys({ width, theme, rate, pane, inspects = false }: FooterParts, room: number): string {
	const speed = width >= 100 ? `${rate} Hz ` : ''
	let cells = speed.length
	let text = ''
	for (const { key, word } of inspects ? inspectorFooter() : footerBindings(pane)) {
		const needed = displayWidth(key) + word.length + 3
		if (cells + needed > room) break
		text += ` ${theme.bold(key)} ${theme.dim(word)} `
		cells += needed
	}
	if (cells > room) return fit('', room)
	return `${text}${' '.repeat(Math.max(0, room - cells))}${theme.dim(speed)}`
}
