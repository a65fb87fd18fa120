// A network that can be taken away: a network namespace of Linux with one virtual cable to this machine. Takes
// root; whatever was made goes with `remove`.
import { execFileSync } from 'node:child_process'

export type NetSpace = {
	/** Words before a command that is to live in there. */
	readonly wrapper: readonly string[]
	/** The other end. */
	readonly inside: string
	/** This machine's end of the cable. */
	readonly outside: string
	/** The machine in there gets one more address, of the same net; up to 28. */
	addAddress(): string
	/** Pulls the cable out of the other end, or puts it in again. */
	setLink(state: 'up' | 'down'): void
	/** The machine in there gets another address. */
	readdress(): void
	remove(): void
}

let made = 0

/** Throws the system's refusal where this is not permitted. */
export function createNetSpace(): NetSpace {
	const id = `${process.pid % 10_000}x${made}`
	const third = freeNet((process.pid + made) % 250)
	made += 1
	const [name, near, far] = [`swarmscope-${id}`, `swn${id}`, `swf${id}`]
	const [outside, inside, other] = [1, 2, 3].map(last => `10.213.${third}.${last}`)
	const inThere = (...words: readonly string[]) => ip('-n', name, ...words)
	const remove = () => {
		// The cable goes with either of its ends.
		quietly(() => ip('link', 'delete', near))
		quietly(() => ip('netns', 'delete', name))
	}
	try {
		ip('netns', 'add', name)
		ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', name)
		ip('address', 'add', `${outside}/27`, 'dev', near)
		ip('link', 'set', near, 'up')
		inThere('link', 'set', 'lo', 'up')
		inThere('address', 'add', `${inside}/27`, 'dev', far)
		inThere('link', 'set', far, 'up')
		inThere('route', 'add', '224.0.0.0/4', 'dev', far)
	} catch (error) {
		remove()
		throw error
	}
	let last = 2
	return {
		addAddress: () => {
			last += 1
			const address = `10.213.${third}.${last}`
			inThere('address', 'add', `${address}/27`, 'dev', far)
			return address
		},
		wrapper: ['ip', 'netns', 'exec', name],
		inside: inside ?? '',
		outside: outside ?? '',
		setLink: state => inThere('link', 'set', far, state),
		readdress: () => {
			inThere('address', 'delete', `${inside}/27`, 'dev', far)
			inThere('address', 'add', `${other}/27`, 'dev', far)
		},
		remove,
	}
}

/** The third number of a net that no cable of this machine has: somebody who was killed may have left his. */
function freeNet(first: number): number {
	const taken = execFileSync('ip', ['-o', '-4', 'address'], { encoding: 'utf8' })
	let third = first
	while (taken.includes(` 10.213.${third}.`)) third = (third + 1) % 250
	return third
}

function ip(...words: readonly string[]): void {
	execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] })
}

function quietly(action: () => void): void {
	try {
		action()
	} catch {
		// It was not made, or is gone already.
	}
}
