// What the practice swarm shares: bytes that follow from a seed and their place alone, so that any block can be
// made when it is wanted and nothing is kept.
import { encodeBencode } from '../protocol/bencode-encode.ts'
import { createGeometry, type Geometry, pieceBytes, pieceOffset } from '../protocol/geometry.ts'
import { type InfoHash, toInfoHash } from '../protocol/ids.ts'
import { type BlockFields, blockBytes } from '../protocol/message.ts'
import type { MagnetLink } from '../protocol/magnet.ts'
import { safeText } from '../protocol/safe-text.ts'
import type { PayloadScript } from './scenario.ts'

export type Sha1 = (bytes: Uint8Array) => Uint8Array

export type Payload = {
	readonly infoHash: InfoHash
	readonly geometry: Geometry
	/** The bencoded info dictionary's hash is `infoHash`. */
	readonly info: ReadonlyMap<string, Parameters<typeof encodeBencode>[0]>
	readonly infoBytes: Uint8Array
	/** Writes the bytes of a block that lies within its piece. */
	readonly fill: (block: BlockFields, target: Uint8Array) => void
}

/** The payload that belongs to `seed`; hashing it once takes about 5 ms a MiB. */
export function createPayload(script: PayloadScript, seed: number, sha1: Sha1): Payload {
	const totalBytes = script.files.reduce((sum, file) => sum + file.lengthBytes, 0)
	const geometry = createGeometry(script.pieceLength, totalBytes)
	const fill = (block: BlockFields, target: Uint8Array) =>
		fillContent(seed, pieceOffset(geometry, block.piece) + block.offset, target)
	const pieces = new Uint8Array(20 * geometry.pieceCount)
	const buffer = new Uint8Array(geometry.pieceLength)
	for (let piece = 0; piece < geometry.pieceCount; piece += 1) {
		const bytes = buffer.subarray(0, pieceBytes(geometry, piece))
		fill({ piece, offset: 0, length: bytes.length }, bytes)
		pieces.set(sha1(bytes), 20 * piece)
	}
	const info = new Map<string, Parameters<typeof encodeBencode>[0]>([
		['name', script.name],
		['piece length', script.pieceLength],
		['pieces', pieces],
		['files', script.files.map(({ path, lengthBytes }) => ({ length: lengthBytes, path }))],
	])
	const infoBytes = encodeBencode(info)
	return { infoHash: toInfoHash(sha1(infoBytes)), geometry, info, infoBytes, fill }
}

/** The .torrent file that names these trackers, a tier each. */
export function torrentFile({ info }: Payload, trackers: readonly string[]): Uint8Array<ArrayBuffer> {
	const [first] = trackers
	return encodeBencode({
		...(first === undefined ? {} : { announce: first, 'announce-list': trackers.map(url => [url]) }),
		comment: 'made up by swarmscope for practice',
		info,
	})
}

/** The magnet link that names these trackers: all that is known is the hash (BEP 9). */
export function magnetLink({ infoHash }: Payload, name: string, trackers: readonly string[]): MagnetLink {
	return {
		infoHash,
		infoHashV2: undefined,
		name: safeText(name),
		trackers,
		peers: [],
		webSeeds: [],
		selectOnly: [],
		nodes: [],
	}
}

const words = new Uint32Array(blockBytes / 4)

/** The bytes from `offset` on, a multiple of 4; the same for the same seed. */
export function fillContent(seed: number, offset: number, target: Uint8Array): void {
	const salt = Math.imul(seed + 1, 0x9e3779b1)
	for (let at = 0; at < target.length; at += blockBytes) {
		const length = Math.min(blockBytes, target.length - at)
		const first = (offset + at) / 4
		const count = Math.ceil(length / 4)
		for (let index = 0; index < count; index += 1) words[index] = mix((first + index) ^ salt)
		target.set(new Uint8Array(words.buffer, 0, length), at)
	}
}

// A good integer hash: neighbours have nothing in common.
function mix(value: number): number {
	let x = value
	x = Math.imul(x ^ (x >>> 16), 0x21f0aaad)
	x = Math.imul(x ^ (x >>> 15), 0x735a2d97)
	return x ^ (x >>> 15)
}
