// The input line: what was typed, where the cursor stands, what Tab and the history put there. Plain state and
// pure functions; the cursor counts UTF-16 code units and never stands inside a character.
import { safeText } from '../protocol/safe-text.ts'
import type { Completions } from './commands/complete.ts'
import { maxFilterChars } from './filter/parse.ts'
import type { ListFilter } from './listing.ts'
import type { PaneName } from './pane-names.ts'

export type PromptKind = 'filter' | 'command'

export type Prompt = {
	readonly kind: PromptKind
	/** Had the focus when the line was opened. */
	readonly pane: PaneName
	readonly text: string
	readonly cursor: number
	/** The filter that comes back when the line is dropped. */
	readonly before: ListFilter | undefined
	/** Steps back into the history, and what was typed before the first. */
	readonly recalled: number
	readonly draft: string
	readonly completion: Completion | undefined
}

/** What Tab goes round in; `index` is the candidate that stands in the text, -1 before the first. */
export type Completion = Completions & { readonly index: number; readonly tail: string }

/** What was entered before, newest last. */
export type Histories = Readonly<Record<PromptKind, readonly string[]>>

export const noHistories: Histories = { filter: [], command: [] }
const maxHistory = 100

/** An open line. */
export function createPrompt(
	parts: Pick<Prompt, 'kind' | 'pane' | 'before'> & { readonly text: string },
): Prompt {
	return { ...parts, cursor: parts.text.length, recalled: 0, draft: '', completion: undefined }
}

/** The line after a key of the keymap's names (`a`, `Space`, `Left`, `Ctrl-U` …); keys without a meaning change nothing. */
export function editPrompt(prompt: Prompt, key: string): Prompt {
	const { text, cursor } = prompt
	if (key === 'Space' || Array.from(key).length === 1) return insertText(prompt, key === 'Space' ? ' ' : key)
	switch (key) {
		case 'Left':
		case 'Ctrl-B':
			return { ...prompt, cursor: before(text, cursor), completion: undefined }
		case 'Right':
		case 'Ctrl-F':
			return { ...prompt, cursor: after(text, cursor), completion: undefined }
		case 'Home':
		case 'Ctrl-A':
			return { ...prompt, cursor: 0, completion: undefined }
		case 'End':
		case 'Ctrl-E':
			return { ...prompt, cursor: text.length, completion: undefined }
		case 'Backspace':
		case 'Ctrl-H':
			return typed(prompt, text.slice(0, before(text, cursor)) + text.slice(cursor), before(text, cursor))
		case 'Ctrl-D':
			return typed(prompt, text.slice(0, cursor) + text.slice(after(text, cursor)), cursor)
		case 'Ctrl-U':
			return typed(prompt, text.slice(cursor), 0)
		case 'Ctrl-K':
			return typed(prompt, text.slice(0, cursor), cursor)
		case 'Ctrl-W': {
			const kept = text.slice(0, cursor).replace(/\S*\s*$/u, '')
			return typed(prompt, kept + text.slice(cursor), kept.length)
		}
		default:
			return prompt
	}
}

/**
 * The line with `more` at the cursor, of one line and without control characters; as it was when nothing is left
 * of that, or when the whole would be too long.
 */
export function insertText(prompt: Prompt, more: string): Prompt {
	const { text, cursor } = prompt
	const safe = safeText(more.replaceAll(/^[\r\n]+|[\r\n]+$/gu, ''))
	if (safe === '') return prompt
	return typed(prompt, text.slice(0, cursor) + safe + text.slice(cursor), cursor + safe.length)
}

/** The line `steps` further back in its history (negative: towards what was typed). */
export function recall(prompt: Prompt, history: readonly string[], steps: 1 | -1): Prompt {
	const recalled = Math.max(0, Math.min(prompt.recalled + steps, history.length))
	if (recalled === prompt.recalled) return prompt
	const draft = prompt.recalled === 0 ? prompt.text : prompt.draft
	const text = recalled === 0 ? draft : (history[history.length - recalled] ?? '')
	return { ...prompt, text, cursor: text.length, recalled, draft, completion: undefined }
}

/** The line with the next candidate in it (or the one before), or as it is when there is none. */
export function completeNext(prompt: Prompt, step: 1 | -1, complete: (text: string) => Completions): Prompt {
	const { text, cursor, completion = begin(text.slice(0, cursor), text.slice(cursor), complete) } = prompt
	const { start, candidates, tail } = completion
	if (candidates.length === 0) return prompt
	const index = (Math.max(completion.index, step > 0 ? -1 : 0) + step + candidates.length) % candidates.length
	const head = text.slice(0, start) + (candidates[index] ?? '')
	// One that is alone is meant: the next Tab begins with the next word.
	if (candidates.length === 1 && prompt.kind === 'command' && tail === '')
		return { ...prompt, text: `${head} `, cursor: head.length + 1, completion: undefined }
	return { ...prompt, text: head + tail, cursor: head.length, completion: { ...completion, index } }
}

/** The history with `text` as its newest, once. */
export function remember(history: readonly string[], text: string): readonly string[] {
	if (text.trim() === '') return history
	return [...history.filter(line => line !== text), text].slice(-maxHistory)
}

function begin(head: string, tail: string, complete: (text: string) => Completions): Completion {
	return { ...complete(head), index: -1, tail }
}

function typed(prompt: Prompt, text: string, cursor: number): Prompt {
	if (text.length > maxFilterChars) return prompt
	return { ...prompt, text, cursor, recalled: 0, completion: undefined }
}

function before(text: string, at: number): number {
	const previous = Array.from(text.slice(0, at)).at(-1)
	return at - (previous?.length ?? 0)
}

function after(text: string, at: number): number {
	return at + (Array.from(text.slice(at, at + 2))[0]?.length ?? 0)
}
