// A .torrent (BEP 3, v1) for content that lies on disk, hashed in one pass however large it is.
import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

export interface TorrentFile {
	readonly path: string
	/** Hex. */
	readonly infoHash: string
	readonly totalBytes: number
}

export interface TorrentFileOptions {
	/** Where to write the .torrent. */
	readonly path: string
	/** The file or folder to describe; its base name becomes the torrent's name. */
	readonly contentPath: string
	readonly pieceBytes: number
	/** Paths of the files below `contentPath`, in the torrent's order; absent for a torrent of one file. */
	readonly files?: readonly string[]
	readonly tracker?: string
}

type Bencodable = string | number | Buffer | readonly Bencodable[] | { readonly [key: string]: Bencodable }

function bencode(value: Bencodable): Buffer {
	if (typeof value === 'number') return Buffer.from(`i${value}e`)
	if (typeof value === 'string') return bencode(Buffer.from(value))
	if (Buffer.isBuffer(value)) return Buffer.concat([Buffer.from(`${value.length}:`), value])
	if (Array.isArray(value)) return Buffer.concat([Buffer.from('l'), ...value.map(bencode), Buffer.from('e')])
	const entries = Object.entries(value).sort(([left], [right]) =>
		Buffer.compare(Buffer.from(left), Buffer.from(right)),
	)
	return Buffer.concat([
		Buffer.from('d'),
		...entries.flatMap(([key, item]) => [bencode(key), bencode(item)]),
		Buffer.from('e'),
	])
}

/** The digests of all pieces over the files' bytes laid end to end. */
function hashPieces(paths: readonly string[], pieceBytes: number): Buffer {
	const digests: Buffer[] = []
	const piece = Buffer.allocUnsafe(pieceBytes)
	let filled = 0
	const finishPiece = () => {
		digests.push(createHash('sha1').update(piece.subarray(0, filled)).digest())
		filled = 0
	}
	for (const path of paths) {
		const descriptor = openSync(path, 'r')
		for (;;) {
			const length = readSync(descriptor, piece, filled, pieceBytes - filled, null)
			if (length === 0) break
			filled += length
			if (filled === pieceBytes) finishPiece()
		}
		closeSync(descriptor)
	}
	if (filled > 0) finishPiece()
	return Buffer.concat(digests)
}

/** Writes the .torrent and says what the clients need to know of it. */
export function makeTorrentFile(options: TorrentFileOptions): TorrentFile {
	const relativePaths = options.files ?? ['']
	const paths = relativePaths.map(path => join(options.contentPath, path))
	const sizes = paths.map(path => statSync(path).size)
	const totalBytes = sizes.reduce((sum, size) => sum + size, 0)
	const layout: Record<string, Bencodable> =
		options.files === undefined
			? { length: totalBytes }
			: { files: relativePaths.map((path, index) => ({ length: sizes[index] ?? 0, path: path.split('/') })) }
	const info = bencode({
		name: basename(options.contentPath),
		'piece length': options.pieceBytes,
		pieces: hashPieces(paths, options.pieceBytes),
		...layout,
	})
	const announce =
		options.tracker === undefined ? '' : `8:announce${options.tracker.length}:${options.tracker}`
	writeFileSync(options.path, Buffer.concat([Buffer.from(`d${announce}4:info`), info, Buffer.from('e')]))
	return { path: options.path, infoHash: createHash('sha1').update(info).digest('hex'), totalBytes }
}
