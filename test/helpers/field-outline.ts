// A tree of fields as lines of text, for literal expectations.
import type { Field } from '../../source/inspect/field.ts'

/** `  piece 5-9 #812 of 2636 ! problem` a field, indented by depth. */
export function outline(field: Field, depth = 0): string[] {
	const bits = field.mask === undefined ? '' : `&${field.mask.toString(16)}`
	const problem = field.problem === undefined ? '' : ` ! ${field.problem}`
	const line = `${'  '.repeat(depth)}${field.name} ${field.start}-${field.end}${bits} ${field.value}${problem}`
	return [line, ...field.children.flatMap(child => outline(child, depth + 1))]
}

/** The leaves, from the left. */
export function leaves(field: Field): Field[] {
	return field.children.length === 0 ? [field] : field.children.flatMap(leaves)
}
