// The fields of a datagram of local discovery (BEP 14): a request as in HTTP, line by line. Any bytes make a tree.
import { fromHex } from '../protocol/bytes.ts'
import { type SafeText, safe } from '../protocol/safe-text.ts'
import { createField, type Field, wholeOf } from './field.ts'
import { hexWords, lengthWords, nameWords, textWords } from './field-words.ts'
import { headerField, type HeaderHint, linesOf } from './header-fields.ts'
import type { Specimen } from './specimen.ts'

const longestBytes = 1400
const requestLine = 'BT-SEARCH * HTTP/1.1'

const hints: ReadonlyMap<string, HeaderHint> = new Map<string, HeaderHint>([
	['host', { lore: 'localHost' }],
	['port', { lore: 'localPort', words: portWords }],
	['infohash', { lore: 'localHash', words: hashWords }],
	['cookie', { lore: 'localCookie' }],
])

/** The whole datagram. */
export function dissectLocal(specimen: Specimen): Field {
	const { bytes, totalBytes } = specimen
	const [first, ...headers] = linesOf(bytes)
	const children: Field[] = []
	if (first !== undefined) {
		const text = bytes.subarray(first.start, first.contentEnd)
		const isOurs = String.fromCharCode(...text.subarray(0, 64)) === requestLine
		const problem = isOurs ? undefined : safe`expected a search of BitTorrent`
		const reading = { value: textWords(text), lore: 'localRequest', problem } as const
		children.push(createField(safe`request line`, first.start, first.end, reading))
	}
	for (const line of headers) children.push(headerField(bytes, line, name => hints.get(name)))
	const end = children.at(-1)?.end ?? 0
	if (end < bytes.length) children.push(restField(bytes, end))
	const problem = totalBytes > longestBytes ? safe`expected at most ${longestBytes} bytes` : undefined
	return wholeOf(safe`local announce`, specimen, {
		value: lengthWords(totalBytes),
		lore: 'localAnnounce',
		children,
		problem,
	})
}

// BEP 14 ends a datagram with two empty lines, HTTP with one.
function restField(bytes: Uint8Array, start: number): Field {
	const rest = bytes.subarray(start)
	const isBlank = rest.every(byte => byte === 0x0d || byte === 0x0a)
	return createField(isBlank ? safe`empty line` : safe`surplus`, start, bytes.length, {
		value: isBlank ? safe`ends the datagram` : hexWords(rest),
		lore: 'headerEnd',
		problem: isBlank ? undefined : safe`expected the end`,
	})
}

function portWords(value: Uint8Array): SafeText {
	return safe`port ${nameWords(value)}`
}

function hashWords(value: Uint8Array): SafeText | undefined {
	const text = String.fromCharCode(...value.subarray(0, 64))
	return /^[0-9a-f]{40}$/iu.test(text) ? hexWords(fromHex(text)) : undefined
}
