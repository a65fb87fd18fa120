// The input line as it stands in the footer's place: what was typed with an inverse cell for the cursor, a mark
// that says whether it makes sense, and on the right why not, or what can follow. Pure.
import { clip, fit } from './format.ts'
import type { Judgement } from './prompt-judgement.ts'
import type { Prompt } from './prompt.ts'
import { displayWidth } from './terminal/fast-width.ts'
import type { Theme } from './theme.ts'

export type PromptLineParts = {
	readonly prompt: Prompt
	readonly judgement: Judgement
	/** Told on the right of a valid filter: what is left of the list. */
	readonly count: string
	readonly width: number
	readonly theme: Theme
}

/** One line of exactly `width` cells. */
export function formatPrompt(parts: PromptLineParts): string {
	const { prompt, judgement, width, theme } = parts
	if (width < 6) return fit(prompt.text.slice(-Math.max(0, width - 1)), width)
	const { paint, mark } = signOf(judgement, theme)
	const lead = `${paint(mark)}${theme.bold(paint(prompt.kind === 'filter' ? '/' : ':'))}`
	const room = width - 2
	const words = wordsOf(parts)
	const needed = displayWidth(prompt.text) + 1
	// What is typed keeps what it needs and a little more; what is said about it gets the rest.
	const wordCells = Math.min(words.cells, Math.max(0, room - Math.max(needed, Math.ceil(room / 4)) - 2))
	const inputCells = wordCells < 6 ? room : room - wordCells - 2
	const input = formatInput(prompt, inputCells, theme)
	return wordCells < 6 ? lead + input : `${lead}${input}  ${words.text(wordCells)}`
}

function signOf(
	{ type }: Judgement,
	theme: Theme,
): { readonly paint: (text: string) => string; readonly mark: string } {
	const { glyphs } = theme
	if (type === 'valid') return { paint: theme.good, mark: glyphs.working }
	return type === 'invalid'
		? { paint: theme.bad, mark: glyphs.failed }
		: { paint: theme.warning, mark: glyphs.waiting }
}

type Words = { readonly cells: number; readonly text: (width: number) => string }

function wordsOf({ prompt, judgement, count, theme }: PromptLineParts): Words {
	const { ellipsis } = theme.glyphs
	const { completion } = prompt
	if (completion !== undefined) {
		const cells = completion.candidates.reduce((sum, name) => sum + displayWidth(name) + 1, 0)
		return { cells, text: width => candidates(completion, width, theme) }
	}
	const words = judgement.type === 'valid' && count !== '' ? count : judgement.words
	const paint = judgement.type === 'invalid' ? theme.bad : theme.dim
	return { cells: displayWidth(words), text: width => paint(fit(words, width, ellipsis)) }
}

/** The names that Tab goes round in, from the chosen one on when they do not all fit. */
function candidates(
	{ candidates: names, index }: NonNullable<Prompt['completion']>,
	width: number,
	theme: Theme,
): string {
	const all = names.reduce((sum, name) => sum + displayWidth(name) + 1, 0) <= width
	let line = ''
	let cells = 0
	for (let at = all ? 0 : Math.max(0, index); at < names.length; at += 1) {
		const name = clip(names[at] ?? '', width - cells, theme.glyphs)
		line += `${at === index ? theme.selected(name) : theme.dim(name)} `
		cells += displayWidth(name) + 1
		if (cells >= width - 1) break
	}
	return cells > width ? line.slice(0, -1) : line + ' '.repeat(width - cells)
}

/** The text with its cursor, scrolled so that the cursor is seen. */
function formatInput({ text, cursor }: Prompt, width: number, theme: Theme): string {
	const glyphs = Array.from(text.slice(0, cursor))
	let cells = displayWidth(glyphs.join(''))
	let from = 0
	while (cells > width - 1 && from < glyphs.length) {
		cells -= displayWidth(glyphs[from] ?? '')
		from += 1
	}
	const head = glyphs.slice(from).join('')
	const under = Array.from(text.slice(cursor))[0] ?? ' '
	const underCells = Math.max(1, displayWidth(under))
	const headCells = displayWidth(head)
	if (headCells + underCells > width)
		return head + theme.selected(' ') + ' '.repeat(Math.max(0, width - headCells - 1))
	const tail = fit(text.slice(cursor + under.length), width - headCells - underCells, theme.glyphs.ellipsis)
	return head + theme.selected(under) + tail
}
