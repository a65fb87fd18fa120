// The fields of a request to a tracker over HTTP and of its answer: request line and its arguments one by one,
// headers, and the bencoded body down to each peer (BEP 3, 7, 23, 24, 31, 48). Any bytes make a tree.
import { trackerLimits } from '../protocol/bencode.ts'
import { type SafeText, safe } from '../protocol/safe-text.ts'
import { dissectBencode } from './dissect-bencode.ts'
import { createField, type Field, wholeOf } from './field.ts'
import { lengthWords, nameWords, textWords } from './field-words.ts'
import { headerField, type HeaderHint, lineEnd, linesOf, optionalField } from './header-fields.ts'
import { targetFields } from './query-fields.ts'
import type { Specimen } from './specimen.ts'
import { trackerBodyHint } from './tracker-body-hints.ts'

const space = 0x20

const hints: ReadonlyMap<string, HeaderHint> = new Map<string, HeaderHint>([
	['host', { lore: 'httpHost' }],
	['user-agent', { lore: 'httpAgent' }],
	['accept-encoding', { lore: 'httpEncoding' }],
	['content-encoding', { lore: 'httpEncoding' }],
	['content-length', { lore: 'httpLength' }],
	['retry-after', { lore: 'httpRetry' }],
	['location', { lore: 'httpLocation' }],
])

/** The whole request, or the whole answer with its body unpacked. */
export function dissectHttp(specimen: Specimen): Field {
	const { bytes, direction } = specimen
	const [first, ...headers] = linesOf(bytes)
	const children: Field[] = []
	if (first !== undefined) {
		const parts = direction === 'out' ? requestParts : statusParts
		const { start, contentEnd, end } = first
		children.push(
			createField(direction === 'out' ? safe`request line` : safe`status line`, start, end, {
				value: textWords(bytes.subarray(start, contentEnd)),
				lore: direction === 'out' ? 'httpRequestLine' : 'httpStatusLine',
				children: [...parts(bytes, contentEnd), ...lineEnd(contentEnd, end)],
			}),
		)
	}
	for (const line of headers) children.push(headerField(bytes, line, name => hints.get(name)))
	const end = children.at(-1)?.end ?? 0
	if (end < bytes.length) children.push(bodyField(bytes, end))
	const name = direction === 'out' ? safe`HTTP request` : safe`HTTP answer`
	return wholeOf(name, specimen, { value: lengthWords(specimen.totalBytes), lore: 'http', children })
}

/** Method, target, version. */
function requestParts(bytes: Uint8Array, end: number): Field[] {
	const [method, target] = cutWords(bytes, end)
	return [
		...wordField(safe`method`, bytes, { start: 0, end: method }),
		...optionalField(safe`target`, {
			start: method,
			end: target,
			reading: {
				value: nameWords(afterSpace(bytes, method, target)),
				lore: 'httpTarget',
				children: targetFields(bytes, method, target),
			},
		}),
		...wordField(safe`version`, bytes, { start: target, end }),
	]
}

/** Version, status, what it is called. */
function statusParts(bytes: Uint8Array, end: number): Field[] {
	const [version, status] = cutWords(bytes, end)
	return [
		...wordField(safe`version`, bytes, { start: 0, end: version }),
		...wordField(safe`status`, bytes, { start: version, end: status }),
		...wordField(safe`in words`, bytes, { start: status, end }),
	]
}

/** Where the first word ends and where the second does; the space between them belongs to what follows it. */
function cutWords(bytes: Uint8Array, end: number): [number, number] {
	const wordEnd = (from: number) => {
		const at = bytes.indexOf(space, from)
		return at < 0 || at >= end ? end : at
	}
	const first = wordEnd(0)
	return [first, wordEnd(first + 1)]
}

function wordField(
	name: SafeText,
	bytes: Uint8Array,
	{ start, end }: { readonly start: number; readonly end: number },
): Field[] {
	const reading = { value: nameWords(afterSpace(bytes, start, end)), lore: 'httpWord' } as const
	return optionalField(name, { start, end, reading })
}

/** Without the space that parts it from the word before. */
function afterSpace(bytes: Uint8Array, start: number, end: number): Uint8Array {
	return bytes.subarray(bytes[start] === space ? start + 1 : start, end)
}

function bodyField(bytes: Uint8Array, start: number): Field {
	const body = bytes.subarray(start)
	const reading =
		body[0] === 0x64
			? dissectBencode(body, start, trackerBodyHint, { limits: trackerLimits })
			: { value: textWords(body) }
	return createField(safe`body`, start, bytes.length, { lore: 'httpBody', ...reading })
}
