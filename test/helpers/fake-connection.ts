// A connection without a network: what is written is kept, what comes in is called by the test.
import type { Address } from '../../source/protocol/address.ts'
import type { Connection, ConnectionHandler } from '../../source/engine/environment.ts'

export class FakeConnection implements Connection {
	readonly remote: Address
	readonly local = undefined
	readonly written: Uint8Array[] = []
	/** What the system has not taken yet; grows by what is written while `isStuck`. */
	queuedBytes = 0
	isStuck = false
	paused = false
	destroyed = false
	handler: ConnectionHandler | undefined

	constructor(remote: Address = { host: '192.0.2.1', port: 6881 }) {
		this.remote = remote
	}

	/** All that was written, in one. */
	get bytes(): Uint8Array {
		return new Uint8Array(Buffer.concat(this.written))
	}

	write(bytes: Uint8Array): boolean {
		this.written.push(bytes.slice())
		if (this.isStuck) this.queuedBytes += bytes.length
		return this.queuedBytes === 0
	}

	/** The system takes everything. */
	drain(): void {
		this.isStuck = false
		this.queuedBytes = 0
		this.handler?.onDrain()
	}

	pause(): void {
		this.paused = true
	}

	resume(): void {
		this.paused = false
	}

	destroy(): void {
		if (this.destroyed) return
		this.destroyed = true
		this.handler?.onClose(undefined)
	}
}
