// Who named how many addresses by peer exchange, and what came of them. A stranger can name any number, so what
// it may add is bounded, and whoever named nobody but the dead is not believed any more.

export type Namer = {
	/** Addresses of it that nobody has tried yet. */
	untried: number
	/** Of those that were: where somebody answered, and where nobody did. */
	alive: number
	dead: number
}

export type Namers = Map<string, Namer>

/** Addresses of one namer that may wait to be tried. */
const mostUntried = 100
const deadInVain = 10
const mostNamers = 500

/** How many more addresses of this namer are taken: none of one whose names were all dead. */
export function roomOf(namers: Namers, name: string): number {
	const namer = namers.get(name)
	if (namer === undefined) return mostUntried
	return isDiscredited(namer) ? 0 : Math.max(0, mostUntried - namer.untried)
}

/** An address of it is new and waits. */
export function addName(namers: Namers, name: string): void {
	const namer = namers.get(name) ?? { untried: 0, alive: 0, dead: 0 }
	namer.untried += 1
	// The latest stand last.
	namers.delete(name)
	namers.set(name, namer)
	if (namers.size <= mostNamers) return
	for (const oldest of namers.keys()) {
		namers.delete(oldest)
		break
	}
}

/** An address of it was tried: somebody was there, or nobody; undefined: it was let go untried. */
export function endName(namers: Namers, name: string, alive: boolean | undefined): void {
	const namer = namers.get(name)
	if (namer === undefined) return
	namer.untried = Math.max(0, namer.untried - 1)
	if (alive === true) namer.alive += 1
	else if (alive === false) namer.dead += 1
}

/** There was no network: whoever seemed dead may have been alive. */
export function forgiveNamers(namers: Namers): void {
	for (const namer of namers.values()) namer.dead = 0
}

/** Whether addresses of this namer come after all others. */
export function isInVain(namers: Namers, name: string | undefined): boolean {
	const namer = name === undefined ? undefined : namers.get(name)
	return namer !== undefined && isDiscredited(namer)
}

function isDiscredited({ alive, dead }: Namer): boolean {
	return alive === 0 && dead >= deadInVain
}
