// First layer of the bencode decoder (BEP 3): checks a whole value once, front to back, and notes where each
// token starts. Two numbers a token in one typed array and no object, so that three million tokens cost tens
// of megabytes and not hundreds. Iterative; time and memory are linear in the bytes.

import { findDuplicateKey } from './bencode-duplicates.ts'
import {
	asciiDictionary,
	asciiInteger,
	asciiList,
	startOf,
	startOfPayload,
	type TokenTable,
} from './bencode-tokens.ts'
import { ProtocolError } from './errors.ts'

export type BencodeLimits = {
	/** Lists and dictionaries that may stand in one another. */
	readonly maxDepth: number
	/** Values, keys, and ends of lists and dictionaries altogether. */
	readonly maxTokens: number
}

const asciiColon = 0x3a
const asciiEnd = 0x65
const asciiMinus = 0x2d
const asciiZero = 0x30
const asciiNine = 0x39

/** Enough for 256-bit numbers; bounds the work of reading one. */
const maxIntegerDigits = 100
/** Offsets are kept in 32 bits. */
const maxInputBytes = 2 ** 31 - 1

/** A scan under way; for this module alone to look into. */
type Scan = {
	readonly bytes: Uint8Array
	readonly limits: BencodeLimits
	table: Int32Array
	count: number
	at: number
	depth: number
	sorted: boolean
	/** By depth: the token that opened the container. */
	readonly openings: Int32Array
	/** By depth: the last key of a dictionary, -1 before the first. */
	readonly lastKeys: Int32Array
	/** By depth: 1 where the keys of the dictionary are out of order. */
	readonly unsorted: Uint8Array
	/** Whether the innermost container is a dictionary, and if so whether the value of a key must come next. */
	inDictionary: boolean
	valueDue: boolean
}

/** Begins the scan of the value at the start of `bytes`. */
export function startScan(bytes: Uint8Array, limits: BencodeLimits): Scan {
	if (bytes.length > maxInputBytes) fail('bencode-size', 'expected less than 2 GiB', 0)
	return {
		bytes,
		limits,
		// Half a number a byte fits most torrents without growing.
		table: new Int32Array(Math.max(64, bytes.length >>> 1)),
		count: 0,
		at: 0,
		depth: 0,
		sorted: true,
		openings: new Int32Array(limits.maxDepth),
		lastKeys: new Int32Array(limits.maxDepth),
		unsorted: new Uint8Array(limits.maxDepth),
		inDictionary: false,
		valueDue: false,
	}
}

/**
 * Scans at most `tokens` tokens more; the table once the value is complete, else undefined.
 * Throws a ProtocolError when the bytes break a rule or a limit.
 */
export function continueScan(scan: Scan, tokens = Number.POSITIVE_INFINITY): TokenTable | undefined {
	for (let done = 0; done < tokens; done += 1) {
		scanToken(scan)
		if (scan.depth === 0) {
			pushToken(scan, scan.at, 0)
			return scan
		}
	}
	return undefined
}

function scanToken(scan: Scan): void {
	const { at } = scan
	const byte = scan.bytes[at]
	if (byte === undefined) fail('bencode-truncated', 'expected more bytes', at)
	if (byte === asciiEnd) {
		close(scan)
		return
	}
	const isKey = scan.inDictionary && !scan.valueDue
	if (isDigit(byte)) {
		scanString(scan)
		if (isKey) checkOrder(scan, scan.count - 1)
	} else if (isKey) {
		fail('bencode-syntax', 'expected a string as key', at)
	} else if (byte === asciiInteger) {
		scanInteger(scan)
	} else if (byte === asciiList || byte === asciiDictionary) {
		open(scan)
		return
	} else {
		fail('bencode-syntax', `expected a value, got byte 0x${byte.toString(16).padStart(2, '0')}`, at)
	}
	scan.valueDue = isKey
}

function open(scan: Scan): void {
	if (scan.depth >= scan.limits.maxDepth) {
		fail('bencode-depth', `expected at most ${scan.limits.maxDepth} levels`, scan.at)
	}
	scan.openings[scan.depth] = scan.count
	scan.lastKeys[scan.depth] = -1
	scan.unsorted[scan.depth] = 0
	addToken(scan, scan.at, 0)
	scan.inDictionary = scan.bytes[scan.at] === asciiDictionary
	scan.valueDue = false
	scan.at += 1
	scan.depth += 1
}

