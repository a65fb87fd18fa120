// The state of a torrent between runs, as bytes: bencode (BEP 3) around a SHA-1, so that a file that was cut or
// in which any bit changed is known for what it is (D5).
import { type Address, parseHost } from '../protocol/address.ts'
import { type BencodeLimits, type BencodeNode, decodeBencode } from '../protocol/bencode.ts'
import { encodeBencode } from '../protocol/bencode-encode.ts'
import { type Bitfield, bitfieldFromWire } from '../protocol/bitfield.ts'
import { equalBytes } from '../protocol/bytes.ts'
import { ProtocolError } from '../protocol/errors.ts'
import type { Hasher } from './environment.ts'

/** By what a file is known again; undefined where there was none. */
export type FileMark = {
	readonly sizeBytes: number
	readonly mtimeNs: string
	readonly inode: string
}

export type ResumeState = {
	readonly infoHash: Uint8Array
	/** Grows by one at each save: the larger of two generations is the newer. */
	readonly generation: number
	/** Whether the run ended and nothing was written after this state. */
	readonly clean: boolean
	/** Milliseconds since 1970. */
	readonly savedAt: number
	readonly directory: string
	/** Pieces whose bytes are safe on disk. */
	readonly durable: Bitfield
	/** Pieces that were written and may or may not have reached the disk. */
	readonly inDoubt: Bitfield
	/** One a file of the torrent, and the part file's last. */
	readonly files: readonly (FileMark | undefined)[]
	readonly uploadedBytes: number
	readonly downloadedBytes: number
	readonly peers: readonly Address[]
}

/** What a state must agree with to be this torrent's. */
export type ResumeShape = {
	readonly infoHash: Uint8Array
	readonly pieceCount: number
	/** Files of the torrent and the part file. */
	readonly fileCount: number
}

const keptPeers = 200
const version = 1
const limits: BencodeLimits = { maxDepth: 4, maxTokens: 2_000 }
const peerPattern = /^(\S{1,45}) (\d{1,5})$/
const markPattern = /^(\d{1,16}) (-?\d{1,24}) ([\d:]{1,48})$/

/** The bytes of a state. */
export function encodeResumeState(state: ResumeState, hasher: Hasher): Uint8Array {
	const body = encodeBencode({
		version,
		clean: state.clean ? 1 : 0,
		directory: new TextEncoder().encode(state.directory),
		downloaded: state.downloadedBytes,
		durable: state.durable.bytes,
		files: state.files.map(formatMark).join('\n'),
		generation: state.generation,
		'in doubt': state.inDoubt.bytes,
		'info hash': state.infoHash,
		peers: state.peers.slice(0, keptPeers).map(({ host, port }) => `${host} ${port}`),
		'saved at': Math.round(state.savedAt),
		uploaded: state.uploadedBytes,
	})
	return encodeBencode({ sha1: hasher.sha1(body), state: body })
}

/** The state in `bytes`, undefined unless every bit of it is as it was written and it fits the torrent. */
export function decodeResumeState(
	bytes: Uint8Array,
	shape: ResumeShape,
	hasher: Hasher,
): ResumeState | undefined {
	try {
		const root = decodeBencode(bytes, limits)
		const body = root.getBytes('state')
		const digest = root.getBytes('sha1')
		if (body === undefined || digest === undefined || !equalBytes(hasher.sha1(body), digest)) return undefined
		return readBody(decodeBencode(body, limits), shape)
	} catch (error) {
		if (error instanceof ProtocolError) return undefined
		throw error
	}
}

function readBody(root: BencodeNode, shape: ResumeShape): ResumeState | undefined {
	const infoHash = root.getBytes('info hash')
	const marks = root.getText('files')?.split('\n')
	if (root.getInteger('version') !== version || infoHash === undefined) return undefined
	if (!equalBytes(infoHash, shape.infoHash) || marks?.length !== shape.fileCount) return undefined
	return {
		infoHash,
		generation: count(root, 'generation'),
		clean: count(root, 'clean') === 1,
		savedAt: count(root, 'saved at'),
		directory: root.getText('directory') ?? '',
		durable: bitfieldFromWire(root.getBytes('durable') ?? new Uint8Array(), shape.pieceCount),
		inDoubt: bitfieldFromWire(root.getBytes('in doubt') ?? new Uint8Array(), shape.pieceCount),
		files: marks.map(parseMark),
		uploadedBytes: count(root, 'uploaded'),
		downloadedBytes: count(root, 'downloaded'),
		peers: [...(root.getList('peers')?.items() ?? [])]
			.slice(0, keptPeers)
			.flatMap(item => parsePeer(item.text ?? '') ?? []),
	}
}

function count(root: BencodeNode, key: string): number {
	return Math.max(0, root.getInteger(key) ?? 0)
}

function parsePeer(text: string): Address | undefined {
	const [, host, port] = peerPattern.exec(text) ?? []
	if (host === undefined || parseHost(host) === undefined) return undefined
	return Number(port) > 0 && Number(port) <= 0xffff ? { host, port: Number(port) } : undefined
}

function formatMark(mark: FileMark | undefined): string {
	return mark === undefined ? '' : `${mark.sizeBytes} ${mark.mtimeNs} ${mark.inode}`
}

function parseMark(text: string): FileMark | undefined {
	const [, sizeBytes, mtimeNs, inode] = markPattern.exec(text) ?? []
	if (sizeBytes === undefined || mtimeNs === undefined || inode === undefined) return undefined
	return { sizeBytes: Number(sizeBytes), mtimeNs, inode }
}
