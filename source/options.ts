// The command line as a value. Every word is looked at before meow parses it: unknown options, options of
// another command, missing and surplus values are refused by name, since meow would let them through.
import meow from 'meow'
import { type CommandName, type FlagName, flags, negatable, optionsOf } from './option-table.ts'
import { type DhtChoice, dhtChoice, type DhtOptions, dhtOptions } from './dht-options.ts'
import { CommandFailure, exitCodes } from './exit-code.ts'
import {
	hostAndPort,
	indexList,
	localAddress,
	oneOf,
	positiveNumber,
	rate,
	wholeNumber,
} from './option-values.ts'
import type { Address } from './protocol/address.ts'
import { encryptionPolicies, type EncryptionPolicy } from './torrent/encryption.ts'
import { usage } from './usage.ts'

export type TellOptions = {
	readonly bell: boolean
	readonly notify: boolean
	readonly title: boolean
	readonly progress: boolean
}

/** How the program shows itself. */
export type OutputOptions = {
	readonly mode: 'auto' | 'plain' | 'json'
	readonly fps: number | undefined
	readonly ascii: boolean
	readonly color: boolean
	readonly log: string | undefined
	readonly inline: boolean
	/** What the terminal is told beside the screen. */
	readonly tell: TellOptions
}

export type GetOptions = OutputOptions & {
	readonly torrent: string
	readonly directory: string
	readonly stateDirectory: string | undefined
	readonly port: number | undefined
	readonly bind: string | undefined
	readonly peers: readonly Address[]
	readonly only: readonly number[] | undefined
	readonly sequential: boolean
	readonly recheck: boolean
	readonly announceAll: boolean
	readonly peerExchange: boolean
	readonly localDiscovery: boolean
	/** undefined: no DHT. `routers` undefined: the usual ones. */
	readonly dht: DhtChoice | undefined
	readonly maxPeers: number
	readonly encryption: EncryptionPolicy
	readonly maxDownBytesPerSecond: number | undefined
	readonly maxUpBytesPerSecond: number | undefined
	/** undefined: by the kind of output. */
	readonly seed: boolean | undefined
	readonly timeoutS: number | undefined
}

export type DemoOptions = OutputOptions & {
	readonly scenario: string | undefined
	readonly list: boolean
	readonly speed: number
	readonly randomSeed: number | undefined
	readonly timeoutS: number | undefined
	readonly seed: boolean | undefined
}

/** How the metadata of a magnet link is looked for. */
export type MetadataOptions = {
	readonly stateDirectory: string | undefined
	readonly port: number | undefined
	readonly bind: string | undefined
	readonly peers: readonly Address[]
	readonly dht: DhtChoice | undefined
	readonly timeoutS: number
}

export type Invocation =
	| { readonly command: 'help' | 'version' | 'nothing' }
	| { readonly command: 'get'; readonly options: GetOptions }
	| { readonly command: 'demo'; readonly options: DemoOptions }
	| {
			readonly command: 'info'
			readonly torrent: string
			readonly json: boolean
			/** Of a magnet link only what it says itself. */
			readonly offline: boolean
			readonly network: MetadataOptions
	  }
	| { readonly command: 'announce'; readonly torrent: string; readonly json: boolean }
	| { readonly command: 'dht'; readonly options: DhtOptions }
	| {
			readonly command: 'verify'
			readonly torrent: string
			readonly json: boolean
			readonly directory: string
			/** Where the metadata of a magnet link may have been kept. */
			readonly stateDirectory: string | undefined
	  }

/** Timers of the machine count ms in 31 bits. */
const mostSeconds = 2_147_483
/** Reads the words after the program's name. Throws a CommandFailure with exit code 2 for wrong usage. */
export function parseOptions(words: readonly string[], version: string): Invocation {
	if (words.length === 0) return { command: 'nothing' }
	const { given, argv } = checkWords(words)
	if (given.has('help')) return { command: 'help' }
	if (given.has('version')) return { command: 'version' }
	const cli = meow({
		argv,
		importMeta: import.meta,
		pkg: { name: 'swarmscope', version },
		help: usage,
		flags,
		autoHelp: false,
		autoVersion: false,
		inferType: false,
		booleanDefault: undefined,
	})
	const [first, ...rest] = cli.input
	const named = first !== undefined && Object.hasOwn(optionsOf, first)
	const command = named ? (first as CommandName) : 'get'
	const operands = named ? rest : cli.input
	refuseForeignOptions(command, given)
	return toInvocation(command, operands, cli.flags as Values)
}

