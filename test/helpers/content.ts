// Content for torrents: pseudo-random bytes that depend on a seed alone, written fast (AES-CTR keystream, over
// 1 GB/s), and digests to compare what arrived with what was sent.
import { createCipheriv, createHash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readdirSync, readSync, statSync, writeSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const stepBytes = 1 << 20

/** The keystream that belongs to `seed`: a function that returns the next `length` bytes. */
function keystream(seed: string): (length: number) => Buffer {
	const key = createHash('sha256').update(seed).digest()
	const cipher = createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16))
	const zeros = Buffer.alloc(stepBytes)
	return length => cipher.update(zeros.subarray(0, length))
}

/** Writes one file of `sizeBytes` bytes, the same for the same seed; makes the folders above it. */
export function writeContentFile(path: string, sizeBytes: number, seed: string): void {
	mkdirSync(dirname(path), { recursive: true })
	const next = keystream(seed)
	const descriptor = openSync(path, 'w')
	try {
		for (let left = sizeBytes; left > 0; left -= stepBytes) {
			const bytes = next(Math.min(left, stepBytes))
			for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written)
		}
	} finally {
		closeSync(descriptor)
	}
}

/** What {@link writeContentTree} writes: `fileCount` files in folders of 100, `totalBytes` together. */
export interface ContentTree {
	readonly fileCount: number
	readonly totalBytes: number
	readonly seed: string
	/** Of one more file that comes first. */
	readonly firstBytes?: number
}

/**
 * Writes many files of uneven sizes below `root` and returns their paths relative to it, in the order that a
 * torrent lists them. Every tenth file is empty, so that readers meet files without a byte of their own.
 */
export function writeContentTree(root: string, tree: ContentTree): string[] {
	const draw = keystream(`${tree.seed}/sizes`)
	const weights = Array.from({ length: tree.fileCount }, (_, index) =>
		index % 10 === 9 ? 0 : 1 + draw(1).readUInt8(0),
	)
	const weightSum = weights.reduce((sum, weight) => sum + weight, 0)
	const { firstBytes = 0 } = tree
	const first = 'first.bin'
	if (firstBytes > 0) writeContentFile(join(root, first), firstBytes, `${tree.seed}/${first}`)
	const rest = tree.totalBytes - firstBytes
	let given = 0
	let seen = 0
	const others = weights.map((weight, index) => {
		seen += weight
		const upTo = Math.floor((rest * seen) / weightSum)
		const path = join(
			`folder-${String(Math.floor(index / 100)).padStart(3, '0')}`,
			`file-${String(index).padStart(5, '0')}.bin`,
		)
		writeContentFile(join(root, path), upTo - given, `${tree.seed}/${path}`)
		given = upTo
		return path
	})
	return firstBytes > 0 ? [first, ...others] : others
}

/** SHA-256 of one file, in hex. */
export function sha256OfFile(path: string): string {
	const hash = createHash('sha256')
	const buffer = Buffer.allocUnsafe(stepBytes)
	const descriptor = openSync(path, 'r')
	try {
		for (;;) {
			const length = readSync(descriptor, buffer)
			if (length === 0) return hash.digest('hex')
			hash.update(buffer.subarray(0, length))
		}
	} finally {
		closeSync(descriptor)
	}
}

/** How a tree of files differs from the one that it should equal; paths are relative, '' is the root itself. */
export interface TreeDifference {
	readonly missing: readonly string[]
	readonly extra: readonly string[]
	readonly different: readonly string[]
}

/** Compares two files or folders by paths and SHA-256. A root that does not exist has no files. */
export function compareTrees(expected: string, actual: string): TreeDifference {
	const wanted = filesBelow(expected)
	const found = new Set(filesBelow(actual))
	const isSame = (path: string) => sha256OfFile(join(expected, path)) === sha256OfFile(join(actual, path))
	return {
		missing: wanted.filter(path => !found.has(path)),
		extra: [...found].filter(path => !wanted.includes(path)),
		different: wanted.filter(path => found.has(path) && !isSame(path)),
	}
}

function filesBelow(root: string): string[] {
	const status = statSync(root, { throwIfNoEntry: false })
	if (status === undefined) return []
	if (status.isFile()) return ['']
	return readdirSync(root, { recursive: true, withFileTypes: true })
		.filter(entry => entry.isFile())
		.map(entry => relative(root, join(entry.parentPath, entry.name)))
		.sort()
}
