// The state between runs: damaged bytes read as nothing, a well-formed state of any content reads as one that
// holds together, and what was read is written and read again as the same.
import { createHash } from 'node:crypto'
import { createNodeHasher } from '../../../source/engine/node-hasher.ts'
import {
	decodeResumeState,
	encodeResumeState,
	type ResumeState,
} from '../../../source/engine/resume-codec.ts'
import { decodeBencode, torrentLimits } from '../../../source/protocol/bencode.ts'
import { encodeBencode } from '../../../source/protocol/bencode-encode.ts'
import { createBitfield, createFullBitfield, setPiece } from '../../../source/protocol/bitfield.ts'
import { check, checkSame, type Target } from '../target.ts'

const hasher = createNodeHasher()
const shape = { infoHash: new Uint8Array(20).fill(3), pieceCount: 21, fileCount: 3 }

export const resumeTarget: Target = {
	name: 'resume',
	mutation: 'bencode',
	seeds: () => [bodyOf(aState(0)), bodyOf(aState(1))],
	dictionary: [
		...[
			'version',
			'clean',
			'directory',
			'downloaded',
			'durable',
			'files',
			'generation',
			'in doubt',
			'info hash',
		],
		...['peers', 'saved at', 'uploaded', '10 20 3:4\n\n', '1.2.3.4 6881', '::1 1', '/tmp/\u001b', '-1 5 6'],
	],
	run(body) {
		check(decodeResumeState(body, shape, hasher) === undefined, 'a state without its digest is damaged')
		const bytes = encodeBencode({ sha1: createHash('sha1').update(body).digest(), state: body })
		const state = decodeResumeState(bytes, shape, hasher)
		checkDamage(bytes, body)
		if (state === undefined) return ['damaged']
		checkState(state)
		const again = decodeResumeState(encodeResumeState(state, hasher), shape, hasher)
		checkSame(again, state, 'a state is read as it was written')
		const { clean, peers, files, durable, inDoubt } = state
		const marks = files.map(mark => mark !== undefined).join(' ')
		return [`${clean} ${peers.length} ${marks}`, `${durable.count} ${inDoubt.count}`]
	},
}

function aState(kind: number): ResumeState {
	const durable = kind === 0 ? createBitfield(21) : createFullBitfield(21)
	const inDoubt = createBitfield(21)
	if (kind === 0) setPiece(inDoubt, 20)
	return {
		...{ infoHash: shape.infoHash, generation: 7, clean: kind === 1, savedAt: 1_700_000_000_000 },
		...{ directory: '/home/someone/é', durable, inDoubt, uploadedBytes: 5, downloadedBytes: 2 ** 52 },
		files: [{ sizeBytes: 10, mtimeNs: '1700000000000000000', inode: '12:34' }, undefined, undefined],
		peers:
			kind === 0
				? []
				: [
						{ host: '192.0.2.1', port: 6881 },
						{ host: '2001:db8::1', port: 1 },
					],
	}
}

function bodyOf(state: ResumeState): Uint8Array {
	return (
		decodeBencode(encodeResumeState(state, hasher), torrentLimits).getBytes('state')?.slice() ??
		new Uint8Array()
	)
}

// One flipped bit, at a place that the body itself names.
function checkDamage(bytes: Uint8Array, body: Uint8Array): void {
	const at = ((body[0] ?? 0) * 256 + (body.at(-1) ?? 0)) % bytes.length
	const damaged = bytes.slice()
	damaged[at] = (damaged[at] ?? 0) ^ (1 << (body.length & 7))
	check(decodeResumeState(damaged, shape, hasher) === undefined, `a flipped bit at ${at} is noticed`)
	check(decodeResumeState(bytes.subarray(0, at), shape, hasher) === undefined, `a cut at ${at} is noticed`)
}

function checkState({ durable, inDoubt, files, peers, ...rest }: ResumeState): void {
	check(durable.size === 21 && inDoubt.size === 21, 'a bit for each piece')
	check(files.length === shape.fileCount && peers.length <= 200, 'a mark for each file, few peers')
	for (const { port } of peers) check(port >= 1 && port <= 65_535, `port ${port}`)
	for (const value of [rest.generation, rest.savedAt, rest.uploadedBytes, rest.downloadedBytes])
		check(Number.isSafeInteger(value) && value >= 0, `count ${value}`)
}
