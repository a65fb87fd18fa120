// V8 keeps small integers and floats apart, also where they are the same number: one float among the pieces that
// messages are made of makes every later message dearer (test/bench/README.md).
import { createHash } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInThisContext } from 'node:vm'
import { expect, test } from 'vitest'
import { allowedFastSet } from '../../source/protocol/allowed-fast.ts'
import { toInfoHash } from '../../source/protocol/ids.ts'

setFlagsFromString('--allow-natives-syntax')
const hasSmallIntegers = runInThisContext('numbers => %HasSmiElements(numbers)') as (
	numbers: readonly number[],
) => boolean
// Functions are compiled when they are called first.
hasSmallIntegers([0])
setFlagsFromString('--no-allow-natives-syntax')

test('a set of allowed pieces is made of small integers', () => {
	const pieces = allowedFastSet({
		infoHash: toInfoHash(new Uint8Array(20).fill(0xaa)),
		host: '80.4.4.200',
		pieceCount: 1313,
		count: 9,
		sha1: bytes => new Uint8Array(createHash('sha1').update(bytes).digest()),
	})
	// BEP 6, with its own numbers.
	expect(pieces).toEqual([1059, 431, 808, 1217, 287, 376, 1188, 353, 508])
	// An array that grows by small integers alone stays one of small integers.
	const grown: number[] = []
	for (const piece of pieces) grown.push(piece)
	expect(hasSmallIntegers(grown)).toBe(true)
	grown.push(0.5)
	expect(hasSmallIntegers(grown)).toBe(false)
})
