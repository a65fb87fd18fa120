import { describe, expect, test } from 'vitest'
import { chosenFiles, wantedPieces } from '../../source/engine/chosen-files.ts'
import { parseMagnet } from '../../source/protocol/magnet.ts'
import { createGeometry } from '../../source/protocol/geometry.ts'
import { parseMetainfo } from '../../source/protocol/metainfo.ts'
import { makeTorrent } from '../helpers/make-torrent.ts'

const metainfo = parseMetainfo(
	makeTorrent({
		files: [
			{ path: 'a', content: 40_000 },
			{ path: 'b', content: 100 },
			{ path: 'c', content: 40_000 },
		],
		pieceLength: 16_384,
	}).bytes,
)
const link = (so: string) => parseMagnet(`magnet:?xt=urn:btih:${'ab'.repeat(20)}${so}`)

describe('the chosen files', () => {
	test('are all where nobody chose', () => {
		expect(chosenFiles(undefined, link(''), metainfo)).toBeUndefined()
	})

	test('are those of the link, without what the torrent does not have', () => {
		expect([...(chosenFiles(undefined, link('&so=1-2,7'), metainfo) ?? [])]).toEqual([1, 2])
	})

	test('are all when a link names none that exists', () => {
		expect(chosenFiles(undefined, link('&so=9'), metainfo)).toBeUndefined()
	})

	test('are what the user said, whatever the link says', () => {
		expect([...(chosenFiles([0], link('&so=1'), metainfo) ?? [])]).toEqual([0])
	})

	test('are refused when the user names one that does not exist', () => {
		expect(() => chosenFiles([3], undefined, metainfo)).toThrow('--only: expected files from 0 to 2, got 3')
	})

	test('take every piece that holds a byte of theirs', () => {
		const { geometry, files } = metainfo
		expect(geometry).toEqual(createGeometry(16_384, 80_100))
		expect([...wantedPieces({ geometry, files }, new Set([1]))]).toEqual([0, 0, 1, 0, 0])
	})
})
