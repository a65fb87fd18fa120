// Makes a failing input smaller: ranges are cut out, halves first, as long as it fails in the same way.

const limitMs = 3_000

/** The smallest input found in three seconds that still fails. */
export function minimise(input: Uint8Array, fails: (candidate: Uint8Array) => boolean): Uint8Array {
	const until = performance.now() + limitMs
	let best = input
	for (let length = Math.ceil(best.length / 2); length >= 1; length = nextLength(length)) {
		for (let at = 0; at < best.length && performance.now() < until; ) {
			const candidate = without(best, at, length)
			if (fails(candidate)) best = candidate
			else at += length
		}
	}
	return best
}

function nextLength(length: number): number {
	return length === 1 ? 0 : Math.ceil(length / 2)
}

function without(bytes: Uint8Array, at: number, length: number): Uint8Array {
	const shorter = new Uint8Array(Math.max(0, bytes.length - Math.min(length, bytes.length - at)))
	shorter.set(bytes.subarray(0, at))
	shorter.set(bytes.subarray(at + length), at)
	return shorter
}
