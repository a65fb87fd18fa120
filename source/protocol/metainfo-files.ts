// The file list of an info dictionary (BEP 3 "multi-file", BEP 47 attributes). The files lie one after the
// other in the torrent's bytes without gaps, and their sum is a safe integer.

import type { BencodeNode } from './bencode.ts'
import { fromStrictUtf8, fromUtf8 } from './bytes.ts'
import { ProtocolError } from './errors.ts'
import { maxPieceLength } from './geometry.ts'
import { quote, type Warnings, warn } from './metainfo-warnings.ts'
import { safe } from './safe-text.ts'
import type { Steps } from './steps.ts'

export type MetainfoFile = {
	/**
	 * Names as the torrent gives them, below its root directory; empty for the file of a single-file torrent.
	 * Ill-formed UTF-8 is U+FFFD. Not safe for a disk or a terminal: see engine/safe-path.ts, safe-text.ts.
	 */
	readonly path: readonly string[]
	readonly lengthBytes: number
	/** Where the file begins in the torrent's bytes. */
	readonly offsetBytes: number
	/** Zeros between files that are never written to disk (BEP 47). */
	readonly pad: boolean
	readonly executable: boolean
}

/** The largest content: a piece more still is a safe integer. */
const maxTotalBytes = Number.MAX_SAFE_INTEGER - maxPieceLength
const maxPathDepth = 100
const filesPerStep = 5_000
const noPath: readonly string[] = []

/** The one file of a single-file torrent. */
export function readSingleFile(info: BencodeNode): MetainfoFile {
	const executable = readAttributes(info).includes('x')
	return { path: noPath, lengthBytes: readLength(info), offsetBytes: 0, pad: false, executable }
}

/** All files of `list`; yields after every 5,000 (a few milliseconds). Symlinks are left out with a warning. */
export function* readFiles(list: BencodeNode, warnings: Warnings): Steps<MetainfoFile[]> {
	const files: MetainfoFile[] = []
	let offsetBytes = 0
	let count = 0
	for (const entry of list.items()) {
		const file = readFile(entry, offsetBytes, warnings)
		if (file !== undefined) {
			offsetBytes += file.lengthBytes
			if (offsetBytes > maxTotalBytes) {
				throw new ProtocolError('metainfo-size', 'expected less than 2^53 bytes of files', {
					offset: entry.start,
				})
			}
			files.push(file)
		}
		count += 1
		if (count % filesPerStep === 0) yield
	}
	return files
}

function readFile(entry: BencodeNode, offsetBytes: number, warnings: Warnings): MetainfoFile | undefined {
	if (entry.type !== 'dictionary') {
		throw new ProtocolError('metainfo-files', 'expected a dictionary for each file', { offset: entry.start })
	}
	const path = readPath(entry)
	const attributes = readAttributes(entry)
	if (attributes.includes('l')) {
		// A symlink takes no bytes of the torrent, whatever its length says (BEP 47).
		warn(warnings, () => safe`symlink ${quote(path.join('/'))} is not created`)
		return undefined
	}
	return {
		path,
		lengthBytes: readLength(entry),
		offsetBytes,
		pad: attributes.includes('p'),
		executable: attributes.includes('x'),
	}
}

/** The `length` of a file: an integer from 0, so small that a sum with a piece stays exact. */
function readLength(entry: BencodeNode): number {
	const length = entry.get('length')
	const value = length?.integer
	if (value !== undefined && value >= 0 && value <= maxTotalBytes) return value
	const got = length?.bigint === undefined ? 'none' : `${length.bigint}`
	const offset = (length ?? entry).start
	throw new ProtocolError('metainfo-length', `expected a length from 0 to 2^53, got ${got}`, { offset })
}

/** `path.utf-8` where it is well-formed, else `path`. */
function readPath(entry: BencodeNode): string[] {
	const preferred = entry.getList('path.utf-8')
	if (preferred !== undefined) {
		const path = readElements(preferred, fromStrictUtf8)
		if (path !== undefined) return path
	}
	const list = entry.getList('path')
	const path = list === undefined ? undefined : readElements(list, fromUtf8)
	if (path !== undefined) return path
	const expected = `expected a path of 1 to ${maxPathDepth} names for each file`
	throw new ProtocolError('metainfo-path', expected, { offset: (list ?? entry).start })
}

function readElements(
	list: BencodeNode,
	decode: (bytes: Uint8Array) => string | undefined,
): string[] | undefined {
	const path: string[] = []
	for (const element of list.items()) {
		const { bytes } = element
		const text = bytes === undefined ? undefined : decode(bytes)
		if (text === undefined || path.length >= maxPathDepth) return undefined
		path.push(text)
	}
	return path.length > 0 ? path : undefined
}

function readAttributes(entry: BencodeNode): string {
	const bytes = entry.getBytes('attr')
	return bytes === undefined ? '' : fromUtf8(bytes.subarray(0, 16))
}
