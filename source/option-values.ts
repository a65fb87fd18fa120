// Values of options: each parser returns the value or throws a CommandFailure that says what was expected
// and what came.
import { type Address, parseHost } from './protocol/address.ts'
import { fromHex } from './protocol/bytes.ts'
import { CommandFailure, exitCodes } from './exit-code.ts'

const multipliers: Readonly<Record<string, number>> = {
	'': 1,
	k: 1e3,
	m: 1e6,
	g: 1e9,
	ki: 2 ** 10,
	mi: 2 ** 20,
	gi: 2 ** 30,
}

export type WholeRange = { readonly least: number; readonly most: number }

/** A whole number within a range. */
export function wholeNumber(option: string, text: string, range: WholeRange): number {
	const value = /^\d{1,15}$/u.test(text) ? Number(text) : Number.NaN
	if (value >= range.least && value <= range.most) return value
	return expected(option, `a whole number from ${range.least} to ${range.most}`, text)
}

/** One of a few words. */
export function oneOf<Word extends string>(option: string, text: string, words: readonly Word[]): Word {
	return words.find(word => word === text) ?? expected(option, words.join(', '), text)
}

/** A number above zero, up to `most`. */
export function positiveNumber(option: string, text: string, most: number): number {
	const value = /^\d+(\.\d+)?$/u.test(text) ? Number(text) : Number.NaN
	if (value > 0 && value <= most) return value
	return expected(option, `a number above 0 and up to ${most}`, text)
}

/** `500k`, `5M`, `1.5Mi`, in bytes a second. */
export function rate(option: string, text: string): number {
	const match = /^(\d+(?:\.\d+)?)([kmg]i?)?b?(?:\/s)?$/iu.exec(text)
	const value =
		match === null
			? Number.NaN
			: Math.round(Number(match[1]) * (multipliers[match[2]?.toLowerCase() ?? ''] ?? Number.NaN))
	if (value >= 1 && value <= 1e12) return value
	return expected(option, 'a rate in bytes a second such as 500k or 5M', text)
}

/** `host:port`, `1.2.3.4:6881`, `[::1]:6881`. */
export function hostAndPort(option: string, text: string): Address {
	const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/iu.exec(text)
	const host = match?.[1] ?? match?.[2]
	const port = Number(match?.[3])
	if (host !== undefined && port >= 1 && port <= 65_535) return { host, port }
	return expected(option, 'HOST:PORT', text)
}

/** The id of a node or the info hash of a torrent: 40 hexadecimal digits. */
export function placeInDht(option: string, text: string): Uint8Array {
	if (/^[0-9a-f]{40}$/iu.test(text)) return fromHex(text)
	return expected(option, 'an id or info hash of 40 hexadecimal digits', text)
}

/** An IP address; whether it is one of this machine shows when it is bound. */
export function localAddress(option: string, text: string): string {
	if (parseHost(text) !== undefined) return text
	return expected(option, 'an IP address of this machine', text)
}

/** `0,3-5` as a sorted list without repeats. Whether the files exist is checked against the torrent. */
export function indexList(option: string, text: string): number[] {
	const indexes = new Set<number>()
	for (const part of text.split(',')) {
		const match = /^(\d{1,6})(?:-(\d{1,6}))?$/u.exec(part.trim())
		if (match === null) return expected(option, 'file indexes such as 0,3-5', text)
		const first = Number(match[1])
		const last = match[2] === undefined ? first : Number(match[2])
		if (last < first) return expected(option, 'file indexes such as 0,3-5', text)
		for (let index = first; index <= last; index += 1) indexes.add(index)
	}
	return [...indexes].sort((a, b) => a - b)
}

/** Refuses a value. */
function expected(option: string, what: string, got: string): never {
	throw new CommandFailure(exitCodes.usage, `${option}: expected ${what}, got ${JSON.stringify(got)}`)
}