type Values = {
	readonly [Name in FlagName]?: (typeof flags)[Name] extends { isMultiple: true }
		? readonly string[]
		: (typeof flags)[Name] extends { type: 'boolean' }
			? boolean
			: string
}

type CheckedWords = { readonly given: ReadonlySet<FlagName>; readonly argv: string[] }

/**
 * Refuses options that do not exist, lack their value or have one too many. Returns the names that were given,
 * and the words with each value joined to its option, where no parser can take `-5` for an option of its own.
 */
function checkWords(words: readonly string[]): CheckedWords {
	const given = new Set<FlagName>()
	const argv: string[] = []
	for (let index = 0; index < words.length; index += 1) {
		const word = words[index] ?? ''
		if (word === '--') {
			argv.push(...words.slice(index))
			break
		}
		if (!word.startsWith('-') || word === '-') {
			argv.push(word)
			continue
		}
		const [spelled, value] = splitOnce(word, '=')
		const name = flagName(spelled)
		if (name === undefined)
			throw new CommandFailure(exitCodes.usage, `unknown option ${spelled}; --help lists them all`)
		if (given.has(name) && !('isMultiple' in flags[name]))
			throw new CommandFailure(exitCodes.usage, `${spelled}: expected once, got it twice`)
		given.add(name)
		if (flags[name].type === 'boolean') {
			if (value !== undefined)
				throw new CommandFailure(
					exitCodes.usage,
					`${spelled}: expected no value, got ${JSON.stringify(value)}`,
				)
			argv.push(word)
			continue
		}
		if (value === undefined) index += 1
		const operand = value ?? words[index]
		if (operand === undefined || operand === '' || (value === undefined && operand.startsWith('--'))) {
			const got = operand === undefined ? 'the end of the line' : JSON.stringify(operand)
			throw new CommandFailure(exitCodes.usage, `${spelled}: expected a value, got ${got}`)
		}
		argv.push(`${spelled}=${operand}`)
	}
	return { given, argv }
}

/** `--max-down` → `maxDown`, `--no-seed` → `seed`; undefined for what does not exist. */
function flagName(spelled: string): FlagName | undefined {
	const kebab = /^--([a-z]+(?:-[a-z]+)*)$/u.exec(spelled)?.[1]
	if (kebab === undefined) return undefined
	const positive = kebab.startsWith('no-') && negatable.has(kebab.slice(3)) ? kebab.slice(3) : kebab
	const name = positive.replaceAll(/-([a-z])/gu, (_, letter: string) => letter.toUpperCase())
	return Object.hasOwn(flags, name) ? (name as FlagName) : undefined
}

function refuseForeignOptions(command: CommandName, given: ReadonlySet<FlagName>): void {
	for (const name of given) {
		if (optionsOf[command].includes(name)) continue
		const spelled = `--${name.replaceAll(/[A-Z]/gu, letter => `-${letter.toLowerCase()}`)}`
		throw new CommandFailure(exitCodes.usage, `${spelled} is no option of ${command}; --help lists what is`)
	}
}

function toInvocation(command: CommandName, operands: readonly string[], values: Values): Invocation {
	if (command === 'demo') {
		if (operands.length > 1) throw surplus(operands[1])
		return { command, options: demoOptions(operands[0], values) }
	}
	if (command === 'dht')
		return { command, options: dhtOptions(operands, { ...values, timeout: timeout(values) }) }
	const [torrent, second] = operands
	if (torrent === undefined || torrent === '')
		throw new CommandFailure(
			exitCodes.usage,
			`${command}: expected a torrent file, URL or magnet link, got nothing`,
		)
	if (second !== undefined) throw surplus(second)
	if (command === 'get') return { command, options: getOptions(torrent, values) }
	const json = values.json ?? false
	if (command === 'verify')
		return { command, torrent, json, directory: values.dir ?? '.', stateDirectory: values.stateDir }
	return command === 'info'
		? { command, torrent, json, offline: values.offline ?? false, network: metadataOptions(values) }
		: { command, torrent, json }
}

