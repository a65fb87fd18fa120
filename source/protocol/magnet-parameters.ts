// The query of a magnet URI: split first, then each value decoded exactly once, so that no value can smuggle
// in a parameter of its own. Broken escapes stay as they stand: a bad name is no reason to lose the link.

import { fromUtf8, utf8 } from './bytes.ts'

export type MagnetParameter = {
	/** Lower case, without the number of `tr.1`. */
	readonly name: string
	/** As it stands in the URI. */
	readonly raw: string
}

/** Parameters that are looked at; more of them is somebody's game (threats A10). */
const maxParameters = 2000
const parameterName = /^(?:amp;)?([a-z]+|x\.pe)(?:\.\d{1,4})?$/iu

/** The parameters of `magnet:?…`, in order; undefined for another scheme. Those without a usable name are left out. */
export function splitMagnet(uri: string): readonly MagnetParameter[] | undefined {
	const head = /^magnet:(?:\/\/\/?)?(?:\?|$)/iu.exec(uri)
	if (head === null) return undefined
	const parameters: MagnetParameter[] = []
	for (const pair of uri.slice(head[0].length).split('&', maxParameters)) {
		const at = pair.indexOf('=')
		const name = parameterName.exec(at < 0 ? pair : pair.slice(0, at))?.[1]
		if (name !== undefined)
			parameters.push({ name: name.toLowerCase(), raw: at < 0 ? '' : pair.slice(at + 1) })
	}
	return parameters
}

/** Percent-decodes once; ill-formed UTF-8 becomes U+FFFD, a `%` without two digits stays what it is. */
export function percentDecode(text: string): string {
	if (!text.includes('%')) return text
	const source = utf8(text)
	const bytes = new Uint8Array(source.length)
	let length = 0
	for (let at = 0; at < source.length; at += 1) {
		const escaped = source[at] === 0x25 ? hexPair(source[at + 1], source[at + 2]) : undefined
		bytes[length] = escaped ?? source[at] ?? 0
		length += 1
		if (escaped !== undefined) at += 2
	}
	return fromUtf8(bytes.subarray(0, length))
}

function hexPair(high: number | undefined, low: number | undefined): number | undefined {
	const [a, b] = [hexDigit(high), hexDigit(low)]
	return a === undefined || b === undefined ? undefined : a * 16 + b
}

function hexDigit(byte: number | undefined): number | undefined {
	if (byte === undefined) return undefined
	if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
	const lower = byte | 0x20
	return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : undefined
}
