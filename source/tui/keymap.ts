// The one list of keys. Input, the help page and the footer are made from it, so none can tell another story.
import type { PaneName } from './pane-names.ts'

export type Action =
	| 'quit'
	| 'nextPane'
	| 'previousPane'
	| 'moveDown'
	| 'moveUp'
	| 'moveLeft'
	| 'moveRight'
	| 'pageDown'
	| 'pageUp'
	| 'first'
	| 'last'
	| 'maximise'
	| 'open'
	| 'back'
	| 'pauseOrResume'
	| 'announce'
	| 'freeze'
	| 'follow'
	| 'filterWire'
	| 'filter'
	| 'command'
	| 'ban'
	| 'disconnect'
	| 'snub'
	| 'copy'
	| 'copyHash'
	| 'hidePane'
	| 'growPane'
	| 'shrinkPane'
	| 'resetPanes'
	| 'sort'
	| 'reverse'
	| 'faster'
	| 'slower'
	| 'scenarios'
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
	/** How the footer writes the key where it stands for more than one. */
	readonly footerKey?: string
	/** Where it has another name. */
	readonly footerIn?: Readonly<Partial<Record<PaneName, string>>>
	/** Where it does something; everywhere when left out. */
	readonly panes?: readonly PaneName[]
}

export type KeyGroup = { readonly title: string; readonly bindings: readonly Binding[] }

const sorted: readonly PaneName[] = ['trackers', 'peers', 'pieces', 'wire', 'events', 'files']
const lists: readonly PaneName[] = [...sorted, 'dht']
const withPeer: readonly PaneName[] = ['peers', 'pipeline']

export const keyGroups: readonly KeyGroup[] = [
	{
		title: 'Keys of this pane',
		bindings: [
			{ action: 'filter', keys: ['/'], help: 'filter its rows', footer: 'filter', panes: lists },
			{ action: 'sort', keys: ['s'], help: 'sort by next column', footer: 'sort', panes: sorted },
			{ action: 'reverse', keys: ['S'], help: 'the other way round', panes: sorted },
			{ action: 'follow', keys: ['F'], help: 'follow or hold it', footer: 'follow', panes: ['wire'] },
			{ action: 'filterWire', keys: ['f'], help: 'its wire alone', panes: [...withPeer, 'wire'] },
			{ action: 'snub', keys: ['u'], help: 'snub it, or no more', panes: withPeer },
			{ action: 'disconnect', keys: ['x'], help: 'disconnect it (asks)', panes: withPeer },
			{ action: 'ban', keys: ['B'], help: 'ban it (asks)', panes: withPeer },
			{ action: 'copy', keys: ['y'], help: 'copy what is selected' },
		],
	},
	{
		title: 'Moving',
		bindings: [
			{ action: 'moveDown', keys: ['j', 'Down'], help: 'next row' },
			{ action: 'moveUp', keys: ['k', 'Up'], help: 'previous row' },
			{ action: 'pageDown', keys: ['Ctrl-F', 'PageDown'], help: 'next page' },
			{ action: 'pageUp', keys: ['Ctrl-B', 'PageUp'], help: 'previous page' },
			{ action: 'moveLeft', keys: ['h', 'Left'], help: 'left in the map', panes: ['pieces'] },
			{ action: 'moveRight', keys: ['l', 'Right'], help: 'right in the map', panes: ['pieces'] },
			{ action: 'first', keys: ['g', 'Home'], help: 'first row' },
			{ action: 'last', keys: ['G', 'End'], help: 'last row' },
			{ action: 'nextPane', keys: ['Tab'], help: 'next pane', footer: 'pane', footerKey: 'Tab 1-9' },
			{ action: 'previousPane', keys: ['Shift-Tab'], help: 'previous pane' },
		],
	},
	{
		title: 'Looking',
		bindings: [
			{
				action: 'open',
				keys: ['Enter'],
				help: 'zoom; open a row',
				footer: 'zoom',
				footerIn: { wire: 'inspect', dht: 'unfold' },
			},
			{ action: 'maximise', keys: ['z'], help: 'zoom; 1-9 open a pane' },
			{ action: 'back', keys: ['Esc'], help: 'back' },
			{ action: 'freeze', keys: ['Space'], help: 'freeze the display', footer: 'freeze' },
			{ action: 'hidePane', keys: ['H'], help: 'hide this pane' },
			{ action: 'growPane', keys: ['>'], help: 'more rows for it' },
			{ action: 'shrinkPane', keys: ['<'], help: 'fewer rows' },
			{ action: 'resetPanes', keys: ['W'], help: 'every pane as at first' },
			{ action: 'faster', keys: ['+', '='], help: 'refresh more often' },
			{ action: 'slower', keys: ['-'], help: 'refresh less often' },
		],
	},
	{
		title: 'Doing',
		bindings: [
			{ action: 'command', keys: [':'], help: 'a command', footer: 'command' },
			{ action: 'pauseOrResume', keys: ['p'], help: 'pause or resume', footer: 'pause' },
			{ action: 'announce', keys: ['a'], help: 'ask the trackers now', footer: 'announce' },
			{ action: 'copyHash', keys: ['Y'], help: 'copy the info hash' },
			{ action: 'scenarios', keys: ['d'], help: 'another practice swarm' },
			{ action: 'repaint', keys: ['Ctrl-L'], help: 'draw the screen anew' },
			{ action: 'suspend', keys: ['Ctrl-Z'], help: 'suspend; fg comes back' },
			{ action: 'help', keys: ['?'], help: 'what the screen shows', footer: 'help' },
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
	readonly meta?: boolean
	readonly backspace?: boolean
	readonly delete?: boolean
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
	// Terminals send the same for both keys.
	if (key.backspace === true || key.delete === true) return 'Backspace'
	if (key.meta === true) return `Alt-${input}`
	if (input === '\n') return 'Enter'
	if (key.ctrl) return `Ctrl-${input.toUpperCase()}`
	return input === ' ' ? 'Space' : input
}

/** The keys of one input: over a slow line several presses come as one, which Ink hands on as a text. */
export function keyNames(input: string, key: KeyPress): string[] {
	return input.length > 1 && !key.ctrl ? Array.from(input, characterName) : [keyName(input, key)]
}

function characterName(character: string): string {
	const code = character.charCodeAt(0)
	if (code === 0x7f) return 'Backspace'
	if (code >= 0x20) return character === ' ' ? 'Space' : character
	if (code === 0x09) return 'Tab'
	if (code === 0x0d || code === 0x0a) return 'Enter'
	return code === 0x1b ? 'Esc' : `Ctrl-${String.fromCharCode(code + 0x40)}`
}

/** The footer's bindings for a pane, most worth first. */
export function footerBindings(pane: PaneName): { readonly key: string; readonly word: string }[] {
	const order: Action[] = [
		'quit',
		'help',
		'nextPane',
		'open',
		'filter',
		'command',
		'pauseOrResume',
		'announce',
		'freeze',
		'follow',
		'sort',
	]
	const all = keyGroups.flatMap(({ bindings }) => bindings)
	return order.flatMap(action => {
		const binding = all.find(candidate => candidate.action === action)
		const key = binding?.keys[0]
		if (binding?.footer === undefined || key === undefined || !worksIn(binding, pane)) return []
		return [{ key: binding.footerKey ?? key, word: binding.footerIn?.[pane] ?? binding.footer }]
	})
}

/** Whether a key does something while `pane` has the focus. */
export function worksIn({ panes }: Binding, pane: PaneName): boolean {
	return panes === undefined || panes.includes(pane)
}
