// The keys of the inspector, in the form of the keymap's groups, so that help and footer can be made from them.
import type { InspectorMove } from './inspector-reducer.ts'

export type InspectorAction = InspectorMove | 'nextMessage' | 'previousMessage' | 'leave'

export type InspectorBinding = {
	readonly action: InspectorAction
	readonly keys: readonly string[]
	readonly help: string
	readonly footer?: string
}

export const inspectorBindings: readonly InspectorBinding[] = [
	{ action: 'moveDown', keys: ['j', 'Down'], help: 'next field', footer: 'field' },
	{ action: 'moveUp', keys: ['k', 'Up'], help: 'previous field' },
	{ action: 'nextMessage', keys: ['J', ']', 'Tab'], help: 'next message', footer: 'next message' },
	{ action: 'previousMessage', keys: ['K', '[', 'Shift-Tab'], help: 'previous message', footer: 'previous' },
	{ action: 'turn', keys: ['Space'], help: 'open or close', footer: 'open' },
	{ action: 'open', keys: ['l', 'Right'], help: 'open, go in' },
	{ action: 'close', keys: ['h', 'Left'], help: 'close, go out' },
	{ action: 'explain', keys: ['Enter'], help: 'all it means', footer: 'explain' },
	{ action: 'pageDown', keys: ['Ctrl-F', 'PageDown'], help: 'next page' },
	{ action: 'pageUp', keys: ['Ctrl-B', 'PageUp'], help: 'previous page' },
	{ action: 'first', keys: ['g', 'Home'], help: 'the whole message' },
	{ action: 'last', keys: ['G', 'End'], help: 'last field' },
	{ action: 'leave', keys: ['Esc'], help: 'back to the list', footer: 'back' },
]

const actionOf = new Map(
	inspectorBindings.flatMap(({ action, keys }) => keys.map(key => [key, action] as const)),
)

/** What a key does while a message is inspected. */
export function inspectorActionFor(key: string): InspectorAction | undefined {
	return actionOf.get(key)
}

/** For the footer, most worth first. */
export function inspectorFooter(): { readonly key: string; readonly word: string }[] {
	const order: InspectorAction[] = ['leave', 'moveDown', 'nextMessage', 'previousMessage', 'turn', 'explain']
	return order.flatMap(action => {
		const binding = inspectorBindings.find(candidate => candidate.action === action)
		const key = binding?.keys[0]
		return binding?.footer === undefined || key === undefined ? [] : [{ key, word: binding.footer }]
	})
}
