// Whose fault is it? Theirs: bytes from outside, a ProtocolError, caught in one place, which closes that one
// peer. The world's: values, never thrown through the loop. Ours: invariant(), loudly.

/** A stable name for what was wrong with bytes from outside, in kebab-case, e.g. `bencode-depth`. */
export type ProtocolErrorCode = string

/** Bytes from outside that break a rule of the protocol. `offset` counts bytes from the start of the input. */
export class ProtocolError extends Error {
	override readonly name = 'ProtocolError'
	readonly code: ProtocolErrorCode
	readonly offset: number | undefined

	/** `message` says what was expected and what came; it may hold text from outside and is no SafeText. */
	constructor(code: ProtocolErrorCode, message: string, details: { offset?: number; cause?: unknown } = {}) {
		super(message, 'cause' in details ? { cause: details.cause } : undefined)
		this.code = code
		this.offset = details.offset
	}
}

/** Throws when something we ourselves promised does not hold. */
export function invariant(condition: unknown, message: string): asserts condition {
	if (!condition) throw new Error(`invariant broken: ${message}`)
}
