// From one view to the next while the input line is open: what its keys do to the line, the filter and the history.
import { completeCommand, completeFilter, type CompletionWords } from './commands/complete.ts'
import { safe } from '../protocol/safe-text.ts'
import { paneFields } from './fields/pane-fields.ts'
import { filterBy } from './list-reducer.ts'
import {
	completeNext,
	createPrompt,
	editPrompt,
	insertText,
	type Prompt,
	type PromptKind,
	recall,
	remember,
} from './prompt.ts'
import { toListFilter } from './prompt-judgement.ts'
import { listChoice, type ViewState } from './view.ts'

/** Opens the line, for the pane that has the focus. */
export function openPrompt(view: ViewState, kind: PromptKind): ViewState {
	const pane = view.focus
	if (kind === 'filter' && paneFields(pane) === undefined)
		return { ...view, message: { tone: 'bad', text: safe`expected a pane with a list to filter` } }
	const { filter } = listChoice(view, pane)
	const text = kind === 'filter' ? (filter?.text ?? '') : ''
	return { ...view, help: false, prompt: createPrompt({ kind, pane, text, before: filter }) }
}

/** `submitted` is a command that was entered; a filter has been applied by then. */
export type PromptStep = { readonly view: ViewState; readonly submitted?: string }

/** The view after a key in the open line. */
export function promptKey(view: ViewState, key: string, words: CompletionWords): PromptStep {
	const { prompt } = view
	if (prompt === undefined) return { view }
	if (key === 'Esc' || (key === 'Backspace' && prompt.text === '')) return { view: dropped(view, prompt) }
	if (key === 'Enter') return entered(view, prompt, words)
	if (key === '?') return { view: { ...view, help: true, helpTop: 0 } }
	return { view: filteredLive({ ...view, prompt: changed(prompt, key, { view, words }) }, words) }
}

/** The view after text was pasted into the open line; where none is open, as it was. */
export function pasteIntoPrompt(view: ViewState, text: string, words: CompletionWords): ViewState {
	const { prompt } = view
	if (prompt === undefined) return view
	return filteredLive({ ...view, prompt: insertText(prompt, text) }, words)
}

type Scene = { readonly view: ViewState; readonly words: CompletionWords }

function changed(prompt: Prompt, key: string, { view, words }: Scene): Prompt {
	const history = view.histories[prompt.kind]
	switch (key) {
		case 'Up':
		case 'Ctrl-P':
			return recall(prompt, history, 1)
		case 'Down':
		case 'Ctrl-N':
			return recall(prompt, history, -1)
		case 'Tab':
		case 'Shift-Tab':
			return completeNext(prompt, key === 'Tab' ? 1 : -1, text =>
				prompt.kind === 'command'
					? completeCommand(text, words)
					: completeFilter(text, [...(words.kinds?.keys() ?? [])]),
			)
		default:
			return editPrompt(prompt, key)
	}
}

/** The rows follow what is typed as long as it is a filter. */
function filteredLive(view: ViewState, words: CompletionWords): ViewState {
	const { prompt } = view
	if (prompt?.kind !== 'filter') return view
	const filter = toListFilter(prompt.text, words.kinds)
	return filter === 'refused' ? view : filterBy(view, prompt.pane, filter)
}

function dropped(view: ViewState, prompt: Prompt): ViewState {
	const closed = { ...view, prompt: undefined }
	return prompt.kind === 'filter' ? filterBy(closed, prompt.pane, prompt.before) : closed
}

function entered(view: ViewState, prompt: Prompt, words: CompletionWords): PromptStep {
	const { kind, text } = prompt
	// What is no filter stays open: its fault stands beside it.
	if (kind === 'filter' && toListFilter(text, words.kinds) === 'refused') return { view }
	const histories = { ...view.histories, [kind]: remember(view.histories[kind], text.trim()) }
	const closed = { ...view, histories, prompt: undefined }
	return kind === 'filter' || text.trim() === '' ? { view: closed } : { view: closed, submitted: text.trim() }
}
