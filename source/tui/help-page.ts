// The help page as sections of sign and meaning: what one sees, the keys of this pane, the keys of all, commands
// and what can be asked in a filter. Made from the keymap, the legends, the commands and the fields alone.
import { commandSpecs } from './commands/command.ts'
import { paneFields } from './fields/pane-fields.ts'
import { inspectorBindings } from './inspector-keys.ts'
import { type Binding, keyGroups, worksIn } from './keymap.ts'
import { headerLegend, legendOf } from './legend.ts'
import { type PaneName, titleOf } from './pane-names.ts'
import type { PromptKind } from './prompt.ts'
import type { Glyphs } from './theme.ts'

export type HelpSection = {
	readonly title: string
	/** Cells of the signs. */
	readonly signCells: number
	readonly entries: readonly (readonly [sign: string, meaning: string])[]
}

const narrowSign = 11
const keySign = 16

/** All of it; what is being typed comes first, or the keys of the message that is open. */
export function helpSections(
	pane: PaneName,
	glyphs: Glyphs,
	typing?: PromptKind | 'inspector',
): readonly HelpSection[] {
	const inspects = pane === 'wire' ? [inspectorSection] : []
	const seen = [
		...(typing === 'inspector' ? inspects : []),
		{ title: `${titleOf(pane)} shows`, signCells: narrowSign, entries: legendOf(pane, glyphs) },
		...keySections(pane),
		...(typing === 'inspector' ? [] : inspects),
		{ title: 'The header shows', signCells: narrowSign, entries: headerLegend(glyphs) },
	]
	const filter = filterSections(pane)
	if (typing === 'filter') return [...filter, inputSection, ...seen]
	if (typing === 'command') return [commandSection, inputSection, ...seen, ...filter]
	return [...seen, commandSection, ...filter, inputSection]
}

/** Sections one below the other in columns of about the same height, each column in the order of reading. */
export function flowSections(sections: readonly HelpSection[], columns: number): HelpSection[][] {
	const heights = sections.map(section => sectionRows(section) + 1)
	const total = heights.reduce((sum, height) => sum + height, 0)
	const flowed: HelpSection[][] = Array.from({ length: columns }, () => [])
	let before = 0
	for (const [index, section] of sections.entries()) {
		const height = heights[index] ?? 0
		// A section goes where its middle lies.
		const column = Math.min(columns - 1, Math.floor(((before + height / 2) / total) * columns))
		flowed[column]?.push(section)
		before += height
	}
	return flowed
}

/** Lines of the longest column. */
export function flowHeight(flowed: readonly (readonly HelpSection[])[]): number {
	return Math.max(
		0,
		...flowed.map(sections => sections.reduce((sum, section) => sum + sectionRows(section) + 1, -1)),
	)
}

/** Lines of a section with its title: a sign too long for its column has a line of its own. */
function sectionRows({ entries, signCells }: HelpSection): number {
	return entries.reduce((sum, [sign]) => sum + (standsAlone(sign, signCells) ? 2 : 1), 1)
}

/** Whether the meaning stands below the sign. */
export function standsAlone(sign: string, signCells: number): boolean {
	return sign.length > signCells
}

/** How many columns of sections a width takes. */
export function helpColumns(width: number): number {
	return width >= 170 ? 4 : width >= 117 ? 3 : width >= 76 ? 2 : 1
}

function keySections(pane: PaneName): HelpSection[] {
	return keyGroups.flatMap(({ title, bindings }) => {
		const entries = bindings.filter(binding => worksIn(binding, pane)).map(keyEntry)
		return entries.length === 0 ? [] : [{ title, signCells: keySign, entries }]
	})
}

function keyEntry({ keys, help }: Pick<Binding, 'keys' | 'help'>): readonly [string, string] {
	return [keys.join(' '), help]
}

const commandSection: HelpSection = {
	title: 'Commands, after :',
	signCells: 12,
	entries: commandSpecs.map(({ name, usage, help }) => [`${name} ${usage}`.trim(), help]),
}

const inspectorSection: HelpSection = {
	title: 'Keys of an open message',
	signCells: keySign,
	entries: inspectorBindings.map(keyEntry),
}

const inputSection: HelpSection = {
	title: 'In a line that is typed',
	signCells: narrowSign,
	entries: [
		['Tab', 'the next word that fits'],
		['Up Down', 'what was typed before'],
		['Enter Esc', 'do it, or leave it'],
		['Ctrl-U W K', 'take away: line, word, rest'],
	],
}

function filterSections(pane: PaneName): HelpSection[] {
	const table = paneFields(pane)
	if (table === undefined) return []
	const kinds: Readonly<Record<string, string>> = { flag: '', text: ' =', number: ' >' }
	return [
		{
			title: `Filters of ${titleOf(pane).toLowerCase()}, after /`,
			signCells: narrowSign + 2,
			entries: [
				['word', 'in the text of the row'],
				['= !=', 'equal, or its start'],
				['~ !~', 'a text that holds this'],
				['< <= > >=', 'a number: 1M 16Ki 200ms'],
				['& | ! ( )', 'and, or, not'],
			],
		},
		{
			title: 'for example',
			signCells: 0,
			entries: table.examples.map(example => ['', example] as const),
		},
		{
			title: 'and these fields',
			signCells: narrowSign + 3,
			entries: table.fields.map(({ name, help, type }) => [name + (kinds[type] ?? ''), help]),
		},
	]
}
