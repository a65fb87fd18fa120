// `swarmscope dht`: asks the DHT one thing and shows how the answer came about. The node that asks is here for a
// moment only, so it asks and answers nobody (BEP 43).
import { resolve } from 'node:path'
import type { PingOutcome } from '../dht/boundary.ts'
import type { Lookup } from '../dht/lookup.ts'
import type { DhtTableView } from '../dht/snapshot.ts'
import { lookupView } from '../dht/views.ts'
import { DhtService } from '../engine/dht-service.ts'
import type { DatagramSocket, Environment } from '../engine/environment.ts'
import type { DhtOptions, DhtQuestion } from '../dht-options.ts'
import { CommandFailure, type ExitCode, exitCodes } from '../exit-code.ts'
import { type Address, parseHost } from '../protocol/address.ts'
import { toNodeId } from '../protocol/ids.ts'
import { dhtSettings } from './dht-settings.ts'
import { joinedLine, joinedObject, lookupLines, lookupObjects, pingLine, pingObject } from './dht-lines.ts'
import { defaultStateDirectory } from './state-directory.ts'

/** The second family has so long after the first. */
const otherFamilyMs = 2000

export type DhtReport =
	| { readonly type: 'line'; readonly line: string }
	| { readonly type: 'object'; readonly object: Readonly<Record<string, unknown>> }

/** Prints as it goes; resolves when the answer is there. */
export async function askDht(
	options: DhtOptions,
	environment: Environment,
	print: (report: DhtReport) => void,
): Promise<ExitCode> {
	const { bind } = options
	const stateDirectory = resolve(
		options.stateDirectory ?? defaultStateDirectory(process.platform, process.env),
	)
	const sockets = await bindSockets(environment, bind)
	const asker = new Asker({ ...options, environment, sockets, stateDirectory, print })
	try {
		return await asker.run(AbortSignal.timeout(options.timeoutS * 1000))
	} finally {
		await asker.close()
		await Promise.all(sockets.map(({ socket }) => socket.close()))
	}
}

type Sockets = readonly { readonly family: 4 | 6; readonly socket: DatagramSocket }[]

type AskerOptions = DhtOptions & {
	readonly environment: Environment
	readonly sockets: Sockets
	readonly stateDirectory: string
	readonly print: (report: DhtReport) => void
}

class Asker {
	readonly #options: AskerOptions
	readonly #service: DhtService
	readonly #waiting = new Set<() => void>()
	readonly #lookups: Lookup[] = []
	#ping: PingOutcome | undefined

