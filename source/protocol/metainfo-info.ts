// The info dictionary (BEP 3, BEP 27 private, BEP 52 only to tell it apart): what there is to download. All
// numbers are checked against each other here, before anybody allocates by one of them.

import type { BencodeNode } from './bencode.ts'
import { fromUtf8 } from './bytes.ts'
import { ProtocolError } from './errors.ts'
import { countPieces, createGeometry, type Geometry, maxPieceLength } from './geometry.ts'
import { type MetainfoFile, readFiles, readSingleFile } from './metainfo-files.ts'
import { type Warnings, warn } from './metainfo-warnings.ts'
import { safe } from './safe-text.ts'
import type { Steps } from './steps.ts'

const hashBytes = 20

export type Info = {
	/** The bytes as they came: their SHA-1 is the info hash, their SHA-256 that of version 2. A view. */
	readonly infoBytes: Uint8Array
	/** Name of the file, or of the directory of all files, as it came and as text; neither is safe as a path. */
	readonly nameBytes: Uint8Array
	readonly name: string
	/** Whether the torrent is one file without a directory. */
	readonly single: boolean
	/** In the torrent's order; pad files included, symlinks not. */
	readonly files: readonly MetainfoFile[]
	readonly geometry: Geometry
	/** SHA-1 of every piece, one after the other; 20 × pieceCount bytes. A view. */
	readonly pieceHashes: Uint8Array
	readonly private: boolean
	/** Whether it is a hybrid of version 1 and 2, which is used as version 1 (BEP 52). */
	readonly hybrid: boolean
}

/** Reads a decoded info dictionary, yielding now and then. Throws a ProtocolError with a code metainfo-…. */
export function* readInfo(info: BencodeNode, warnings: Warnings): Steps<Info> {
	if (info.type !== 'dictionary') refuse('metainfo-info', 'expected a dictionary for info', info)
	refuseVersion2Only(info)
	const pieceLength = readPieceLength(info)
	const pieceHashes = readPieceHashes(info)
	const name = readName(info)
	const list = info.get('files')
	if (list !== undefined && info.get('length') !== undefined) {
		refuse('metainfo-files', 'expected either length or files, got both', list)
	}
	if (list !== undefined && list.type !== 'list') refuse('metainfo-files', 'expected a list of files', list)
	const files = list === undefined ? [readSingleFile(info)] : yield* readFiles(list, warnings)
	const last = files.at(-1)
	const totalBytes = last === undefined ? 0 : last.offsetBytes + last.lengthBytes
	if (totalBytes === 0) refuse('metainfo-size', 'expected at least one byte of content', list ?? info)
	const pieceCount = countPieces(pieceLength, totalBytes)
	if (pieceHashes.length !== pieceCount * hashBytes) {
		const got = pieceHashes.length / hashBytes
		refuse('metainfo-pieces', `expected ${pieceCount} hashes for ${totalBytes} bytes, got ${got}`, info)
	}
	return {
		infoBytes: info.raw,
		...name,
		single: list === undefined,
		files,
		geometry: createGeometry(pieceLength, totalBytes),
		pieceHashes,
		private: readPrivate(info, warnings),
		hybrid: info.get('file tree') !== undefined,
	}
}

function refuseVersion2Only(info: BencodeNode): void {
	if (info.get('pieces') !== undefined) return
	if (info.get('file tree') === undefined && info.getInteger('meta version') !== 2) return
	const sentence = 'this torrent is of BitTorrent version 2 alone (BEP 52), which is not supported'
	refuse('metainfo-v2-only', sentence, info)
}

function readPieceLength(info: BencodeNode): number {
	const node = info.get('piece length')
	const value = node?.integer
	if (value !== undefined && value >= 1 && value <= maxPieceLength) return value
	const got = node?.bigint === undefined ? 'none' : `${node.bigint}`
	return refuse('metainfo-piece-length', `expected a piece length from 1 to 2^29, got ${got}`, node ?? info)
}

function readPieceHashes(info: BencodeNode): Uint8Array {
	const node = info.get('pieces')
	const hashes = node?.bytes
	if (node !== undefined && hashes !== undefined && hashes.length % hashBytes === 0) return hashes
	const expected = 'expected pieces, a string of 20 bytes for each piece'
	return refuse('metainfo-pieces', expected, node ?? info)
}

/** `name.utf-8` where it is well-formed, else `name`. */
function readName(info: BencodeNode): Pick<Info, 'name' | 'nameBytes'> {
	const preferred = info.get('name.utf-8')
	if (preferred?.bytes !== undefined && preferred.text !== undefined) {
		return { name: preferred.text, nameBytes: preferred.bytes }
	}
	const nameBytes = info.getBytes('name')
	if (nameBytes === undefined) return refuse('metainfo-name', 'expected a name', info)
	return { name: fromUtf8(nameBytes), nameBytes }
}

/** BEP 27 says the integer 1; any other value that is not plainly "no" is taken for yes, the safe side. */
function readPrivate(info: BencodeNode, warnings: Warnings): boolean {
	const node = info.get('private')
	if (node === undefined || node.bigint === 0n || node.bytes?.length === 0) return false
	if (node.bigint !== 1n) warn(warnings, () => safe`the private flag is not 1: taken for private`)
	return true
}

function refuse(code: string, message: string, node: BencodeNode): never {
	throw new ProtocolError(code, message, { offset: node.start })
}
