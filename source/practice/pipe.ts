// The two ends of one TCP connection in memory. Bytes arrive in order after the latency; an end that was closed
// hears nothing more, the other one hears of it after what was sent before.
import type { Address } from '../protocol/address.ts'
import type { Clock, Connection, ConnectionHandler } from '../engine/environment.ts'
import { type RandomState, randomBelow } from '../torrent/random.ts'

export type PipeOptions = {
	readonly clock: Clock
	readonly random: RandomState
	readonly latencyMs: number
	/** Of the near end and of the far one. */
	readonly ends: readonly [Address, Address]
}

const poison = 0xa5

/** What was written before an end has a handler waits for it. */
export function createPipe(options: PipeOptions): { readonly near: PipeEnd; readonly far: PipeEnd } {
	const [local, remote] = options.ends
	const near = new PipeEnd(options, local, remote)
	const far = new PipeEnd(options, remote, local)
	near.join(far)
	far.join(near)
	return { near, far }
}

export class PipeEnd implements Connection {
	readonly local: Address
	readonly remote: Address
	/** The system takes everything at once. */
	readonly queuedBytes = 0
	readonly #options: PipeOptions
	readonly #waiting: Uint8Array[] = []
	#other: PipeEnd | undefined
	#handler: ConnectionHandler | undefined
	#paused = false
	#ended = false
	#closed = false

	constructor(options: PipeOptions, local: Address, remote: Address) {
		this.#options = options
		this.local = local
		this.remote = remote
	}

	join(other: PipeEnd): void {
		this.#other = other
	}

	attach(handler: ConnectionHandler): void {
		this.#handler = handler
		this.#deliver()
	}

	write(bytes: Uint8Array): boolean {
		const { clock, latencyMs } = this.#options
		const other = this.#other
		if (this.#closed || other === undefined) return true
		const sent = bytes.slice()
		clock.after(latencyMs, () => other.#take(sent))
		return true
	}

	pause(): void {
		this.#paused = true
	}

	resume(): void {
		this.#paused = false
		this.#deliver()
	}

	destroy(): void {
		if (this.#closed) return
		const { clock, latencyMs } = this.#options
		const other = this.#other
		if (other !== undefined) clock.after(latencyMs, () => other.#end())
		this.#close()
	}

	#take(bytes: Uint8Array): void {
		this.#waiting.push(bytes)
		this.#deliver()
	}

	#end(): void {
		this.#ended = true
		this.#deliver()
	}

	#deliver(): void {
		while (this.#handler !== undefined && !this.#paused && !this.#closed) {
			const bytes = this.#waiting.shift()
			if (bytes === undefined) break
			const cut = randomBelow(this.#options.random, bytes.length)
			this.#hand(bytes.subarray(0, cut))
			this.#hand(bytes.subarray(cut))
		}
		if (this.#ended && this.#waiting.length === 0) this.#close()
	}

	#hand(bytes: Uint8Array): void {
		if (this.#closed || bytes.length === 0) return
		this.#handler?.onData(bytes)
		bytes.fill(poison)
	}

	#close(): void {
		if (this.#closed) return
		this.#closed = true
		this.#waiting.length = 0
		this.#options.clock.after(0, () => this.#handler?.onClose(undefined))
	}
}
