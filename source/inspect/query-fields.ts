// The target of a request to an HTTP tracker (BEP 3, and 7, 23, 8): its path, then each argument with what it says
// once the percent signs are read.
import { fromHex } from '../protocol/bytes.ts'
import { type SafeText, safe } from '../protocol/safe-text.ts'
import { createField, type Field } from './field.ts'
import { hexWords, nameWords, textWords } from './field-words.ts'
import type { LoreName } from './lore.ts'
import { formatBytes } from './units.ts'
import { safeText } from '../protocol/safe-text.ts'

const questionMark = 0x3f
const ampersand = 0x26
const equals = 0x3d
const mostArguments = 200

type Argument = { readonly lore: LoreName; readonly words?: (value: Uint8Array) => SafeText }

const known: ReadonlyMap<string, Argument> = new Map<string, Argument>([
	['info_hash', { lore: 'infoHash', words: hexWords }],
	['peer_id', { lore: 'peerId', words: textWords }],
	['port', { lore: 'announcePort' }],
	['uploaded', { lore: 'announceUploaded', words: amountWords }],
	['downloaded', { lore: 'announceDownloaded', words: amountWords }],
	['left', { lore: 'announceLeft', words: amountWords }],
	['event', { lore: 'announceEvent' }],
	['compact', { lore: 'announceCompact' }],
	['numwant', { lore: 'announceWanted' }],
	['key', { lore: 'announceKey' }],
	['no_peer_id', { lore: 'announceCompact' }],
	['trackerid', { lore: 'announceTrackerId' }],
	['ip', { lore: 'announceAddress' }],
	['ipv4', { lore: 'announceAddress' }],
	['ipv6', { lore: 'announceAddress' }],
])

/** Fields of `bytes` from `start` to `end`. */
export function targetFields(bytes: Uint8Array, start: number, end: number): Field[] {
	const mark = bytes.indexOf(questionMark, start)
	const pathEnd = mark < 0 || mark >= end ? end : mark
	const fields = [
		createField(safe`path`, start, pathEnd, {
			value: nameWords(bytes.subarray(bytes[start] === 0x20 ? start + 1 : start, pathEnd)),
			lore: 'httpPath',
		}),
	].filter(field => field.end > field.start)
	let at = pathEnd
	while (at < end) {
		const next = bytes.indexOf(ampersand, at + 1)
		const isLast = next < 0 || next >= end || fields.length > mostArguments
		const argumentEnd = isLast ? end : next
		fields.push(argumentField(bytes, at, argumentEnd))
		at = argumentEnd
	}
	return fields
}

/** `start` is the mark before it. */
function argumentField(bytes: Uint8Array, start: number, end: number): Field {
	const at = bytes.indexOf(equals, start)
	const split = at < 0 || at >= end ? end : at + 1
	const name = bytes.subarray(start + 1, at < 0 || at >= end ? end : at)
	const { lore, words } = known.get(String.fromCharCode(...name.subarray(0, 32))) ?? { lore: 'announceOther' }
	const raw = bytes.subarray(split, end)
	const value = isMasked(raw) ? safe`masked` : (words ?? nameWords)(unescape(raw))
	const children =
		split === end
			? []
			: [
					createField(safe`name`, start, split, { value: textWords(name), lore: 'announceOther' }),
					createField(safe`as sent`, split, end, { value: nameWords(raw), lore: 'percentEncoding' }),
				]
	return createField(nameWords(name), start, end, { value, lore, children, folded: true })
}

function isMasked(raw: Uint8Array): boolean {
	return raw.length === 3 && raw.every(byte => byte === 0x2a)
}

function amountWords(value: Uint8Array): SafeText {
	const words = nameWords(value)
	const number = Number(words)
	return Number.isSafeInteger(number) && number >= 1000
		? safe`${words}, ${safeText(formatBytes(number))}`
		: words
}

/** What percent signs stand for; one that is followed by no two digits is itself. */
function unescape(raw: Uint8Array): Uint8Array {
	const bytes: number[] = []
	for (let at = 0; at < raw.length; at += 1) {
		const digits = String.fromCharCode(raw[at + 1] ?? 0, raw[at + 2] ?? 0)
		if (raw[at] === 0x25 && /^[0-9a-f]{2}$/iu.test(digits)) {
			bytes.push(fromHex(digits)[0] ?? 0)
			at += 2
		} else bytes.push(raw[at] ?? 0)
	}
	return Uint8Array.from(bytes)
}
