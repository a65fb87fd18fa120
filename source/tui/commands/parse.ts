// The command line as a value: `limit down 2M`. Strict, never throws; a refusal says what was expected and what
// came, and where.
import { parseAddress } from '../../inspect/address-text.ts'
import type { FilterFault } from '../filter/expression.ts'
import { type FieldKinds, parseFilter } from '../filter/parse.ts'
import { parseQuantity } from '../filter/quantity.ts'
import { commandSpecs, copiedThings, directions, type ScreenCommand } from './command.ts'
import { createWordReader, type WordReader } from './word-reader.ts'

/** What may be named on the pane that has the focus, and what exists. */
export type CommandWords = {
	readonly columns: readonly string[]
	readonly kinds: FieldKinds | undefined
	readonly panes: readonly string[]
	readonly themes: readonly string[]
}

export type ParsedCommand =
	| { readonly ok: true; readonly command: ScreenCommand }
	| { readonly ok: false; readonly fault: FilterFault }

/** Reads what was typed after `:`. */
export function parseCommand(text: string, words: CommandWords): ParsedCommand {
	const reader = createWordReader(text)
	const name =
		reader.choice(
			'a command',
			commandSpecs.map(spec => spec.name),
		) ?? ''
	const command = readCommand(name, { reader, text, words })
	const fault = reader.finish()
	return fault === undefined ? { ok: true, command } : { ok: false, fault }
}

type Scene = { readonly reader: WordReader; readonly text: string; readonly words: CommandWords }

function readCommand(name: string, { reader, text, words }: Scene): ScreenCommand {
	switch (name) {
		case 'ban':
		case 'disconnect':
		case 'snub':
		case 'unsnub':
			return { type: name, peer: reader.optional() }
		case 'limit':
			return {
				type: 'limit',
				direction: reader.choice('down or up', directions) ?? 'down',
				bytesPerSecond: readRate(reader),
			}
		case 'peer':
			reader.choice('add', ['add'])
			return { type: 'addPeer', address: readAddress(reader) }
		case 'sort': {
			const by = reader.choice(columnWords(words.columns), words.columns) ?? ''
			const reversed = reader.hasMore() && reader.choice('reversed', ['reversed']) !== undefined
			return { type: 'sort', by, reversed }
		}
		case 'filter':
			return { type: 'filter', text: readFilter(reader, text, words.kinds) }
		case 'theme':
			return {
				type: 'theme',
				name: reader.choice(`a theme (${words.themes.join(', ')})`, words.themes) ?? '',
			}
		case 'hide':
		case 'show':
			return { type: name, pane: reader.hasMore() ? reader.choice('a pane', words.panes) : undefined }
		case 'fps':
			return { type: 'fps', snapshotsPerSecond: reader.value('a whole number from 1 to 20', toFps) ?? 1 }
		case 'copy':
			return { type: 'copy', what: reader.choice('hash, peer or tracker', copiedThings) ?? 'hash' }
		case 'pause':
		case 'resume':
		case 'recheck':
		case 'retry':
		case 'help':
		case 'quit':
			return { type: name }
		default:
			return { type: 'announce' }
	}
}

function readRate(reader: WordReader): number | undefined {
	const rate = reader.value('a rate such as 500k or 2M, or none', word => {
		if (word === 'none') return { bytesPerSecond: undefined }
		const bytesPerSecond = parseQuantity(word, 'rate')
		return bytesPerSecond === undefined || bytesPerSecond < 1 ? undefined : { bytesPerSecond }
	})
	return rate?.bytesPerSecond
}

function readAddress(reader: WordReader): { readonly host: string; readonly port: number } {
	return reader.value('an address such as 1.2.3.4:6881', parseAddress) ?? { host: '', port: 0 }
}

/** The rest of the line, which has a grammar of its own. */
function readFilter(reader: WordReader, text: string, kinds: FieldKinds | undefined): string {
	const start = reader.rest()
	const filter = text.slice(start).trim()
	if (filter === '') return ''
	if (kinds === undefined) {
		reader.refuse({
			message: 'expected a pane with a list, got one without',
			at: start,
			length: 1,
			isUnfinished: false,
		})
		return ''
	}
	const parsed = parseFilter(text.slice(start), kinds)
	if (!parsed.ok) reader.refuse({ ...parsed.fault, at: parsed.fault.at + start })
	return filter
}

function columnWords(columns: readonly string[]): string {
	return columns.length === 0 ? 'a pane that can be sorted' : `a column (${columns.join(', ')})`
}

function toFps(word: string): number | undefined {
	const value = /^\d{1,2}$/u.test(word) ? Number(word) : 0
	return value >= 1 && value <= 20 ? value : undefined
}
