// The fields of a bencoded value (BEP 3, bencoding): every key, string and integer with its bytes. What the
// values mean is told by hints, since bencode does not know. Depth and number are bounded by the decoder.
import { type BencodeLimits, decodeBencode, type BencodeNode, extensionLimits } from '../protocol/bencode.ts'
import { ProtocolError } from '../protocol/errors.ts'
import { type SafeText, safe, safeText } from '../protocol/safe-text.ts'
import { createField, type Field, type Reading } from './field.ts'
import { hexWords, lengthWords, nameWords, textWords } from './field-words.ts'
import type { LoreName } from './lore.ts'

/** What is known of a value beside its bytes, by the key under which it stands. */
export type Hint = {
	readonly lore?: LoreName
	/** In words; undefined where the value is none that the key may have. */
	readonly words?: (node: BencodeNode) => SafeText | undefined
	/** Fields of a string's payload that starts at `at`. */
	readonly parts?: (payload: Uint8Array, at: number) => Field[]
	/** Hints for the values of a dictionary. */
	readonly keys?: (key: string) => Hint | undefined
	/** Hints for the values of a list, counted from zero. */
	readonly items?: (index: number) => Hint | undefined
}

/** What stands behind the value: BEP 9 appends a piece of metadata. */
export type Tail = { readonly name: SafeText; readonly lore: LoreName }

export type BencodeFacts = { readonly tail?: Tail; readonly limits?: BencodeLimits }

/** Words for integers only. */
export function integerWords(
	words: (value: number) => SafeText | undefined,
): (node: BencodeNode) => SafeText | undefined {
	return node => (node.integer === undefined ? undefined : words(node.integer))
}

/**
 * The value that fills `bytes`, which start at `at` of the message, as fields of a payload. Where it is no
 * bencode there are two fields at most, and the second says what is wrong with it.
 */
export function dissectBencode(bytes: Uint8Array, at: number, hint: Hint, facts: BencodeFacts = {}): Reading {
	try {
		const root = decodeBencode(bytes, facts.limits ?? extensionLimits, { allowTrailing: true })
		const children = valueParts(root, at, hint)
		if (root.end < bytes.length) children.push(tailField(bytes.subarray(root.end), at + root.end, facts.tail))
		const problem = root.sorted ? {} : { problem: safe`expected the keys in order` }
		return { value: valueWords(root, hint), children, ...problem }
	} catch (error) {
		if (!(error instanceof ProtocolError)) throw error
		return brokenReading(bytes, at, error)
	}
}

function brokenReading(bytes: Uint8Array, at: number, error: ProtocolError): Reading {
	const problem = safeText(error.message)
	const split = Math.min(error.offset ?? 0, bytes.length)
	const value = safe`no bencode, ${lengthWords(bytes.length)}`
	if (bytes.length === 0) return { value, problem }
	const children: Field[] = []
	if (split > 0) {
		children.push(
			createField(safe`before the fault`, at, at + split, { value: hexWords(bytes.subarray(0, split)) }),
		)
	}
	if (split < bytes.length) {
		const rest = { value: hexWords(bytes.subarray(split)), problem }
		children.push(createField(safe`from the fault on`, at + split, at + bytes.length, rest))
	}
	return { value, problem, children }
}

function tailField(bytes: Uint8Array, at: number, tail: Tail | undefined): Field {
	const end = at + bytes.length
	if (tail === undefined) {
		return createField(safe`surplus`, at, end, {
			value: hexWords(bytes),
			problem: safe`expected the end`,
			lore: 'surplus',
		})
	}
	return createField(tail.name, at, end, { value: lengthWords(bytes.length), lore: tail.lore })
}

/** Fields that fill the bytes of a value. */
function valueParts(node: BencodeNode, at: number, hint: Hint): Field[] {
	switch (node.type) {
		case 'integer':
			return [mark(safe`integer`, node.raw, at + node.start, 'bencodeInteger')]
		case 'string':
			return stringParts(node, at, hint)
		case 'list':
			return container(node, at, listItems(node, at, hint))
		case 'dictionary':
			return container(node, at, dictionaryEntries(node, at, hint))
	}
}

function mark(name: SafeText, raw: Uint8Array, start: number, lore: LoreName): Field {
	return createField(name, start, start + raw.length, { value: textWords(raw), lore })
}

function stringParts(node: BencodeNode, at: number, hint: Hint): Field[] {
	const payload = node.bytes ?? new Uint8Array(0)
	const end = at + node.end
	const split = end - payload.length
	const parts = [
		createField(safe`length`, at + node.start, split, {
			value: safe`${payload.length} B`,
			lore: 'bencodeLength',
		}),
	]
	if (payload.length === 0) return parts
	const children = hint.parts?.(payload, split) ?? []
	parts.push(
		createField(safe`string`, split, end, { value: textWords(payload), children, lore: 'bencodeString' }),
	)
	return parts
}

function container(node: BencodeNode, at: number, inner: readonly Field[]): Field[] {
	const { raw } = node
	const lore = node.type === 'list' ? 'bencodeList' : 'bencodeDictionary'
	return [
		mark(safe`begins`, raw.subarray(0, 1), at + node.start, lore),
		...inner,
		mark(safe`ends`, raw.subarray(raw.length - 1), at + node.end - 1, lore),
	]
}

function listItems(node: BencodeNode, at: number, hint: Hint): Field[] {
	const items: Field[] = []
	for (const item of node.items()) {
		const of = hint.items?.(items.length) ?? {}
		items.push(
			createField(safe`${items.length + 1}`, at + item.start, at + item.end, {
				value: valueWords(item, of),
				children: valueParts(item, at, of),
				lore: of.lore,
				folded: true,
			}),
		)
	}
	return items
}

function dictionaryEntries(node: BencodeNode, at: number, hint: Hint): Field[] {
	const entries: Field[] = []
	// Keys and values stand side by side: a key begins where the last value ended.
	let start = node.start + 1
	for (const [key, value] of node.entries()) {
		const of = hint.keys?.(asciiKey(key)) ?? {}
		const keyField = createField(safe`key`, at + start, at + value.start, {
			value: textWords(key),
			lore: 'bencodeKey',
		})
		entries.push(
			createField(nameWords(key), at + start, at + value.end, {
				value: valueWords(value, of),
				children: [keyField, ...valueParts(value, at, of)],
				lore: of.lore ?? 'bencodeEntry',
				folded: value.type !== 'dictionary' || value.end - value.start === 2,
			}),
		)
		start = value.end
	}
	return entries
}

function valueWords(node: BencodeNode, hint: Hint): SafeText {
	const words = hint.words?.(node)
	if (words !== undefined) return words
	switch (node.type) {
		case 'integer':
			return nameWords(node.raw.subarray(1, -1))
		case 'string':
			return textWords(node.bytes ?? new Uint8Array(0))
		case 'list':
			return countWords(countOf(node.items()), 'value')
		case 'dictionary':
			return countWords(countOf(node.entries()), 'key')
	}
}

function countWords(count: number, noun: 'value' | 'key'): SafeText {
	return safeText(`${count} ${noun}${count === 1 ? '' : 's'}`)
}

function countOf(values: Iterable<unknown>): number {
	let count = 0
	const iterator = values[Symbol.iterator]()
	while (iterator.next().done !== true) count += 1
	return count
}

/** For looking up only: keys that are longer or no ASCII match nothing that we know. */
function asciiKey(key: Uint8Array): string {
	return key.length > 32 ? '' : String.fromCharCode(...key)
}
