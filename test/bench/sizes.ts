// Values of the benchmark's options: sizes, whole numbers and lists. Each throws an Error that says what was
// expected and what came.

const units: Readonly<Record<string, number>> = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }

/** `64MiB` in bytes. */
export function parseSize(option: string, text: string): number {
	const [, digits, unit = ''] = /^(\d+)(KiB|MiB|GiB)?$/u.exec(text) ?? []
	if (digits === undefined)
		throw new Error(`${option}: expected a number with KiB, MiB or GiB, got ${JSON.stringify(text)}`)
	return Number(digits) * (units[unit] ?? 1)
}

/** A number that is not negative, such as `3` or `0.1`. */
export function parseNumber(option: string, text: string): number {
	const value = /^\d+(?:\.\d+)?$/u.test(text) ? Number(text) : Number.NaN
	if (Number.isNaN(value)) throw new Error(`${option}: expected a number, got ${JSON.stringify(text)}`)
	return value
}

/** `1,10,50`; nothing for an empty text. */
export function parseNumbers(option: string, text: string): number[] {
	return text === '' ? [] : text.split(',').map(part => parseNumber(option, part))
}

/** The things named in a list, in the list's order. Throws for a name that nothing has. */
export function pick<T extends { readonly name: string }>(
	option: string,
	list: string,
	things: readonly T[],
): T[] {
	return list.split(',').map(name => {
		const thing = things.find(one => one.name.toLowerCase() === name.toLowerCase())
		if (thing === undefined)
			throw new Error(
				`${option}: expected some of ${things.map(one => one.name).join(', ')}, got ${JSON.stringify(name)}`,
			)
		return thing
	})
}
