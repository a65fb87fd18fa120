import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { allowedFastSet } from '../../source/protocol/allowed-fast.ts'
import { toInfoHash } from '../../source/protocol/ids.ts'

const infoHash = toInfoHash(new Uint8Array(20).fill(0xaa))
const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest()
const draw = (host: string, pieceCount: number, count?: number) =>
	allowedFastSet({ host, infoHash, pieceCount, sha1, ...(count === undefined ? {} : { count }) })

test('the set of BEP 6 for 80.4.4.200 and 1313 pieces', () => {
	expect(draw('80.4.4.200', 1313, 7)).toEqual([1059, 431, 808, 1217, 287, 376, 1188])
	expect(draw('80.4.4.200', 1313, 9)).toEqual([1059, 431, 808, 1217, 287, 376, 1188, 353, 508])
})

test('is the same for a whole /24, and another beyond it', () => {
	expect(draw('80.4.4.1', 1313)).toEqual(draw('80.4.4.200', 1313))
	expect(draw('::ffff:80.4.4.1', 1313)).toEqual(draw('80.4.4.200', 1313))
	expect(draw('80.4.5.200', 1313)).not.toEqual(draw('80.4.4.200', 1313))
	expect(draw('80.4.4.200', 1313)).toHaveLength(10)
})

test('has no more pieces than the torrent, and ends', () => {
	expect(draw('80.4.4.200', 0)).toEqual([])
	expect(draw('80.4.4.200', 1)).toEqual([0])
	expect(draw('80.4.4.200', 9).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
})

test('is empty for hosts that are not IPv4', () => {
	for (const host of ['2001:db8::1', 'example.org', '']) expect(draw(host, 1313)).toEqual([])
})
