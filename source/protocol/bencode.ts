// The bencode decoder (BEP 3): a value is checked as a whole by bencode-scan.ts, then read through lazy views
// that copy nothing. Strict: integers and lengths in canonical form, string keys, no key twice. Keys out of
// order are accepted, since they are common, and flagged. No object is ever indexed by a key from outside.

import { type BencodeLimits, continueScan, startScan } from './bencode-scan.ts'
import {
	asciiDictionary,
	asciiInteger,
	asciiList,
	startOf,
	startOfPayload,
	type TokenTable,
	tokenAfter,
} from './bencode-tokens.ts'
import { fromStrictUtf8 } from './bytes.ts'
import { ProtocolError } from './errors.ts'
import { finishSteps, type Steps } from './steps.ts'

export type { BencodeLimits } from './bencode-scan.ts'

export const torrentLimits: BencodeLimits = { maxDepth: 100, maxTokens: 3_000_000 }
export const trackerLimits: BencodeLimits = { maxDepth: 20, maxTokens: 10_000 }
export const extensionLimits: BencodeLimits = { maxDepth: 20, maxTokens: 2_000 }

const tokensPerStep = 50_000

export type BencodeType = 'string' | 'integer' | 'list' | 'dictionary'

/**
 * Decodes the value at the start of `bytes`. Bytes after it are an error unless `allowTrailing`; the value's
 * `end` says where they begin (BEP 9 appends a piece of metadata so). The nodes are views: they are valid as
 * long as `bytes` is not changed.
 *
 * Throws a ProtocolError with the offset: bencode-truncated, bencode-syntax, bencode-integer, bencode-length,
 * bencode-duplicate-key, bencode-depth, bencode-tokens, bencode-trailing or bencode-size.
 */
export function decodeBencode(
	bytes: Uint8Array,
	limits: BencodeLimits,
	options: { readonly allowTrailing?: boolean } = {},
): BencodeNode {
	return finishSteps(decodeBencodeSteps(bytes, limits, options))
}

/** As decodeBencode, but yields after every 50,000 tokens (a few milliseconds), so that a loop can go on. */
export function* decodeBencodeSteps(
	bytes: Uint8Array,
	limits: BencodeLimits,
	options: { readonly allowTrailing?: boolean } = {},
): Steps<BencodeNode> {
	const scan = startScan(bytes, limits)
	let tokens = continueScan(scan, tokensPerStep)
	while (tokens === undefined) {
		yield
		tokens = continueScan(scan, tokensPerStep)
	}
	const root = new BencodeNode(tokens, 0)
	if (root.end < bytes.length && options.allowTrailing !== true) {
		const message = `expected the end, got ${bytes.length - root.end} more bytes`
		throw new ProtocolError('bencode-trailing', message, { offset: root.end })
	}
	return root
}

/** A value in decoded bytes. What is asked of a value of another type is undefined or empty, never an error. */
export class BencodeNode {
	readonly #tokens: TokenTable
	readonly #token: number

	/** For decodeBencode alone. */
	constructor(tokens: TokenTable, token: number) {
		this.#tokens = tokens
		this.#token = token
	}

	get type(): BencodeType {
		switch (this.#tokens.bytes[this.start]) {
			case asciiInteger:
				return 'integer'
			case asciiList:
				return 'list'
			case asciiDictionary:
				return 'dictionary'
			default:
				return 'string'
		}
	}

