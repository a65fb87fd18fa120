// The tables of the README that are made from the program: scenarios, keys, commands, filters. `tsx scripts/readme.ts`
// writes them between their marks; a test holds them against the program.
import { scenarios } from '../source/practice/scenarios.ts'
import { commandSpecs } from '../source/tui/commands/command.ts'
import { paneFields } from '../source/tui/fields/pane-fields.ts'
import { inspectorBindings } from '../source/tui/inspector-keys.ts'
import { type Binding, keyGroups } from '../source/tui/keymap.ts'
import { paneNames } from '../source/tui/pane-names.ts'

/** By the name in their marks: `<!-- keys -->` … `<!-- /keys -->`. */
const readmeTables: Readonly<Record<string, () => string>> = {
	scenarios: () =>
		table(
			['scenario', 'what happens', 'what it teaches'],
			scenarios.map(({ name, description, learned }) => [`\`${name}\``, description, learned]),
		),
	keys: () => [...keyGroups.map(groupTable), inspectorTable()].join('\n\n'),
	commands: () =>
		table(
			['command', ''],
			commandSpecs.map(({ name, usage, help }) => [code(`:${name} ${usage}`.trim()), help]),
		),
	filters: () =>
		table(
			['pane', 'yes or no', 'numbers', 'texts', 'for example'],
			paneNames.flatMap(pane => {
				const fields = paneFields(pane)
				if (fields === undefined) return []
				const named = (type: string) =>
					fields.fields
						.filter(field => field.type === type)
						.map(({ name }) => name)
						.join(', ')
				return [[pane, named('flag'), named('number'), named('text'), fields.examples.map(code).join(', ')]]
			}),
		),
}

/** `text` with each table between its marks; throws where a mark is missing. */
export function withTables(text: string): string {
	return Object.entries(readmeTables).reduce((whole, [name, make]) => {
		const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
		const [start, end] = [whole.indexOf(open), whole.indexOf(close)]
		if (start < 0 || end < start) throw new Error(`README.md: expected ${open} and ${close}`)
		return `${whole.slice(0, start + open.length)}\n\n${make()}\n\n${whole.slice(end)}`
	}, text)
}

function groupTable({ title, bindings }: (typeof keyGroups)[number]): string {
	return table([title.toLowerCase(), ''], bindings.map(bindingRow))
}

function bindingRow({ keys, help, panes }: Pick<Binding, 'keys' | 'help' | 'panes'>): string[] {
	const where = panes === undefined ? '' : ` (${panes.join(', ')})`
	return [keys.map(code).join(' '), help + where]
}

function inspectorTable(): string {
	return table(
		['an open message', ''],
		inspectorBindings.map(({ keys, help }) => [keys.map(code).join(' '), help]),
	)
}

function code(text: string): string {
	return `\`${text.replaceAll('|', '\\|')}\``
}

/** A table of GitHub's Markdown, its columns padded to one width. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
	const widths = head.map((title, column) =>
		Math.max(3, title.length, ...rows.map(row => row[column]?.length ?? 0)),
	)
	const line = (cells: readonly string[]) =>
		`| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`
	const rule = `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`
	return [line(head), rule, ...rows.map(line)].join('\n')
}
