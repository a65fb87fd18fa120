// What can be typed after `:`, as data: the help page, completion and the words of a refusal are made from it.

export type PeerVerb = 'ban' | 'disconnect' | 'snub' | 'unsnub'
export type Copied = 'hash' | 'peer' | 'tracker'

/** What the engine does, or the terminal outside of the screen. */
export type EngineCommand =
	| { readonly type: 'announce' | 'pause' | 'resume' | 'recheck' | 'retry' }
	/** `peer` as it was typed; undefined: the selected one. */
	| { readonly type: PeerVerb; readonly peer: string | undefined }
	| {
			readonly type: 'limit'
			readonly direction: 'down' | 'up'
			/** undefined: no limit. */
			readonly bytesPerSecond: number | undefined
	  }
	| { readonly type: 'addPeer'; readonly address: { readonly host: string; readonly port: number } }
	| { readonly type: 'copy'; readonly what: Copied }

/** What changes nothing but what is shown. */
export type ViewCommand =
	| { readonly type: 'sort'; readonly by: string; readonly reversed: boolean }
	/** Empty: no filter. */
	| { readonly type: 'filter'; readonly text: string }
	| { readonly type: 'theme'; readonly name: string }
	/** undefined: the focused pane to hide, every pane to show. */
	| { readonly type: 'hide' | 'show'; readonly pane: string | undefined }
	| { readonly type: 'fps'; readonly snapshotsPerSecond: number }
	| { readonly type: 'help' }

/** A command that was read and makes sense; whether it can be done shows when it is. */
export type ScreenCommand = EngineCommand | ViewCommand | { readonly type: 'quit' }

/** What stands after a command's name, for completion. */
export type ParameterKind =
	| 'peer'
	| 'direction'
	| 'rate'
	| 'add'
	| 'address'
	| 'column'
	| 'order'
	| 'filter'
	| 'theme'
	| 'pane'
	| 'fps'
	| 'copied'

export type CommandSpec = {
	readonly name: string
	/** As the help page shows them: words in capitals are filled in, brackets may be left out. */
	readonly usage: string
	readonly parameters: readonly ParameterKind[]
	readonly help: string
}

export const commandSpecs: readonly CommandSpec[] = [
	{ name: 'announce', usage: '', parameters: [], help: 'ask the trackers now' },
	{ name: 'pause', usage: '', parameters: [], help: 'stop the transfer' },
	{ name: 'resume', usage: '', parameters: [], help: 'go on' },
	{
		name: 'limit',
		usage: 'down|up RATE|none',
		parameters: ['direction', 'rate'],
		help: 'such as limit down 2M',
	},
	{ name: 'ban', usage: '[PEER]', parameters: ['peer'], help: 'this peer, for good' },
	{ name: 'disconnect', usage: '[PEER]', parameters: ['peer'], help: 'it may come again' },
	{ name: 'snub', usage: '[PEER]', parameters: ['peer'], help: 'ask little of it' },
	{ name: 'unsnub', usage: '[PEER]', parameters: ['peer'], help: 'ask as before' },
	{ name: 'peer', usage: 'add HOST:PORT', parameters: ['add', 'address'], help: 'connect to a peer' },
	{ name: 'recheck', usage: '', parameters: [], help: 'hash what is on disk' },
	{ name: 'retry', usage: '', parameters: [], help: 'try the disk again' },
	{ name: 'filter', usage: '[FILTER]', parameters: ['filter'], help: 'this pane; empty: all rows' },
	{ name: 'sort', usage: 'COLUMN [reversed]', parameters: ['column', 'order'], help: 'this pane' },
	{ name: 'hide', usage: '[PANE]', parameters: ['pane'], help: 'a pane' },
	{ name: 'show', usage: '[PANE]', parameters: ['pane'], help: 'a pane, or all' },
	{ name: 'theme', usage: 'NAME', parameters: ['theme'], help: 'other colours' },
	{ name: 'fps', usage: 'N', parameters: ['fps'], help: 'updates a second, 1-20' },
	{ name: 'copy', usage: 'hash|peer|tracker', parameters: ['copied'], help: 'to the clipboard' },
	{ name: 'help', usage: '', parameters: [], help: 'what the screen shows' },
	{ name: 'quit', usage: '', parameters: [], help: 'tell trackers, save state' },
]

export const directions = ['down', 'up'] as const
export const copiedThings: readonly Copied[] = ['hash', 'peer', 'tracker']
export const rates = [1, 2, 4, 10, 20] as const
