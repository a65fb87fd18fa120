// Places in the DHT in words: an id, whether it fits the address it came with (BEP 42), and how far it is from
// what was asked about.
import { fromHex, toHex } from '../protocol/bytes.ts'
import { commonBits, distanceOf, standingOf } from '../protocol/node-id.ts'
import { type SafeText, safe, safeText } from '../protocol/safe-text.ts'
import { hexWords } from './field-words.ts'

const idBytes = 20

/** The id of a node at `host`; undefined where nobody knows the address. */
export function nodeIdWords(id: Uint8Array, host: string | undefined): SafeText {
	if (host === undefined || id.length !== idBytes) return hexWords(id)
	switch (standingOf(id, host)) {
		case 'verified':
			return safe`${hexWords(id)}  fits the address`
		case 'exempt':
			return safe`${hexWords(id)}  local address`
		case 'unverified':
			return safe`${hexWords(id)}  does not fit the address`
	}
}

/** How far an id is from `target`, 40 hexadecimal digits: `13 bits alike, xor 0007a3f1...`. */
export function distanceWords(id: Uint8Array, target: string): SafeText {
	const other = fromHex(target)
	const bits = commonBits(id, other)
	if (bits === 8 * idBytes) return safe`the very one`
	const first = safeText(toHex(distanceOf(id, other).subarray(0, 4)))
	return safe`${bits} bits alike, xor ${first}...`
}
