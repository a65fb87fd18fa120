// The tree of fields as the rows of a list: what is open, how deep it stands, and a path that names each row.
import type { Field } from '../inspect/field.ts'
import { displayWidth } from './terminal/fast-width.ts'

export type FieldRow = {
	readonly field: Field
	/** Names from below the root on, unique in its tree; the root's is empty. */
	readonly path: string
	readonly depth: number
	/** Of the longest name among its siblings. */
	readonly nameCells: number
	/** Undefined where there is nothing to open. */
	readonly isOpen: boolean | undefined
}

/** The rows from the root on; `turned` holds paths that are open or closed otherwise than at first. */
export function fieldRows(root: Field, turned: ReadonlySet<string>): FieldRow[] {
	const rows: FieldRow[] = []
	addRows(rows, turned, { field: root, path: '', depth: 0, nameCells: displayWidth(root.name) })
	return rows
}

/** The row of `path`, or of the nearest field around it that is on screen. */
export function rowOfPath(rows: readonly FieldRow[], path: string): number {
	for (let at = path; at !== ''; at = parentPath(at)) {
		const index = rows.findIndex(row => row.path === at)
		if (index >= 0) return index
	}
	return 0
}

/** The path of the field around. */
export function parentPath(path: string): string {
	return path.slice(0, Math.max(0, path.lastIndexOf(separator)))
}

// No name of a field holds a control character.
const separator = '\u0000'
const repeated = '\u0001'

function addRows(rows: FieldRow[], turned: ReadonlySet<string>, row: Omit<FieldRow, 'isOpen'>): void {
	const { field, path, depth } = row
	const hasChildren = field.children.length > 0
	const isOpen = hasChildren ? field.folded === turned.has(path) : undefined
	rows.push({ ...row, isOpen })
	if (isOpen !== true) return
	const seen = new Map<string, number>()
	let nameCells = 0
	for (const { name } of field.children) nameCells = Math.max(nameCells, displayWidth(name))
	for (const child of field.children) {
		// Different keys may look alike once they are cleaned.
		const before = seen.get(child.name) ?? 0
		seen.set(child.name, before + 1)
		const name = before === 0 ? child.name : `${child.name}${repeated}${before}`
		addRows(rows, turned, { field: child, path: `${path}${separator}${name}`, depth: depth + 1, nameCells })
	}
}
