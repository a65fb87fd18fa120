import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPayload, fillContent, torrentFile } from '../../source/practice/content.ts'
import { scenarios } from '../../source/practice/scenarios.ts'
import { parseMetainfo } from '../../source/protocol/metainfo.ts'

const sha1 = (bytes: Uint8Array) => new Uint8Array(createHash('sha1').update(bytes).digest())
const script = {
	name: 'some files',
	pieceLength: 32_768,
	files: [
		{ path: ['one'], lengthBytes: 50_001 },
		{ path: ['deep', 'two'], lengthBytes: 70_003 },
	],
}

test('any range of the content is the same however it is asked for', () => {
	const whole = new Uint8Array(200_000)
	fillContent(7, 0, whole)
	fc.assert(
		fc.property(fc.nat(40_000), fc.nat(40_000), (words, length) => {
			const part = new Uint8Array(length)
			fillContent(7, words * 4, part)
			expect(part).toEqual(whole.slice(words * 4, words * 4 + length))
		}),
		{ numRuns: 50 },
	)
})

test('another seed makes other content', () => {
	const [one, other] = [new Uint8Array(64), new Uint8Array(64)]
	fillContent(1, 0, one)
	fillContent(2, 0, other)
	expect(one).not.toEqual(other)
})

test('the torrent file names the payload: its files, its pieces, its trackers', () => {
	const payload = createPayload(script, 3, sha1)
	const metainfo = parseMetainfo(
		torrentFile(payload, ['http://127.0.0.1:1/announce', 'udp://127.0.0.1:2/announce']),
	)
	expect(sha1(metainfo.infoBytes)).toEqual(new Uint8Array(payload.infoHash))
	expect(metainfo.geometry).toEqual(payload.geometry)
	expect(metainfo.tiers).toEqual([['http://127.0.0.1:1/announce'], ['udp://127.0.0.1:2/announce']])
	const last = payload.geometry.pieceCount - 1
	const bytes = new Uint8Array(payload.geometry.totalBytes - last * script.pieceLength)
	payload.fill({ piece: last, offset: 0, length: bytes.length }, bytes)
	expect(metainfo.pieceHashes.slice(last * 20)).toEqual(sha1(bytes))
})

test('every scenario has a name of its own, a description that fits a line, and somebody honest who has all or almost all', () => {
	expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length)
	for (const { description, peers } of scenarios) {
		expect(description.length).toBeLessThan(62)
		expect(
			peers.some(
				peer => peer.share === 1 && (peer.personality.type === 'steady' || peer.personality.type === 'slow'),
			),
		).toBe(true)
		for (const { id } of peers) expect(id).toHaveLength(8)
	}
})
