// The one list of keys. Input, the help page and the footer are made from it, so none can tell another story.

export type Action =
	| 'quit'
	| 'nextPane'
	| 'previousPane'
	| 'moveDown'
	| 'moveUp'
	| 'pageDown'
	| 'pageUp'
	| 'first'
	| 'last'
	| 'maximise'
	| 'back'
	| 'pauseOrResume'
	| 'announce'
	| 'freeze'
	| 'follow'
	| 'filterWire'
	| 'sort'
	| 'reverse'
	| 'faster'
	| 'slower'
	| 'help'
	| 'repaint'
	| 'suspend'

export type Binding = {
	readonly action: Action
	/** As `keyName` names them. */
	readonly keys: readonly string[]
	/** For the help page. */
	readonly help: string
	/** For the footer, where it is worth a place there: one word. */
	readonly footer?: string
}

export type KeyGroup = { readonly title: string; readonly bindings: readonly Binding[] }

export const keyGroups: readonly KeyGroup[] = [
	{
		title: 'Moving',
		bindings: [
			{ action: 'nextPane', keys: ['Tab'], help: 'next pane', footer: 'pane' },
			{ action: 'previousPane', keys: ['Shift-Tab'], help: 'previous pane' },
			{ action: 'moveDown', keys: ['j', 'Down'], help: 'next row' },
			{ action: 'moveUp', keys: ['k', 'Up'], help: 'previous row' },
			{ action: 'pageDown', keys: ['Ctrl-F', 'PageDown'], help: 'next page' },
			{ action: 'pageUp', keys: ['Ctrl-B', 'PageUp'], help: 'previous page' },
			{ action: 'first', keys: ['g', 'Home'], help: 'first row' },
			{ action: 'last', keys: ['G', 'End'], help: 'last row' },
		],
	},
	{
		title: 'Looking',
		bindings: [
			{ action: 'maximise', keys: ['Enter', 'z'], help: 'zoom; 1-7 open a pane', footer: 'zoom' },
			{ action: 'back', keys: ['Esc'], help: 'back' },
			{
				action: 'freeze',
				keys: ['Space'],
				help: 'freeze the display',
				footer: 'freeze',
			},
			{ action: 'sort', keys: ['s'], help: 'sort by the next column', footer: 'sort' },
			{ action: 'reverse', keys: ['S'], help: 'sort the other way round' },
			{ action: 'follow', keys: ['F'], help: 'follow or hold wire', footer: 'follow' },
			{ action: 'filterWire', keys: ['f'], help: 'wire of this peer', footer: 'filter' },
			{ action: 'faster', keys: ['+', '='], help: 'refresh more often' },
			{ action: 'slower', keys: ['-'], help: 'refresh less often' },
		],
	},
	{
		title: 'Doing',
		bindings: [
			{ action: 'pauseOrResume', keys: ['p'], help: 'pause or resume', footer: 'pause' },
			{ action: 'announce', keys: ['a'], help: 'ask the trackers now', footer: 'announce' },
			{ action: 'repaint', keys: ['Ctrl-L'], help: 'draw the screen anew' },
			{ action: 'suspend', keys: ['Ctrl-Z'], help: 'suspend; fg comes back' },
			{ action: 'help', keys: ['?'], help: 'this page', footer: 'help' },
			{ action: 'quit', keys: ['q', 'Ctrl-C'], help: 'quit', footer: 'quit' },
		],
	},
]

const actionOf = new Map(
	keyGroups.flatMap(({ bindings }) =>
		bindings.flatMap(({ action, keys }) => keys.map(key => [key, action] as const)),
	),
)

/** The action of a key, where it has one. */
export function actionFor(key: string): Action | undefined {
	return actionOf.get(key)
}

/** What Ink tells about a key press; see its `Key`. */
export type KeyPress = {
	readonly upArrow: boolean
	readonly downArrow: boolean
	readonly leftArrow?: boolean
	readonly rightArrow?: boolean
	readonly pageUp: boolean
	readonly pageDown: boolean
	readonly home: boolean
	readonly end: boolean
	readonly return: boolean
	readonly escape: boolean
	readonly tab: boolean
	readonly ctrl: boolean
	readonly shift: boolean
}

/** The name that a key has in the keymap. */
export function keyName(input: string, key: KeyPress): string {
	if (key.tab) return key.shift ? 'Shift-Tab' : 'Tab'
	if (key.upArrow) return 'Up'
	if (key.downArrow) return 'Down'
	if (key.leftArrow === true) return 'Left'
	if (key.rightArrow === true) return 'Right'
	if (key.pageUp) return 'PageUp'
	if (key.pageDown) return 'PageDown'
	if (key.home) return 'Home'
	if (key.end) return 'End'
	if (key.return) return 'Enter'
	if (key.escape) return 'Esc'
	if (key.ctrl) return `Ctrl-${input.toUpperCase()}`
	return input === ' ' ? 'Space' : input
}

/** The keys of one input: over a slow line several presses come as one, which Ink hands on as a text. */
export function keyNames(input: string, key: KeyPress): string[] {
	return input.length > 1 && !key.ctrl ? Array.from(input, characterName) : [keyName(input, key)]
}

function characterName(character: string): string {
	const code = character.charCodeAt(0)
	if (code >= 0x20) return character === ' ' ? 'Space' : character
	if (code === 0x09) return 'Tab'
	if (code === 0x0d || code === 0x0a) return 'Enter'
	return code === 0x1b ? 'Esc' : `Ctrl-${String.fromCharCode(code + 0x40)}`
}

/** The footer's bindings, most worth first. */
export function footerBindings(): { readonly key: string; readonly word: string }[] {
	const order: Action[] = [
		'quit',
		'help',
		'nextPane',
		'maximise',
		'pauseOrResume',
		'announce',
		'freeze',
		'follow',
		'filterWire',
		'sort',
	]
	const all = keyGroups.flatMap(({ bindings }) => bindings)
	return order.flatMap(action => {
		const binding = all.find(candidate => candidate.action === action)
		const key = binding?.keys[0]
		return binding?.footer === undefined || key === undefined ? [] : [{ key, word: binding.footer }]
	})
}
