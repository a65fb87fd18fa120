// What the command line says about the DHT: the questions of `swarmscope dht`, and the routers.
import { CommandFailure, exitCodes } from './exit-code.ts'
import { hostAndPort, localAddress, placeInDht, wholeNumber } from './option-values.ts'
import type { Address } from './protocol/address.ts'

/** One question to the DHT. */
export type DhtOptions = {
	readonly question: DhtQuestion
	readonly json: boolean
	readonly bind: string | undefined
	/** undefined: the usual ones. */
	readonly routers: readonly Address[] | undefined
	readonly stateDirectory: string | undefined
	readonly timeoutS: number
}

/** Whether and how a torrent uses the DHT. */
export type DhtChoice = Pick<DhtOptions, 'routers'> & {
	/** Ask, and answer nobody (BEP 43). */
	readonly readOnly: boolean
}

export type DhtQuestion =
	| { readonly action: 'ping'; readonly node: Address }
	| { readonly action: 'find' | 'get-peers'; readonly target: Uint8Array }
	| { readonly action: 'announce'; readonly target: Uint8Array; readonly port: number }

/** Options as they stand on the line, their values unread. */
type DhtValues = {
	readonly json?: boolean
	readonly bind?: string
	readonly port?: string
	readonly dhtRouter?: readonly string[]
	readonly stateDir?: string
	readonly timeout: number | undefined
}

const questions = 'ping HOST:PORT, find ID, get-peers HASH or announce HASH --port N'
const usualTimeoutS = 60

/** Throws a CommandFailure with exit code 2 for wrong usage. */
export function dhtOptions(operands: readonly string[], values: DhtValues): DhtOptions {
	const { bind } = values
	return {
		question: questionOf(operands, values.port),
		json: values.json ?? false,
		bind: bind === undefined ? undefined : localAddress('--bind', bind),
		routers: routersOf(values.dhtRouter),
		stateDirectory: values.stateDir,
		timeoutS: values.timeout ?? usualTimeoutS,
	}
}

/** Undefined: no DHT. */
export function dhtChoice(values: {
	readonly dht?: boolean
	readonly dhtReadOnly?: boolean
	readonly dhtRouter?: readonly string[]
}): DhtChoice | undefined {
	if (values.dht === false) return undefined
	return { readOnly: values.dhtReadOnly ?? false, routers: routersOf(values.dhtRouter) }
}

function routersOf(values: readonly string[] | undefined): readonly Address[] | undefined {
	return values?.length ? values.map(value => hostAndPort('--dht-router', value)) : undefined
}

function questionOf([action, operand, surplus]: readonly string[], port: string | undefined): DhtQuestion {
	const isAnnounce = action === 'announce'
	if (operand !== undefined && surplus === undefined && isAnnounce === (port !== undefined)) {
		if (action === 'ping') return { action, node: hostAndPort('dht ping', operand) }
		if (action === 'find' || action === 'get-peers')
			return { action, target: placeInDht(`dht ${action}`, operand) }
		if (isAnnounce) {
			return {
				action,
				target: placeInDht('dht announce', operand),
				port: wholeNumber('--port', port ?? '', { least: 1, most: 65_535 }),
			}
		}
	}
	throw new CommandFailure(exitCodes.usage, `dht: expected ${questions}`)
}
