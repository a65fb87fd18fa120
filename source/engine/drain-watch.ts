// Tells when a peer's socket has taken all that was written: what is given without being asked for block by block
// must not pile up before somebody who does not read.
import type { PeerNumber } from '../protocol/ids.ts'
import type { PeerLink } from './peer-link.ts'

export class DrainWatch {
	readonly #awaited = new Set<PeerNumber>()
	readonly #tell: (peer: PeerNumber) => void

	constructor(tell: (peer: PeerNumber) => void) {
		this.#tell = tell
	}

	/** Tells at once where nothing waits. */
	await(link: PeerLink | undefined): void {
		if (link === undefined) return
		this.#awaited.add(link.peer)
		if (link.queuedBytes === 0) this.drained(link.peer)
	}

	drained(peer: PeerNumber): void {
		if (this.#awaited.delete(peer)) this.#tell(peer)
	}

	forget(peer: PeerNumber): void {
		this.#awaited.delete(peer)
	}
}