	constructor(options: AskerOptions) {
		this.#options = options
		const { environment, sockets, stateDirectory, bind, routers } = options
		const isPing = options.question.action === 'ping'
		this.#service = new DhtService({
			...dhtSettings({ readOnly: true, routers: isPing ? [] : routers }, bind),
			environment,
			stateDirectory: isPing ? undefined : stateDirectory,
			sockets,
			onPeers: () => undefined,
			onLookupEnded: (request, lookup) => {
				if (request !== undefined) this.#lookups.push(lookup)
			},
			onPingEnded: (_, outcome) => {
				this.#ping = outcome
			},
			onHandled: () => {
				for (const look of this.#waiting) look()
			},
		})
	}

	async run(signal: AbortSignal): Promise<ExitCode> {
		await this.#service.start()
		const { question } = this.#options
		return question.action === 'ping'
			? await this.#askNode(question.node, signal)
			: await this.#askAll(question, signal)
	}

	async close(): Promise<void> {
		await this.#service.close()
	}

	async #askNode(node: Address, signal: AbortSignal): Promise<ExitCode> {
		const address = await resolveNode(node, this.#options, signal)
		this.#service.request({ type: 'PingRequested', request: 1, address })
		await this.#until(() => this.#ping !== undefined, signal)
		const outcome = this.#ping ?? { type: 'silent' }
		this.#print(
			() => [pingLine(address, outcome)],
			() => [pingObject(address, outcome)],
		)
		return outcome.type === 'answered' ? exitCodes.complete : exitCodes.notComplete
	}

	async #askAll(
		question: Exclude<DhtQuestion, { readonly action: 'ping' }>,
		signal: AbortSignal,
	): Promise<ExitCode> {
		await this.#joined(signal)
		const { tables } = this.#service.slice()
		this.#print(
			() => tables.map(joinedLine),
			() => tables.map(joinedObject),
		)
		const joined = tables.filter(isJoined)
		for (const { family } of joined) {
			this.#service.request({
				type: 'LookupRequested',
				request: family,
				family,
				purpose: purposes[question.action],
				target: toNodeId(question.target),
				announcePort: question.action === 'announce' ? question.port : undefined,
			})
		}
		await this.#until(() => this.#lookups.length >= joined.length, signal)
		for (const lookup of this.#lookups) {
			const view = lookupView(lookup)
			const peers = [...lookup.peers.values()]
			this.#print(
				() => lookupLines(view, peers),
				() => lookupObjects(view, peers),
			)
		}
		return this.#lookups.some(lookup => isAnswer(question.action, lookup))
			? exitCodes.complete
			: exitCodes.notComplete
	}

	async #joined(signal: AbortSignal): Promise<void> {
		const tables = () => this.#service.slice().tables
		const isSettled = (table: DhtTableView) =>
			isJoined(table) || ['nobody-answered', 'nobody-to-ask'].includes(table.bootstrap.code)
		await this.#until(() => tables().some(isJoined) || tables().every(isSettled), signal)
		const grace = AbortSignal.any([signal, AbortSignal.timeout(otherFamilyMs)])
		await this.#until(() => tables().every(isSettled), grace)
	}

	/** Resolves when it is so, or when there is no time left. */
	#until(condition: () => boolean, signal: AbortSignal): Promise<void> {
		return new Promise(resolve => {
			const look = () => {
				if (!condition() && !signal.aborted) return
				this.#waiting.delete(look)
				signal.removeEventListener('abort', look)
				resolve()
			}
			this.#waiting.add(look)
			signal.addEventListener('abort', look)
			look()
		})
	}

	#print(lines: () => readonly string[], objects: () => readonly Readonly<Record<string, unknown>>[]): void {
		const { json, print } = this.#options
		if (json) for (const object of objects()) print({ type: 'object', object })
		else for (const line of lines()) print({ type: 'line', line })
	}
}

const purposes = { find: 'node', 'get-peers': 'peers', announce: 'announce' } as const

function isJoined({ bootstrap }: DhtTableView): boolean {
	return bootstrap.code === 'joined'
}

function isAnswer(action: 'find' | 'get-peers' | 'announce', lookup: Lookup): boolean {
	if (action === 'find') return lookup.answered > 0
	return action === 'announce' ? lookup.announcedTo > 0 : lookup.peers.size > 0
}

async function bindSockets(environment: Environment, bind: string | undefined): Promise<Sockets> {
	const hosts = bind === undefined ? ['0.0.0.0', '::'] : [bind]
	const bound = await Promise.all(
		hosts.map(async host => ({ host, outcome: await environment.datagrams.bind(host, 0) })),
	)
	const sockets = bound.flatMap(({ host, outcome }) =>
		outcome.ok ? [{ family: host.includes(':') ? (6 as const) : (4 as const), socket: outcome.value }] : [],
	)
	if (sockets.length > 0) return sockets
	throw new CommandFailure(
		exitCodes.usage,
		bind === undefined
			? 'dht: expected a network, got none'
			: `--bind: expected an address of this machine, got ${bind}`,
	)
}

async function resolveNode(
	{ host, port }: Address,
	{ environment, sockets }: AskerOptions,
	signal: AbortSignal,
): Promise<Address> {
	if (parseHost(host) !== undefined) return { host, port }
	const found = await environment.resolver.resolve(host, signal)
	const usable = (found.ok ? found.value : []).find(address =>
		sockets.some(({ family }) => (family === 6) === address.includes(':')),
	)
	if (usable !== undefined) return { host: usable, port }
	throw new CommandFailure(exitCodes.usage, `dht ping: expected a host that can be found, got ${host}`)
}
