// Performs one announce or scrape with a UDP tracker (BEP 15) over the sockets that are shared on the peer port.
// Whom it asks and when is protocol/udp-tracker-turns.ts; here are its sockets, its timer and its end.
import type { Address } from '../protocol/address.ts'
import type { AnnounceResponse, ScrapeResponse, TrackerFailure } from '../protocol/announce.ts'
import type { AddressFamily } from '../protocol/udp-tracker.ts'
import type { UdpTrackerTask } from '../protocol/udp-tracker-exchange.ts'
import {
	continueUdpTurns,
	createUdpTurns,
	failUdpTurn,
	nextUdpTurnAt,
	receiveUdpTurn,
	silentUdpTurns,
	type UdpTrackerAddress,
	type UdpTurns,
	type UdpTurnStep,
} from '../protocol/udp-tracker-turns.ts'
import type { Clock, DatagramSocket, RandomSource } from './environment.ts'
import { abortFailure, type TrackerExchangeContext, trackerFailure } from './tracker-context.ts'
import { familyOf } from './tracker-lookup.ts'
import type { UdpTrackerMemory } from './udp-tracker-memory.ts'

export type UdpAnnounceOptions = {
	readonly clock: Clock
	readonly random: RandomSource
	readonly udpSocket: (family: AddressFamily) => DatagramSocket | undefined
	/** Host and port as the URL names them. */
	readonly tracker: Address
	readonly memory: UdpTrackerMemory
}

export type UdpAnswer = {
	/** Who answered; undefined when nobody did. */
	readonly host: string | undefined
	readonly result: AnnounceResponse | ScrapeResponse | TrackerFailure
}

/** Asks one address of the context after the other until one answers or the signal ends it. */
export function udpAnnounce(
	task: UdpTrackerTask,
	options: UdpAnnounceOptions,
	context: TrackerExchangeContext,
): Promise<UdpAnswer> {
	return new Promise(resolve => new UdpAnnounce(task, { options, context, resolve }).start())
}

class UdpAnnounce {
	readonly #options: UdpAnnounceOptions
	readonly #context: TrackerExchangeContext
	readonly #resolve: (answer: UdpAnswer) => void
	readonly #addresses: readonly UdpTrackerAddress[]
	readonly #turns: UdpTurns
	readonly #sockets = new Map<AddressFamily, DatagramSocket>()
	#unsubscribes: readonly (() => void)[] = []
	#cancelTimer = () => {}
	#isOver = false

	constructor(
		task: UdpTrackerTask,
		parts: {
			readonly options: UdpAnnounceOptions
			readonly context: TrackerExchangeContext
			readonly resolve: (answer: UdpAnswer) => void
		},
	) {
		const { options, context, resolve } = parts
		this.#options = options
		this.#context = context
		this.#resolve = resolve
		this.#addresses = context.addresses.map(host => {
			const address = { host, port: options.tracker.port }
			return { address, family: familyOf(host), connection: options.memory.connectionOf(address) }
		})
		this.#turns = createUdpTurns(task, this.#addresses)
		for (const { family } of this.#addresses) {
			const socket = options.udpSocket(family)
			if (socket !== undefined) this.#sockets.set(family, socket)
		}
	}

	start(): void {
		const { signal } = this.#context
		if (signal.aborted) {
			this.#onAbort()
			return
		}
		signal.addEventListener('abort', this.#onAbort)
		const sockets = [...this.#sockets.values()]
		this.#unsubscribes = sockets.map(socket => socket.subscribe(this.#receive))
		this.#proceed()
	}

	readonly #onAbort = () => this.#end(undefined, abortFailure(this.#context.signal))

	readonly #draw = () => this.#options.random.uint32()

	readonly #receive = (bytes: Uint8Array, from: Address) => {
		const now = this.#options.clock.now()
		const step = receiveUdpTurn(this.#turns, { from, bytes, now, draw: this.#draw })
		if (step.type === 'wait') return false
		this.#context.observe('in', from, bytes.slice())
		this.#take(step)
		this.#arm()
		return true
	}

	readonly #proceed = () => {
		let step: UdpTurnStep
		do {
			// A failure may come while a datagram is being sent, and the end with it.
			if (this.#isOver) return
			step = continueUdpTurns(this.#turns, this.#options.clock.now(), this.#draw)
			this.#take(step)
		} while (step.type === 'send')
		this.#arm()
	}

	#take(step: UdpTurnStep): void {
		if (step.type === 'done') this.#end(step.from, step.result)
		else if (step.type === 'send') this.#send(step.to, step.bytes)
	}

	#send(to: Address, bytes: Uint8Array): void {
		const fail = (code: string) => {
			const failure = trackerFailure('unreachable', `the tracker cannot be reached (${code})`)
			failUdpTurn(this.#turns, to, { failure, now: this.#options.clock.now() })
			this.#proceed()
		}
		const socket = this.#sockets.get(familyOf(to.host))
		if (socket === undefined) {
			fail('EAFNOSUPPORT')
			return
		}
		this.#context.observe('out', to, bytes)
		socket.send(bytes, to, fail)
	}

	#arm(): void {
		this.#cancelTimer()
		if (this.#isOver) return
		const { clock } = this.#options
		const now = clock.now()
		this.#cancelTimer = clock.after(nextUdpTurnAt(this.#turns, now) - now, this.#proceed)
	}

	#end(from: Address | undefined, result: UdpAnswer['result']): void {
		const { clock, memory, tracker } = this.#options
		this.#isOver = true
		this.#cancelTimer()
		for (const unsubscribe of this.#unsubscribes) unsubscribe()
		this.#context.signal.removeEventListener('abort', this.#onAbort)
		for (const { address, connection } of this.#addresses) {
			const turn = this.#turns.asked.find(one => one.address === address)
			if (turn !== undefined) memory.keepConnection(address, connection, turn.exchange.connection)
		}
		const silent = silentUdpTurns(this.#turns, clock.now())
		memory.note(tracker, { answered: from?.host, silent })
		this.#resolve({ host: from?.host, result })
	}
}
