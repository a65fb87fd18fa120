// Events on their way out: stamped, in order, in bounded batches. What does not fit becomes one `dropped`.
import type { TorrentEvent } from '../torrent/boundary.ts'
import type { TimedEvent } from './api.ts'
import type { Clock } from './environment.ts'

const batchLimit = 1000
const pieceDelayMs = 50

export class Emitter {
	readonly #clock: Clock
	readonly #post: (events: readonly TimedEvent[]) => void
	#waiting: TimedEvent[] = []
	#dropped = 0
	#dueIn = Number.POSITIVE_INFINITY
	#cancel: (() => void) | undefined

	constructor(clock: Clock, post: (events: readonly TimedEvent[]) => void) {
		this.#clock = clock
		this.#post = post
	}

	emit(event: TorrentEvent): void {
		if (this.#waiting.length >= batchLimit) this.#dropped += 1
		else this.#waiting.push(this.#stamp(event))
		// Verified pieces come by the hundred a second, and nobody waits for one.
		const dueIn = event.type === 'pieceVerified' ? pieceDelayMs : 0
		if (dueIn >= this.#dueIn) return
		this.#cancel?.()
		this.#dueIn = dueIn
		this.#cancel = this.#clock.after(dueIn, () => this.flush())
	}

	/** Posts what waits. */
	flush(): void {
		this.#cancel?.()
		this.#cancel = undefined
		this.#dueIn = Number.POSITIVE_INFINITY
		const events = this.#waiting
		if (this.#dropped > 0) events.push(this.#stamp({ type: 'dropped', count: this.#dropped }))
		this.#waiting = []
		this.#dropped = 0
		if (events.length > 0) this.#post(events)
	}

	#stamp(event: TorrentEvent): TimedEvent {
		return { at: this.#clock.now(), wallTime: this.#clock.wallTime(), event }
	}
}
