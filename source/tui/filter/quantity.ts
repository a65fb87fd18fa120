// Numbers with units as one types them into a filter: `1M`, `16Ki`, `200ms`, `50%`, `0x4000`. Pure.
import type { Unit } from './expression.ts'

const byteScales: Readonly<Record<string, number>> = {
	'': 1,
	k: 1e3,
	m: 1e6,
	g: 1e9,
	t: 1e12,
	ki: 2 ** 10,
	mi: 2 ** 20,
	gi: 2 ** 30,
	ti: 2 ** 40,
}
const timeScales: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 }
const countScales: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6 }

/** What is expected of a number in this unit, for a sentence. */
export const quantityWords: Readonly<Record<Unit, string>> = {
	bytes: 'a size such as 16Ki or 1.5M',
	rate: 'a rate such as 500k or 1.5M',
	time: 'a time such as 200ms, 1.5s or 10m',
	share: 'a share such as 50%',
	count: 'a number',
}

/** More has no meaning for a torrent, and would not print in the digits that are read. */
const most = 999_999_999_999_999

/** The number in the base of its unit; undefined when it is none, or over 10¹⁵. */
export function parseQuantity(text: string, unit: Unit): number | undefined {
	const hexadecimal = /^#?0x([0-9a-f]{1,13})$/iu.exec(text)?.[1]
	if (hexadecimal !== undefined && unit === 'count') return rounded(Number.parseInt(hexadecimal, 16), unit)
	const match = /^(#?)(\d{1,15})(\.\d{1,3})?([a-z]*)(\/s)?(%?)$/iu.exec(text)
	if (match === null) return undefined
	const [, number = '', whole = '', fraction = '', suffix = '', perSecond = '', percent = ''] = match
	if (number !== '' && unit !== 'count') return undefined
	if (perSecond !== '' && unit !== 'rate') return undefined
	if (percent !== '' && unit !== 'share') return undefined
	const scale = scaleOf(suffix.toLowerCase(), unit, Number(whole + fraction) === 0)
	if (scale === undefined) return undefined
	return rounded(Number(whole + fraction) * scale, unit)
}

/** A text that `parseQuantity` reads as the same number. */
export function printQuantity(value: number, unit: Unit): string {
	if (unit === 'share') return `${value}%`
	if (unit === 'time') return value % 1000 === 0 ? `${value / 1000}s` : `${value}ms`
	for (const [suffix, scale] of [
		['G', 1e9],
		['M', 1e6],
		['k', 1e3],
	] as const) {
		if (unit !== 'count' && value >= scale && value % (scale / 10) === 0) return `${value / scale}${suffix}`
	}
	return String(value)
}

function scaleOf(suffix: string, unit: Unit, isZero: boolean): number | undefined {
	switch (unit) {
		case 'bytes':
		case 'rate':
			return byteScales[suffix.endsWith('b') ? suffix.slice(0, -1) : suffix]
		case 'time':
			// A bare number would leave open whether ms or seconds are meant.
			return suffix === '' && isZero ? 1 : timeScales[suffix]
		case 'share':
			return suffix === '' ? 1 : undefined
		case 'count':
			return countScales[suffix]
	}
}

/** Whole bytes and counts; thousandths of a millisecond or percent. */
function rounded(value: number, unit: Unit): number | undefined {
	if (value > most) return undefined
	const isWhole = unit === 'bytes' || unit === 'rate' || unit === 'count' || value > 1e9
	return isWhole ? Math.round(value) : Math.round(value * 1000) / 1000
}