function close(scan: Scan): void {
	if (scan.depth === 0) fail('bencode-syntax', 'expected a value, got an end', scan.at)
	if (scan.valueDue) fail('bencode-syntax', 'expected a value for the key', scan.at)
	scan.depth -= 1
	addToken(scan, scan.at, 0)
	scan.at += 1
	const opening = scan.openings[scan.depth] ?? 0
	scan.table[opening * 2 + 1] = scan.count
	if (scan.unsorted[scan.depth] === 1) checkDuplicates(scan, opening)
	const outer = scan.depth > 0 ? startOf(scan, scan.openings[scan.depth - 1] ?? 0) : -1
	scan.inDictionary = scan.bytes[outer] === asciiDictionary
}

function scanString(scan: Scan): void {
	const { bytes, at } = scan
	let length = 0
	let digit = at
	for (let byte = bytes[digit]; byte !== asciiColon; byte = bytes[digit]) {
		if (byte === undefined) fail('bencode-truncated', 'expected a colon', digit)
		if (!isDigit(byte)) fail('bencode-length', 'expected the length of a string', at)
		if (digit > at && length === 0) fail('bencode-length', 'expected a length without leading zeros', at)
		length = length * 10 + byte - asciiZero
		// Also keeps a length of hundreds of digits from growing further.
		if (length > bytes.length) fail('bencode-truncated', 'expected a string within the bytes', at)
		digit += 1
	}
	const payload = digit + 1
	if (length > bytes.length - payload) {
		fail('bencode-truncated', `expected ${length} bytes of a string`, at)
	}
	addToken(scan, at, payload - at)
	scan.at = payload + length
}

function scanInteger(scan: Scan): void {
	const { bytes, at } = scan
	const first = bytes[at + 1] === asciiMinus ? at + 2 : at + 1
	let end = first
	for (let byte = bytes[end]; byte !== asciiEnd; byte = bytes[end]) {
		if (byte === undefined) fail('bencode-truncated', 'expected the end of an integer', end)
		if (!isDigit(byte)) fail('bencode-integer', 'expected digits', end)
		if (end - first >= maxIntegerDigits) {
			fail('bencode-integer', `expected at most ${maxIntegerDigits} digits`, at)
		}
		end += 1
	}
	if (end === first) fail('bencode-integer', 'expected digits', end)
	const leadingZero = bytes[first] === asciiZero && (end - first > 1 || first > at + 1)
	if (leadingZero) fail('bencode-integer', 'expected an integer without leading zeros, nor -0', at)
	addToken(scan, at, 0)
	scan.at = end + 1
}

function checkOrder(scan: Scan, key: number): void {
	const level = scan.depth - 1
	const last = scan.lastKeys[level] ?? -1
	scan.lastKeys[level] = key
	if (last < 0) return
	const order = compareStrings(scan, last, key)
	if (order === 0) fail('bencode-duplicate-key', 'expected each key once', scan.table[key * 2] ?? 0)
	if (order > 0) {
		scan.unsorted[level] = 1
		scan.sorted = false
	}
}

/** Only for a dictionary out of order, once, at its end: in one that is in order equal keys are neighbours. */
function checkDuplicates(scan: Scan, opening: number): void {
	const duplicate = findDuplicateKey(scan, opening + 1, scan.count - 1)
	if (duplicate >= 0) fail('bencode-duplicate-key', 'expected each key once', startOf(scan, duplicate))
}

function compareStrings(scan: Scan, a: number, b: number): number {
	const { bytes } = scan
	let left = startOf(scan, a) + startOfPayload(scan, a)
	let right = startOf(scan, b) + startOfPayload(scan, b)
	const leftEnd = startOf(scan, a + 1)
	const rightEnd = scan.at
	while (left < leftEnd && right < rightEnd) {
		const difference = (bytes[left] ?? 0) - (bytes[right] ?? 0)
		if (difference !== 0) return difference
		left += 1
		right += 1
	}
	return leftEnd - left - (rightEnd - right)
}

function addToken(scan: Scan, start: number, detail: number): void {
	if (scan.count >= scan.limits.maxTokens) {
		fail('bencode-tokens', `expected at most ${scan.limits.maxTokens} tokens`, start)
	}
	pushToken(scan, start, detail)
}

function pushToken(scan: Scan, start: number, detail: number): void {
	const at = scan.count * 2
	if (at + 2 > scan.table.length) {
		const larger = new Int32Array(scan.table.length * 2)
		larger.set(scan.table)
		scan.table = larger
	}
	scan.table[at] = start
	scan.table[at + 1] = detail
	scan.count += 1
}

function isDigit(byte: number): boolean {
	return byte >= asciiZero && byte <= asciiNine
}

function fail(code: string, message: string, offset: number): never {
	throw new ProtocolError(code, message, { offset })
}
