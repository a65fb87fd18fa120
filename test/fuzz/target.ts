// What a fuzz target is: a function that must hold for any bytes at all, and inputs to start from.
import { ProtocolError } from '../../source/protocol/errors.ts'

export type Target = {
	readonly name: string
	/** How inputs are changed: as plain bytes, as bencoded trees (and bytes), or as text. */
	readonly mutation: 'bytes' | 'bencode' | 'text'
	/** Valid inputs. */
	readonly seeds: () => readonly Uint8Array[]
	/** Words of the format. */
	readonly dictionary?: readonly string[]
	/** Longest input in bytes; 16 KiB unless told. */
	readonly maxBytes?: number
	/**
	 * Throws whatever is wrong. Returns what the input reached (outcomes, codes, states): an input that reaches
	 * something new is kept and changed further.
	 */
	readonly run: (input: Uint8Array) => readonly string[]
}

/** Something that must hold for every input does not. */
class Violation extends Error {
	override readonly name = 'Violation'
}

/** Throws a Violation unless the condition holds. */
export function check(condition: boolean, message: string): asserts condition {
	if (!condition) throw new Violation(message)
}

export type Attempt<Value> =
	| { readonly ok: true; readonly value: Value }
	| { readonly ok: false; readonly error: ProtocolError }

/** The result, or the ProtocolError; any other exception passes through and is a finding. */
export function attempt<Value>(action: () => Value): Attempt<Value> {
	try {
		return { ok: true, value: action() }
	} catch (error) {
		if (error instanceof ProtocolError) return { ok: false, error }
		throw error
	}
}

/** Throws a Violation unless both are the same value, as JSON tells. */
export function checkSame(left: unknown, right: unknown, message: string): void {
	const [a, b] = [asText(left), asText(right)]
	check(a === b, `${message}: ${a.slice(0, 300)} and ${b.slice(0, 300)}`)
}

function asText(value: unknown): string {
	const text = JSON.stringify(value, (_, part: unknown) => {
		if (typeof part === 'bigint') return `${part}n`
		if (part instanceof Uint8Array) return Buffer.from(part).toString('hex')
		if (part instanceof Map || part instanceof Set) return [...(part as Iterable<unknown>)]
		return part
	}) as string | undefined
	return text ?? 'undefined'
}
