import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createNodeHasher } from '../../source/engine/node-hasher.ts'
import { decodeResumeState, encodeResumeState, type ResumeState } from '../../source/engine/resume-codec.ts'
import { createBitfield, setPiece } from '../../source/protocol/bitfield.ts'
import { encodeBencode } from '../../source/protocol/bencode-encode.ts'

const hasher = createNodeHasher()
const infoHash = new Uint8Array(20).fill(5)
const shape = { infoHash, pieceCount: 11, fileCount: 3 }

function bitfieldOf(...pieces: readonly number[]): ResumeState['durable'] {
	const bitfield = createBitfield(shape.pieceCount)
	for (const piece of pieces) setPiece(bitfield, piece)
	return bitfield
}

const state: ResumeState = {
	infoHash,
	generation: 12,
	clean: true,
	savedAt: 1_700_000_000_123,
	directory: '/home/näme',
	durable: bitfieldOf(0, 3, 10),
	inDoubt: bitfieldOf(4),
	files: [
		{ sizeBytes: 2 ** 40, mtimeNs: '1700000000123456789', inode: '2049:18446744073709551615' },
		undefined,
		{ sizeBytes: 0, mtimeNs: '-1', inode: '1:2' },
	],
	uploadedBytes: 2 ** 50,
	downloadedBytes: 3,
	peers: [
		{ host: '192.0.2.1', port: 6881 },
		{ host: '2001:db8::1', port: 1 },
	],
}
const bytes = encodeResumeState(state, hasher)

describe('the state of a torrent as bytes', () => {
	it('comes back as it was', () => {
		expect(decodeResumeState(bytes, shape, hasher)).toEqual(state)
		expect(
			decodeResumeState(encodeResumeState({ ...state, clean: false }, hasher), shape, hasher)?.clean,
		).toBe(false)
	})

	it('is refused when cut anywhere', () => {
		for (let length = 0; length < bytes.length; length += 1) {
			expect(decodeResumeState(bytes.subarray(0, length), shape, hasher)).toBeUndefined()
		}
	})

	it('is refused when any bit changed', () => {
		for (let bit = 0; bit < bytes.length * 8; bit += 1) {
			const changed = bytes.slice()
			changed[bit >>> 3]! ^= 1 << (bit & 7)
			expect(decodeResumeState(changed, shape, hasher), `bit ${bit}`).toBeUndefined()
		}
	})

	it('is refused with anything behind it', () => {
		expect(decodeResumeState(Uint8Array.of(...bytes, 0), shape, hasher)).toBeUndefined()
	})

	it.each([
		['of another torrent', { ...shape, infoHash: new Uint8Array(20) }],
		['of another number of pieces', { ...shape, pieceCount: 17 }],
		['of a number of pieces that takes as many bytes', { ...shape, pieceCount: 10 }],
		['of another number of files', { ...shape, fileCount: 2 }],
	])('is refused when it is %s', (_, other) => {
		expect(decodeResumeState(bytes, other, hasher)).toBeUndefined()
	})

	it('is refused in a version that does not exist yet', () => {
		const body = encodeBencode({ version: 2, 'info hash': infoHash, files: '\n\n' })
		const later = encodeBencode({ sha1: hasher.sha1(body), state: body })
		expect(decodeResumeState(later, shape, hasher)).toBeUndefined()
	})

	it('never throws, whatever it is given, checksum right or not', () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 200 }), body => {
				expect(decodeResumeState(body, shape, hasher)).toBeUndefined()
				const signed = encodeBencode({ sha1: hasher.sha1(body), state: body })
				expect(decodeResumeState(signed, shape, hasher)).toBeUndefined()
			}),
		)
	})

	it('keeps 200 peers and no nonsense', () => {
		const peers = Array.from({ length: 300 }, (_, index) => ({ host: '192.0.2.1', port: index }))
		const kept = decodeResumeState(encodeResumeState({ ...state, peers }, hasher), shape, hasher)?.peers
		expect(kept).toHaveLength(199)
		const names = [{ host: 'not an address', port: 1 }]
		expect(
			decodeResumeState(encodeResumeState({ ...state, peers: names }, hasher), shape, hasher)?.peers,
		).toEqual([])
	})
})
