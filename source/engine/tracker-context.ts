// What one exchange with a tracker has to hand, whatever protocol carries it.
import type { Address } from '../protocol/address.ts'
import type { TrackerFailure, TrackerFailureCode } from '../protocol/announce.ts'
import { type SafeText, safeText } from '../protocol/safe-text.ts'

/** Bytes of one side of an exchange, for the inspector. */
export type TrackerTraffic = {
	/** The tracker's URL with secrets masked. */
	readonly tracker: SafeText
	readonly direction: 'in' | 'out'
	readonly transport: 'http' | 'https' | 'udp'
	/** The tracker's end. */
	readonly address: Address
	/** A datagram, or head and body of an HTTP message, unpacked; secrets in the request head are masked. */
	readonly bytes: Uint8Array
	/** Instant on the engine's clock. */
	readonly at: number
	/** Of an answer: since it was asked for, in ms. */
	readonly latencyMs: number | undefined
}

export type TrackerExchangeContext = {
	/** Aborts at the deadline and when the caller gives up; `reason` tells which. */
	readonly signal: AbortSignal
	/** The addresses of the tracker that were checked, at least one, to be tried in this order. */
	readonly addresses: readonly string[]
	readonly observe: (direction: 'in' | 'out', address: Address, bytes: Uint8Array) => void
}

/** Why a signal of ours was aborted when the deadline passed. */
export const deadlinePassed = Symbol('deadline passed')

/** A failure in our words. */
export function trackerFailure(code: TrackerFailureCode, message: string): TrackerFailure {
	return { type: 'failed', code, message: safeText(message, 1024) }
}

/** The failure that an aborted signal stands for. */
export function abortFailure(signal: AbortSignal): TrackerFailure {
	return signal.reason === deadlinePassed
		? trackerFailure('timeout', 'the tracker did not answer in time')
		: trackerFailure('aborted', 'the announce was given up')
}
