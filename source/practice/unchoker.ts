// Whom a scripted peer unchokes, and when, as its personality has it.
import type { Clock } from '../engine/environment.ts'
import { type RandomState, randomBelow } from '../torrent/random.ts'
import type { Personality } from './scenario.ts'
import type { ScriptedWire } from './scripted-wire.ts'

export type UnchokerOptions = {
	readonly personality: Personality
	readonly clock: Clock
	readonly random: RandomState
	readonly wires: ReadonlySet<ScriptedWire>
}

const roundMs = 10_000
/** What was given in a round counts half as much in the next. */
const memory = 0.5
/** The one by lot stays for so many rounds. */
const lotRounds = 2

export class Unchoker {
	readonly #options: UnchokerOptions
	readonly #timers = new Set<() => void>()
	/** What each wire gave of late, in bytes. */
	readonly #given = new Map<ScriptedWire, number>()
	#chokesAll = false
	#rounds = 0
	#byLot: ScriptedWire | undefined

	constructor(options: UnchokerOptions) {
		this.#options = options
	}

	start(): void {
		const { personality } = this.#options
		if (personality.type === 'choky') this.#after(personality.unchokedMs, () => this.#chokeAll())
		if (personality.type === 'reciprocal') this.#after(roundMs / 2, () => this.#round(personality.slots))
	}

	stop(): void {
		for (const cancel of this.#timers) cancel()
		this.#timers.clear()
		this.#given.clear()
		this.#chokesAll = false
		this.#byLot = undefined
	}

	/** The other end became interested. It is unchoked after a moment, as by others who do so in rounds. */
	consider(wire: ScriptedWire): void {
		const { type } = this.#options.personality
		if (type === 'silent' || type === 'taking' || type === 'reciprocal') return
		this.#after(200 + randomBelow(this.#options.random, 1500), () => {
			if (!this.#chokesAll && this.#wants(wire)) this.#unchoke(wire)
		})
	}

	received(wire: ScriptedWire, bytes: number): void {
		this.#given.set(wire, (this.#given.get(wire) ?? 0) + bytes)
	}

	closed(wire: ScriptedWire): void {
		this.#given.delete(wire)
		if (this.#byLot === wire) this.#byLot = undefined
	}

	#chokeAll(): void {
		const { personality, wires } = this.#options
		if (personality.type !== 'choky') return
		this.#chokesAll = true
		for (const wire of wires) wire.choke()
		this.#after(personality.chokedMs, () => {
			this.#chokesAll = false
			for (const wire of wires) if (this.#wants(wire)) this.consider(wire)
			this.#after(personality.unchokedMs, () => this.#chokeAll())
		})
	}

	#round(slots: number): void {
		const { random, wires } = this.#options
		const wanting = [...wires].filter(wire => this.#wants(wire))
		const givers = wanting
			.filter(wire => (this.#given.get(wire) ?? 0) > 0)
			.sort((one, other) => (this.#given.get(other) ?? 0) - (this.#given.get(one) ?? 0))
			.slice(0, slots)
		const others = wanting.filter(wire => !givers.includes(wire))
		const isLotDue = this.#rounds % lotRounds === 0
		if (isLotDue || this.#byLot === undefined || !others.includes(this.#byLot))
			this.#byLot = others[randomBelow(random, others.length)]
		this.#rounds += 1
		for (const wire of wires) {
			if (givers.includes(wire) || wire === this.#byLot) this.#unchoke(wire)
			else wire.choke()
		}
		for (const [wire, bytes] of this.#given) this.#given.set(wire, Math.floor(bytes * memory))
		this.#after(roundMs, () => this.#round(slots))
	}

	#wants(wire: ScriptedWire): boolean {
		return this.#options.wires.has(wire) && wire.session?.peerInterested === true
	}

	#unchoke(wire: ScriptedWire): void {
		if (wire.session?.amChoking === true) wire.send({ type: 'unchoke' })
	}

	#after(delayMs: number, callback: () => void): void {
		const cancel = this.#options.clock.after(delayMs, () => {
			this.#timers.delete(cancel)
			callback()
		})
		this.#timers.add(cancel)
	}
}
