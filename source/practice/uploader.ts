// What a scripted peer gives: blocks at its rate, to each wire in turn, late, false or not at all, as its
// personality has it.
import type { Clock } from '../engine/environment.ts'
import type { BlockFields } from '../protocol/message.ts'
import { Pacer } from './pacer.ts'
import type { PeerScript } from './scenario.ts'
import type { ScriptedWire } from './scripted-wire.ts'

export type UploaderOptions = {
	readonly script: PeerScript
	readonly clock: Clock
	readonly wires: ReadonlySet<ScriptedWire>
}

export class Uploader {
	readonly #options: UploaderOptions
	readonly #pacer: Pacer
	readonly #timers = new Set<() => void>()
	#turn = 0
	#served = 0
	#lies = 0
	#silentUntil = Number.NEGATIVE_INFINITY

	constructor(options: UploaderOptions) {
		this.#options = options
		const { clock, script } = options
		this.#pacer = new Pacer({ clock, bytesPerSecond: script.upBytesPerSecond, step: () => this.#serve() })
	}

	/** Wrong blocks that were sent. */
	get lies(): number {
		return this.#lies
	}

	/** A request that may be served came over an unchoked wire. */
	want(wire: ScriptedWire, block: BlockFields): void {
		const { clock, script } = this.#options
		const waitsMs = script.personality.type === 'slow' ? script.personality.hesitatesMs : 0
		wire.wanted.set(wire.numberOf(block), { block, readyAt: clock.now() + waitsMs })
		this.#pokeIn(waitsMs)
	}

	/** There may be room again. */
	poke(): void {
		this.#pacer.poke()
	}

	stop(): void {
		for (const cancel of this.#timers) cancel()
		this.#timers.clear()
		this.#pacer.stop()
	}

	/** One block for one wire; its bytes. */
	#serve(): number | undefined {
		const now = this.#options.clock.now()
		if (now < this.#silentUntil) return undefined
		const wires = [...this.#options.wires]
		for (let step = 0; step < wires.length; step += 1) {
			this.#turn += 1
			const wire = wires[this.#turn % wires.length]
			if (wire?.hasRoom !== true) continue
			const next = wire.wanted.values().next().value
			if (next === undefined || next.readyAt > now || !wire.mayHave(next.block.piece)) continue
			wire.wanted.delete(wire.numberOf(next.block))
			this.#send(wire, next.block, now)
			return next.block.length
		}
		return undefined
	}

	#send(wire: ScriptedWire, block: BlockFields, now: number): void {
		const { personality, falseEvery } = this.#options.script
		this.#served += 1
		const every = personality.type === 'corrupt' ? personality.everyBlocks : falseEvery
		const lie = every !== undefined && this.#served % every === 0
		if (lie) this.#lies += 1
		wire.sendBlock(block, lie)
		if (personality.type !== 'snubbing' || this.#served % personality.afterBlocks !== 0) return
		this.#silentUntil = now + personality.forMs
		this.#pokeIn(personality.forMs)
	}

	#pokeIn(delayMs: number): void {
		if (delayMs === 0) {
			this.poke()
			return
		}
		const cancel = this.#options.clock.after(delayMs, () => {
			this.#timers.delete(cancel)
			this.poke()
		})
		this.#timers.add(cancel)
	}
}
