// Every option of the command line by the name that meow gives it, and which command has which.

export type CommandName = 'get' | 'demo' | 'info' | 'verify' | 'announce' | 'dht'

const telling = ['bell', 'notify', 'title', 'progress'] as const
const output = ['plain', 'json', 'log', 'fps', 'ascii', 'color', 'inline', ...telling] as const
const download = [
	'dir',
	'port',
	'bind',
	'peer',
	'only',
	'sequential',
	'recheck',
	'announceAll',
	'pex',
	'lsd',
	'dht',
	'dhtReadOnly',
	'dhtRouter',
	'maxPeers',
	'encryption',
	'maxDown',
	'maxUp',
	'seed',
	'timeout',
	'stateDir',
] as const
/** Options of each command, as meow names them. */
export const optionsOf: Readonly<Record<CommandName, readonly FlagName[]>> = {
	get: [...download, ...output],
	demo: ['list', 'speed', 'randomSeed', 'timeout', 'seed', ...output],
	info: ['json', 'offline', 'port', 'bind', 'peer', 'dht', 'dhtRouter', 'timeout', 'stateDir'],
	verify: ['json', 'dir', 'stateDir'],
	announce: ['json'],
	dht: ['json', 'bind', 'port', 'dhtRouter', 'stateDir', 'timeout'],
}

const text = { type: 'string' } as const
const onOff = { type: 'boolean' } as const
export const flags = {
	dir: text,
	port: text,
	bind: text,
	peer: { type: 'string', isMultiple: true },
	only: text,
	sequential: onOff,
	recheck: onOff,
	announceAll: onOff,
	pex: onOff,
	lsd: onOff,
	dht: onOff,
	dhtReadOnly: onOff,
	dhtRouter: { type: 'string', isMultiple: true },
	maxPeers: text,
	encryption: text,
	maxDown: text,
	maxUp: text,
	seed: onOff,
	timeout: text,
	stateDir: text,
	plain: onOff,
	json: onOff,
	log: text,
	fps: text,
	ascii: onOff,
	color: onOff,
	inline: onOff,
	bell: onOff,
	notify: onOff,
	title: onOff,
	progress: onOff,
	offline: onOff,
	list: onOff,
	speed: text,
	randomSeed: text,
	help: onOff,
	version: onOff,
} as const
export type FlagName = keyof typeof flags
/** The switches that also exist as `--no-…`. */
export const negatable: ReadonlySet<string> = new Set<FlagName>(['seed', 'color', 'pex', 'lsd', 'dht'])
