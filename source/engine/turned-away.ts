// Who is not let in at all for a while (threats P5, P6): hosts whose connections broke the rules again and again. A
// handshake costs a stranger a packet and us a parser, a row on the screen and sometimes a key exchange; whoever was
// thrown out and is back at once gets none of that. Nobody can do it to somebody else, since TCP proves the address.
import { networkKey } from '../protocol/address.ts'
import type { DropReason } from '../torrent/reasons.ts'

/** One fault is anybody's: a client that tries encryption first and is refused comes back plainly. */
const faultsForgiven = 1
const rememberedMs = 60_000
/** How long a host is refused after its last fault. */
export const awayMs = 30_000
/** Hosts that are remembered; the oldest make room. */
const mostHosts = 4_096

type Record = { readonly faults: number; readonly lastAt: number }

export class TurnedAway {
	/** By host or network, the latest fault last. */
	readonly #records = new Map<string, Record>()

	/** A connection of this host ended by its own fault; whether it is refused from now on. Instants are in ms. */
	note(host: string, now: number): boolean {
		if (isThisMachine(host)) return false
		const key = networkKey(host)
		const before = this.#records.get(key)
		const isFresh = before !== undefined && now - before.lastAt < rememberedMs
		const faults = (isFresh ? before.faults : 0) + 1
		this.#records.delete(key)
		this.#records.set(key, { faults, lastAt: now })
		for (const oldest of this.#records.keys()) {
			if (this.#records.size <= mostHosts) break
			this.#records.delete(oldest)
		}
		return faults > faultsForgiven
	}

	/** Whether connections of this host are refused at this instant. */
	has(host: string, now: number): boolean {
		if (this.#records.size === 0) return false
		const record = this.#records.get(networkKey(host))
		return record !== undefined && record.faults > faultsForgiven && now - record.lastAt < awayMs
	}
}

/** Whether a connection that ended for this reason broke the rules, rather than being of no use. */
export function isFault(reason: DropReason): boolean {
	switch (reason.code) {
		case 'handshake-timeout':
		case 'too-many-rejects':
		case 'too-much-waste':
		case 'slow-reader':
		case 'pex-too-often':
			return true
		case 'protocol-error':
			return !ourWishes.has(reason.error)
		default:
			return false
	}
}

/** Errors that say what we want and cannot be told beforehand. */
const ourWishes = new Set(['mse-busy', 'encryption-required'])

// Many programs share these, and they are not strangers.
function isThisMachine(host: string): boolean {
	return host === '127.0.0.1' || host === '::1'
}
