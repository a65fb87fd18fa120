// Sorting and filtering as the keys and commands do it: from one view to the next. Pure.
import { type FieldInfo, paneFields } from './fields/pane-fields.ts'
import type { ListFilter } from './listing.ts'
import type { PaneName } from './pane-names.ts'
import { listChoice, type ViewState } from './view.ts'

/** The field that a pane is sorted by when nothing was chosen, where that is one: the first of its order. */
function sortNames(pane: PaneName): readonly (string | undefined)[] {
	const table = paneFields(pane)
	if (table === undefined) return []
	const names = table.fields.filter(({ sort }) => sort !== undefined).map(({ name }) => name)
	return names.includes(table.natural) ? names : [undefined, ...names]
}

/** The names that `:sort` takes in a pane. */
export function sortableNames(pane: PaneName): string[] {
	const table = paneFields(pane)
	if (table === undefined) return []
	return [...new Set([table.natural, ...sortNames(pane).filter(name => name !== undefined)])]
}

/** Sorts the focused pane by its next column. */
export function sortByNext(view: ViewState): ViewState {
	const pane = view.focus
	const names = sortNames(pane)
	if (names.length === 0) return view
	const { sort } = listChoice(view, pane)
	const at = names.indexOf(sort ?? (names.includes(undefined) ? undefined : paneFields(pane)?.natural))
	return sortBy(view, pane, { sort: names[(at + 1) % names.length], reversed: false })
}

/** Turns the order of the focused pane round. */
export function sortReversed(view: ViewState): ViewState {
	const pane = view.focus
	if (paneFields(pane) === undefined) return view
	const choice = listChoice(view, pane)
	return sortBy(view, pane, { sort: sortOf(pane, choice.sort), reversed: !choice.reversed })
}

/** Sorts `pane` by a field that it has; its natural order goes by the name of that order. */
export function sortBy(
	view: ViewState,
	pane: PaneName,
	{ sort, reversed }: { readonly sort: string | undefined; readonly reversed: boolean },
): ViewState {
	const choice = { ...listChoice(view, pane), sort: sortOf(pane, sort), reversed }
	return { ...view, lists: { ...view.lists, [pane]: choice } }
}

/** Shows of `pane` what the filter asks for; undefined: everything. */
export function filterBy(view: ViewState, pane: PaneName, filter: ListFilter | undefined): ViewState {
	const choice = listChoice(view, pane)
	if (choice.filter?.text === filter?.text) return view
	return { ...view, lists: { ...view.lists, [pane]: { ...choice, filter } } }
}

function sortOf(pane: PaneName, name: string | undefined): string | undefined {
	const table = paneFields(pane)
	const wanted = name ?? table?.natural
	const field: FieldInfo | undefined = table?.fields.find(candidate => candidate.name === wanted)
	return field?.sort === undefined ? undefined : field.name
}
