// Posts snapshots: only slices that moved, at most at the screen's rate, and nothing until the last one was
// acknowledged, so a slow terminal costs the engine nothing.
import type { PeerNumber } from '../protocol/ids.ts'
import type { SliceName, Slices } from '../torrent/snapshot.ts'
import type { Clock } from './environment.ts'

/** Where slices come from. A version grows when its slice would look different. */
export type SliceSource = {
	version(name: SliceName): number
	build<Name extends SliceName>(name: Name, wire: WireView): Slices[Name]
}

export type WireView = { readonly rows: number; readonly peer: PeerNumber | undefined }

export type PublisherOptions = {
	readonly clock: Clock
	readonly source: SliceSource
	readonly post: (slices: Partial<Slices>) => void
}

export class Publisher {
	readonly #options: PublisherOptions
	readonly #posted = new Map<SliceName, number>()
	#watched: readonly SliceName[] = []
	#wire: WireView = { rows: 0, peer: undefined }
	#intervalMs = Number.POSITIVE_INFINITY
	#lastAt = Number.NEGATIVE_INFINITY
	#credit = true
	#cancelTimer: (() => void) | undefined

	constructor(options: PublisherOptions) {
		this.#options = options
	}

	/** Zero stops the snapshots. */
	setRate(snapshotsPerSecond: number): void {
		this.#intervalMs = (1000 / snapshotsPerSecond) * this.#options.clock.speed
		this.#stopTimer()
		this.poke()
	}

	watch(slices: readonly SliceName[], wire: WireView): void {
		if (wire.rows !== this.#wire.rows || wire.peer !== this.#wire.peer) this.#posted.delete('wire')
		for (const name of slices) {
			if (!this.#watched.includes(name)) this.#posted.delete(name)
		}
		this.#watched = slices
		this.#wire = wire
		this.poke()
	}

	acknowledge(): void {
		this.#credit = true
		this.poke()
	}

	/** Something may have moved. */
	poke(): void {
		if (!this.#credit || this.#cancelTimer !== undefined || !Number.isFinite(this.#intervalMs)) return
		if (!this.#watched.some(name => this.#moved(name))) return
		const waitMs = this.#lastAt + this.#intervalMs - this.#options.clock.now()
		if (waitMs <= 0) this.#publish()
		else this.#cancelTimer = this.#options.clock.after(waitMs, () => this.#fire())
	}

	/** Posts what moved at once, whatever rate and credit say: the last word before the end. */
	flush(): void {
		this.#stopTimer()
		if (this.#watched.some(name => this.#moved(name))) this.#publish()
	}

	dispose(): void {
		this.#stopTimer()
		this.#intervalMs = Number.POSITIVE_INFINITY
	}

	#fire(): void {
		this.#cancelTimer = undefined
		this.#publish()
	}

	#publish(): void {
		const slices: Partial<Record<SliceName, Slices[SliceName]>> = {}
		for (const name of this.#watched) {
			if (!this.#moved(name)) continue
			slices[name] = this.#options.source.build(name, this.#wire)
			this.#posted.set(name, this.#options.source.version(name))
		}
		this.#lastAt = this.#options.clock.now()
		this.#credit = false
		this.#options.post(slices as Partial<Slices>) // each slice was built under its own name
	}

	#moved(name: SliceName): boolean {
		return this.#posted.get(name) !== this.#options.source.version(name)
	}

	#stopTimer(): void {
		this.#cancelTimer?.()
		this.#cancelTimer = undefined
	}
}
