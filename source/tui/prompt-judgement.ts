// Whether what stands in the input line makes sense so far: told by a mark and a sentence while one types.
import { commandSpecs } from './commands/command.ts'
import { type CommandWords, parseCommand } from './commands/parse.ts'
import type { FilterFault } from './filter/expression.ts'
import { parseFilter } from './filter/parse.ts'
import type { ListFilter } from './listing.ts'
import type { Prompt } from './prompt.ts'

export type Judgement =
	| { readonly type: 'valid'; readonly words: string }
	/** It may still become something. */
	| { readonly type: 'unfinished'; readonly words: string }
	| { readonly type: 'invalid'; readonly words: string; readonly fault: FilterFault }

/** What to think of the line; `words` tell of a valid command what it does. */
export function judge({ kind, text }: Pick<Prompt, 'kind' | 'text'>, words: CommandWords): Judgement {
	if (text.trim() === '')
		return {
			type: 'unfinished',
			words: kind === 'filter' ? 'Tab lists fields, ? explains' : 'Tab lists commands, ? explains',
		}
	const parsed = kind === 'filter' ? parseFilter(text, words.kinds ?? new Map()) : parseCommand(text, words)
	if (parsed.ok) return { type: 'valid', words: kind === 'filter' ? '' : commandHelp(text) }
	const { fault } = parsed
	return fault.isUnfinished
		? { type: 'unfinished', words: fault.message.replace(/, got .*$/su, '') }
		: { type: 'invalid', words: fault.message, fault }
}

/** The filter that a text stands for; 'refused' when it is none. */
export function toListFilter(text: string, kinds: CommandWords['kinds']): ListFilter | undefined | 'refused' {
	const parsed = parseFilter(text, kinds ?? new Map())
	if (!parsed.ok) return 'refused'
	return parsed.expression === undefined ? undefined : { text: text.trim(), expression: parsed.expression }
}

function commandHelp(text: string): string {
	const [name] = text.trim().split(/\s+/u)
	return commandSpecs.find(spec => spec.name === name?.toLowerCase())?.help ?? ''
}
