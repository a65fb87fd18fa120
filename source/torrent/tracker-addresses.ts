// What became of the addresses of one tracker, and in which order they are asked next. Only what the resolver
// found this time is ever in that order: an address remembered is no reason to contact it (threat H4).

/** Addresses in canonical text, each in one list at most, the latest last. */
export type AddressMemory = {
	readonly answered: readonly string[]
	readonly silent: readonly string[]
}

/** How many of each are kept; a tracker may have any number of addresses. */
const mostKept = 16

/** Of a tracker that was not asked yet. */
export const newAddressMemory: AddressMemory = { answered: [], silent: [] }

/**
 * 1. Addresses that answered, the latest first.
 * 2. Those of which nothing is known, in the order of `found`.
 * 3. Those that failed or said nothing, the latest last.
 */
export function orderAddresses(found: readonly string[], memory: AddressMemory): string[] {
	const rank = (address: string) => {
		const silence = memory.silent.indexOf(address)
		return silence === -1 ? -1 - memory.answered.indexOf(address) : 1 + silence
	}
	return found.toSorted((one, other) => rank(one) - rank(other))
}

/** The memory after an exchange in which one address answered and others were asked in vain. */
export function rememberAddresses(
	{ answered, silent }: AddressMemory,
	news: { readonly answered: string | undefined; readonly silent: readonly string[] },
): AddressMemory {
	const heard = news.answered === undefined ? [] : [news.answered]
	const isNews = (address: string) => heard.includes(address) || news.silent.includes(address)
	const latest = (old: readonly string[], added: readonly string[]) =>
		[...old.filter(address => !isNews(address)), ...added].slice(-mostKept)
	return { answered: latest(answered, heard), silent: latest(silent, news.silent) }
}
