// The table of tokens that the bencode scan makes and the views read: two numbers a token.

export const asciiDictionary = 0x64
export const asciiInteger = 0x69
export const asciiList = 0x6c

/**
 * The tokens of one checked value in the order of the bytes: strings (keys too), integers, openings of lists
 * and dictionaries, their ends, and after the last a token that only marks the end offset.
 * `table[2 * i]` is the offset at which token i starts. `table[2 * i + 1]` is, for a string, the bytes before
 * its payload; for an opening, the token after its end; otherwise 0.
 */
export type TokenTable = {
	readonly bytes: Uint8Array
	readonly table: Int32Array
	/** Whether the keys of every dictionary were in order, as BEP 3 wants. */
	readonly sorted: boolean
}

/** What finding a token's extent takes; a table that still grows is good enough. */
export type Tokens = Pick<TokenTable, 'bytes' | 'table'>

/** Offset at which a token starts. */
export function startOf(tokens: Tokens, token: number): number {
	return tokens.table[token * 2] ?? 0
}

/** Bytes before the payload of a string token. */
export function startOfPayload(tokens: Tokens, token: number): number {
	return tokens.table[token * 2 + 1] ?? 0
}

/** The token after the whole value that starts with this one. */
export function tokenAfter(tokens: Tokens, token: number): number {
	const byte = tokens.bytes[startOf(tokens, token)]
	const opens = byte === asciiList || byte === asciiDictionary
	return opens ? (tokens.table[token * 2 + 1] ?? 0) : token + 1
}