	/** Offset of the first byte of the encoded value. */
	get start(): number {
		return startOf(this.#tokens, this.#token)
	}

	/** Offset after the last byte of the encoded value. */
	get end(): number {
		return startOf(this.#tokens, tokenAfter(this.#tokens, this.#token))
	}

	/** View of the encoded value, as it came: what hashes are taken over. */
	get raw(): Uint8Array {
		return this.#tokens.bytes.subarray(this.start, this.end)
	}

	/** Whether all dictionaries of the decoded bytes, not of this value only, had their keys in order. */
	get sorted(): boolean {
		return this.#tokens.sorted
	}

	/** View of a string's payload. */
	get bytes(): Uint8Array | undefined {
		if (this.type !== 'string') return undefined
		return this.#tokens.bytes.subarray(this.start + startOfPayload(this.#tokens, this.#token), this.end)
	}

	/** A string's payload as text, when it is well-formed UTF-8. */
	get text(): string | undefined {
		const { bytes } = this
		return bytes === undefined ? undefined : fromStrictUtf8(bytes)
	}

	/** An integer, when a number holds it exactly. */
	get integer(): number | undefined {
		if (this.type !== 'integer') return undefined
		const value = Number(this.#digits())
		return Number.isSafeInteger(value) ? value : undefined
	}

	/** An integer, exact whatever its size. */
	get bigint(): bigint | undefined {
		return this.type === 'integer' ? BigInt(this.#digits()) : undefined
	}

	/** The values of a list. */
	*items(): Generator<BencodeNode, void, undefined> {
		if (this.type !== 'list') return
		const end = tokenAfter(this.#tokens, this.#token) - 1
		for (let token = this.#token + 1; token < end; token = tokenAfter(this.#tokens, token)) {
			yield new BencodeNode(this.#tokens, token)
		}
	}

	/** The keys, as views of their bytes, and values of a dictionary, in the order of the encoded bytes. */
	*entries(): Generator<[key: Uint8Array, value: BencodeNode], void, undefined> {
		if (this.type !== 'dictionary') return
		const end = tokenAfter(this.#tokens, this.#token) - 1
		for (let key = this.#token + 1; key < end; key = tokenAfter(this.#tokens, key + 1)) {
			yield [this.#payload(key), new BencodeNode(this.#tokens, key + 1)]
		}
	}

	/** A dictionary's value for an ASCII key; linear in the number of keys. */
	get(key: string): BencodeNode | undefined {
		if (this.type !== 'dictionary') return undefined
		const end = tokenAfter(this.#tokens, this.#token) - 1
		for (let token = this.#token + 1; token < end; token = tokenAfter(this.#tokens, token + 1)) {
			if (this.#isKey(token, key)) return new BencodeNode(this.#tokens, token + 1)
		}
		return undefined
	}

	/** A dictionary's string for an ASCII key. */
	getBytes(key: string): Uint8Array | undefined {
		return this.get(key)?.bytes
	}

	/** A dictionary's string for an ASCII key, when it is well-formed UTF-8. */
	getText(key: string): string | undefined {
		return this.get(key)?.text
	}

	/** A dictionary's integer for an ASCII key, when a number holds it exactly. */
	getInteger(key: string): number | undefined {
		return this.get(key)?.integer
	}

	/** A dictionary's list for an ASCII key. */
	getList(key: string): BencodeNode | undefined {
		return this.#getOfType(key, 'list')
	}

	/** A dictionary's dictionary for an ASCII key. */
	getDictionary(key: string): BencodeNode | undefined {
		return this.#getOfType(key, 'dictionary')
	}

	#getOfType(key: string, type: BencodeType): BencodeNode | undefined {
		const node = this.get(key)
		return node?.type === type ? node : undefined
	}

	#payload(token: number): Uint8Array {
		const start = startOf(this.#tokens, token) + startOfPayload(this.#tokens, token)
		return this.#tokens.bytes.subarray(start, startOf(this.#tokens, token + 1))
	}

	#isKey(token: number, key: string): boolean {
		const { bytes } = this.#tokens
		const start = startOf(this.#tokens, token) + startOfPayload(this.#tokens, token)
		if (startOf(this.#tokens, token + 1) - start !== key.length) return false
		for (let index = 0; index < key.length; index += 1) {
			if (bytes[start + index] !== key.charCodeAt(index)) return false
		}
		return true
	}

	#digits(): string {
		return String.fromCharCode(...this.#tokens.bytes.subarray(this.start + 1, this.end - 1))
	}
}
