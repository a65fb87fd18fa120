// Bencode for what we send (BEP 3), by the npm package `bencode`. That encoder leaves null and unknown types
// out, rounds fractions and turns booleans into numbers; here a value that bencode has no form for throws.

// eslint-disable-next-line @typescript-eslint/triple-slash-reference -- folders that import this one need it too
/// <reference path="./npm-bencode.d.ts" />
import bencode from 'bencode'

/** What bencode has a form for. Text is written as UTF-8; a Map and a plain object are both dictionaries. */
export type Bencodable =
	| string
	| number
	| Uint8Array
	| readonly Bencodable[]
	| ReadonlyMap<string, Bencodable>
	| { readonly [key: string]: Bencodable }

/** How deep lists and dictionaries may stand in one another; also what stops a cycle. */
const maxDepth = 100
const surrogate = /[\ud800-\udfff]/
const loneSurrogate = /\p{Cs}/u

/**
 * The bencoded form of `value`, dictionaries sorted by the bytes of their keys (BEP 3). Throws a TypeError
 * for anything but well-formed text, byte strings, safe integers, lists and dictionaries, for keys outside
 * the basic plane (the encoder would not sort those by their bytes) and for more than 100 levels.
 */
export function encodeBencode(value: Bencodable): Uint8Array<ArrayBuffer> {
	check(value, 0)
	return bencode.encode(value)
}

function check(value: unknown, depth: number): void {
	if (depth > maxDepth) throw new TypeError(`cannot bencode more than ${maxDepth} levels or a cycle`)
	if (value instanceof Uint8Array) return
	if (typeof value === 'string') {
		if (loneSurrogate.test(value)) throw new TypeError('cannot bencode ill-formed text')
	} else if (typeof value === 'number') {
		if (!Number.isSafeInteger(value)) throw new TypeError(`cannot bencode the number ${value}`)
	} else if (Array.isArray(value)) {
		// A hole reads as undefined, which is refused.
		for (let index = 0; index < value.length; index += 1) check(value[index], depth + 1)
	} else if (value instanceof Map) {
		for (const [key, entry] of value) checkEntry(key, entry, depth)
	} else if (isPlainObject(value)) {
		for (const [key, entry] of Object.entries(value)) checkEntry(key, entry, depth)
	} else {
		throw new TypeError(`cannot bencode a ${value === null ? 'null' : typeof value}`)
	}
}

function checkEntry(key: unknown, entry: unknown, depth: number): void {
	if (typeof key !== 'string') throw new TypeError(`cannot bencode a key that is a ${typeof key}`)
	if (surrogate.test(key)) throw new TypeError('cannot bencode a key outside the basic plane')
	check(entry, depth + 1)
}

function isPlainObject(value: unknown): value is object {
	if (typeof value !== 'object' || value === null) return false
	const prototype: unknown = Object.getPrototypeOf(value)
	return prototype === Object.prototype || prototype === null
}
