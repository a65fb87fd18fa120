// Finds a key that stands twice in a dictionary whose keys are out of order. A radix sort by bytes: linear in
// the bytes of the keys whatever they are (a hash of ours could be made to collide, a comparing sort of a
// million keys takes seconds), in two typed arrays and without a string per key.

import { startOf, startOfPayload, type Tokens, tokenAfter } from './bencode-tokens.ts'

type Group = { readonly low: number; readonly high: number; readonly depth: number }

/** Groups of up to this many keys are compared pair by pair. */
const smallGroup = 12

/** A key token between `first` and `end` that another key equals, or -1. */
export function findDuplicateKey(tokens: Tokens, first: number, end: number): number {
	const keys = collectKeys(tokens, first, end)
	const scratch = new Int32Array(keys.length)
	// By byte plus one; place 0 counts the keys that end at this depth.
	const counts = new Int32Array(258)
	const groups: Group[] = [{ low: 0, high: keys.length, depth: 0 }]
	for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
		const { low, high, depth } = group
		if (high - low <= smallGroup) {
			const found = findPair(tokens, keys.subarray(low, high), depth)
			if (found >= 0) return found
			continue
		}
		counts.fill(0)
		for (let at = low; at < high; at += 1) {
			const place = placeOf(tokens, keys[at] ?? 0, depth) + 1
			counts[place] = (counts[place] ?? 0) + 1
		}
		if ((counts[1] ?? 0) > 1)
			return keys.subarray(low, high).find(key => placeOf(tokens, key, depth) === 0) ?? -1
		const common = placeOf(tokens, keys[low] ?? 0, depth)
		if (counts[common + 1] === high - low) {
			groups.push({ low, high, depth: depth + 1 })
			continue
		}
		distribute({ tokens, keys, scratch, counts }, group)
		pushGroups(groups, group, counts)
	}
	return -1
}

/** Orders one group by its byte at `depth`; leaves in counts[p] where place p ends within the group. */
function distribute(
	sort: { tokens: Tokens; keys: Int32Array; scratch: Int32Array; counts: Int32Array },
	{ low, high, depth }: Group,
): void {
	const { tokens, keys, scratch, counts } = sort
	for (let place = 1; place < counts.length; place += 1) {
		counts[place] = (counts[place] ?? 0) + (counts[place - 1] ?? 0)
	}
	for (let at = low; at < high; at += 1) {
		const key = keys[at] ?? 0
		const place = placeOf(tokens, key, depth)
		const target = counts[place] ?? 0
		scratch[low + target] = key
		counts[place] = target + 1
	}
	keys.set(scratch.subarray(low, high), low)
}

function pushGroups(groups: Group[], { low, depth }: Group, ends: Int32Array): void {
	for (let place = 1; place < ends.length - 1; place += 1) {
		const from = ends[place - 1] ?? 0
		const to = ends[place] ?? 0
		if (to - from > 1) groups.push({ low: low + from, high: low + to, depth: depth + 1 })
	}
}

function collectKeys(tokens: Tokens, first: number, end: number): Int32Array {
	let count = 0
	for (let key = first; key < end; key = tokenAfter(tokens, key + 1)) count += 1
	const keys = new Int32Array(count)
	let index = 0
	for (let key = first; key < end; key = tokenAfter(tokens, key + 1)) {
		keys[index] = key
		index += 1
	}
	return keys
}

function findPair(tokens: Tokens, keys: Int32Array, depth: number): number {
	for (let a = 0; a < keys.length; a += 1) {
		for (let b = a + 1; b < keys.length; b += 1) {
			if (haveSameRest(tokens, keys[a] ?? 0, keys[b] ?? 0, depth)) return keys[b] ?? 0
		}
	}
	return -1
}

function haveSameRest(tokens: Tokens, a: number, b: number, depth: number): boolean {
	const start = startOf(tokens, a) + startOfPayload(tokens, a)
	const shift = startOf(tokens, b) + startOfPayload(tokens, b) - start
	const end = startOf(tokens, a + 1)
	if (startOf(tokens, b + 1) - shift !== end) return false
	for (let at = start + depth; at < end; at += 1) {
		if (tokens.bytes[at] !== tokens.bytes[at + shift]) return false
	}
	return true
}

/** 0 when the key ends before `depth`, else its byte there plus one. */
function placeOf(tokens: Tokens, key: number, depth: number): number {
	const at = startOf(tokens, key) + startOfPayload(tokens, key) + depth
	return at < startOf(tokens, key + 1) ? (tokens.bytes[at] ?? 0) + 1 : 0
}