function surplus(word: string | undefined): CommandFailure {
	return new CommandFailure(exitCodes.usage, `expected one argument, got ${JSON.stringify(word)} too`)
}

function outputOptions(values: Values): OutputOptions {
	if (values.plain === true && values.json === true)
		throw new CommandFailure(exitCodes.usage, 'expected --plain or --json, got both')
	return {
		mode: values.json === true ? 'json' : values.plain === true ? 'plain' : 'auto',
		fps: optional(values.fps, value => wholeNumber('--fps', value, { least: 1, most: 60 })),
		ascii: values.ascii ?? false,
		color: values.color ?? true,
		log: values.log,
		inline: values.inline ?? false,
		tell: {
			bell: values.bell ?? false,
			notify: values.notify ?? false,
			title: values.title ?? false,
			progress: values.progress ?? false,
		},
	}
}

function getOptions(torrent: string, values: Values): GetOptions {
	return {
		...outputOptions(values),
		torrent,
		directory: values.dir ?? '.',
		stateDirectory: values.stateDir,
		port: optional(values.port, value => wholeNumber('--port', value, { least: 0, most: 65_535 })),
		bind: optional(values.bind, value => localAddress('--bind', value)),
		peers: (values.peer ?? []).map(value => hostAndPort('--peer', value)),
		only: optional(values.only, value => indexList('--only', value)),
		sequential: values.sequential ?? false,
		recheck: values.recheck ?? false,
		announceAll: values.announceAll ?? false,
		peerExchange: values.pex ?? true,
		localDiscovery: values.lsd ?? true,
		dht: dhtChoice(values),
		maxPeers:
			optional(values.maxPeers, value => wholeNumber('--max-peers', value, { least: 1, most: 10_000 })) ??
			100,
		encryption:
			optional(values.encryption, value => oneOf('--encryption', value, encryptionPolicies)) ?? 'prefer',
		maxDownBytesPerSecond: optional(values.maxDown, value => rate('--max-down', value)),
		maxUpBytesPerSecond: optional(values.maxUp, value => rate('--max-up', value)),
		seed: values.seed,
		timeoutS: timeout(values),
	}
}

/** Nobody waits for ever for what may not exist. */
const metadataTimeoutS = 180

function metadataOptions(values: Values): MetadataOptions {
	return {
		stateDirectory: values.stateDir,
		port: optional(values.port, value => wholeNumber('--port', value, { least: 0, most: 65_535 })),
		bind: optional(values.bind, value => localAddress('--bind', value)),
		peers: (values.peer ?? []).map(value => hostAndPort('--peer', value)),
		dht: dhtChoice(values),
		timeoutS: timeout(values) ?? metadataTimeoutS,
	}
}

function demoOptions(scenario: string | undefined, values: Values): DemoOptions {
	return {
		...outputOptions(values),
		scenario,
		list: values.list ?? false,
		speed: optional(values.speed, value => positiveNumber('--speed', value, 1000)) ?? 4,
		randomSeed: optional(values.randomSeed, value =>
			wholeNumber('--random-seed', value, { least: 0, most: 2 ** 32 - 1 }),
		),
		timeoutS: timeout(values),
		seed: values.seed,
	}
}

function timeout(values: Values): number | undefined {
	return optional(values.timeout, value => positiveNumber('--timeout', value, mostSeconds))
}

function optional<Value>(value: string | undefined, parse: (value: string) => Value): Value | undefined {
	return value === undefined ? undefined : parse(value)
}

function splitOnce(word: string, separator: string): [string, string | undefined] {
	const at = word.indexOf(separator)
	return at === -1 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)]
}
