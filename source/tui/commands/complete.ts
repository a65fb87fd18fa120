// What Tab puts at the end of a line that is being typed: names of commands, of fields, of peers. Pure.
import { commandSpecs, copiedThings, directions, type ParameterKind, rates } from './command.ts'
import type { CommandWords } from './parse.ts'

export type CompletionWords = CommandWords & {
	/** Addresses of connected peers, the selected one first. */
	readonly peers: readonly string[]
}

export type Completions = {
	/** Where the word begins that is completed. */
	readonly start: number
	readonly candidates: readonly string[]
}

/** Whole words for the one at the end of `text`, which was typed after `:`. */
export function completeCommand(text: string, words: CompletionWords): Completions {
	const parts = text.split(/\s+/u)
	const typed = parts.at(-1) ?? ''
	const start = text.length - typed.length
	const [name] = text.trimStart().split(/\s+/u)
	const given = text.trimStart().split(/\s+/u).length - 2
	if (given < 0)
		return startingWith(
			commandSpecs.map(spec => spec.name),
			typed,
			start,
		)
	const spec = commandSpecs.find(candidate => candidate.name === name)
	const kind = spec?.parameters[0] === 'filter' ? 'filter' : spec?.parameters[given]
	if (kind === 'filter') return completeFilter(text, [...(words.kinds?.keys() ?? [])])
	return startingWith(kind === undefined ? [] : candidatesOf(kind, words), typed, start)
}

/** Names of fields for the word at the end of `text`, which is a filter. */
export function completeFilter(text: string, fields: readonly string[]): Completions {
	const typed = /(?:^|[\s&|!(])([a-z-]*)$/iu.exec(text)?.[1]
	if (typed === undefined) return { start: text.length, candidates: [] }
	return startingWith(fields, typed, text.length - typed.length)
}

function startingWith(names: readonly string[], typed: string, start: number): Completions {
	return { start, candidates: names.filter(name => name.startsWith(typed.toLowerCase())) }
}

function candidatesOf(kind: ParameterKind, words: CompletionWords): readonly string[] {
	switch (kind) {
		case 'peer':
			return words.peers
		case 'direction':
			return directions
		case 'rate':
			return ['none', '500k', '1M', '2M', '5M', '10M']
		case 'add':
			return ['add']
		case 'column':
			return words.columns
		case 'order':
			return ['reversed']
		case 'theme':
			return words.themes
		case 'pane':
			return words.panes
		case 'fps':
			return rates.map(String)
		case 'copied':
			return copiedThings
		case 'address':
		case 'filter':
			return []
	}
}
