// Small torrents built in memory, for any test that needs one. Contents are drawn from a seed, so that the
// same call always makes the same torrent.

import { createHash } from 'node:crypto'
import { type Bencodable, encodeBencode } from '../../source/protocol/bencode-encode.ts'
import { concatBytes } from '../../source/protocol/bytes.ts'
import { type InfoHash, toInfoHash } from '../../source/protocol/ids.ts'

export type TorrentFile = {
	/** Elements below the torrent's name, or one element as text. */
	readonly path: string | readonly string[]
	/** The content itself, or how many bytes to make up. */
	readonly content: Uint8Array | number
	/** BEP 47 attributes, e.g. `p` for a pad file. */
	readonly attr?: string
}

export type TorrentRecipe = {
	readonly name?: string
	/** Single-file torrent: the content itself, or how many bytes to make up. */
	readonly bytes?: Uint8Array | number
	/** Multi-file torrent. */
	readonly files?: readonly TorrentFile[]
	readonly pieceLength?: number
	readonly announce?: string
	readonly announceList?: readonly (readonly string[])[]
	readonly urlList?: string | readonly string[]
	readonly private?: boolean
	readonly seed?: number
	/** Laid over the info dictionary; `undefined` takes a key away. */
	readonly info?: Readonly<Record<string, Bencodable | undefined>>
	/** Laid over the outer dictionary; `undefined` takes a key away. */
	readonly outer?: Readonly<Record<string, Bencodable | undefined>>
}

export type MadeTorrent = {
	/** The .torrent file. */
	readonly bytes: Uint8Array<ArrayBuffer>
	readonly infoHash: InfoHash
	/** The bencoded info dictionary. */
	readonly infoBytes: Uint8Array<ArrayBuffer>
	/** All files one after the other, as pieces are cut from them. */
	readonly content: Uint8Array<ArrayBuffer>
	readonly pieceLength: number
	readonly pieceCount: number
}

/** A torrent as the recipe says: by default one file of 100,000 made-up bytes in pieces of 32 KiB. */
export function makeTorrent(recipe: TorrentRecipe = {}): MadeTorrent {
	const pieceLength = recipe.pieceLength ?? 32_768
	const seed = recipe.seed ?? 1
	const { files } = recipe
	const contents =
		files === undefined
			? [contentOf(recipe.bytes ?? 100_000, seed)]
			: files.map((file, index) => contentOf(file.content, seed + index))
	const content = concatBytes(contents)
	const pieces = hashPieces(content, pieceLength)
	const info = withoutUndefined({
		name: recipe.name ?? 'made up',
		'piece length': pieceLength,
		pieces,
		private: recipe.private === undefined ? undefined : Number(recipe.private),
		...(files === undefined
			? { length: content.length }
			: { files: files.map((file, index) => fileEntry(file, contents[index]?.length ?? 0)) }),
		...recipe.info,
	})
	const infoBytes = encodeBencode(info)
	const bytes = encodeBencode(
		withoutUndefined({
			announce: recipe.announce,
			'announce-list': recipe.announceList,
			'url-list': recipe.urlList,
			info,
			...recipe.outer,
		}),
	)
	const infoHash = toInfoHash(sha1(infoBytes))
	return { bytes, infoHash, infoBytes, content, pieceLength, pieceCount: pieces.length / 20 }
}

/** `length` bytes that look random and depend on the seed alone. */
export function makeContent(length: number, seed = 1): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(length)
	let state = (seed + 1) * 0x9e3779b1
	for (let index = 0; index < length; index += 1) {
		state ^= state << 13
		state ^= state >>> 17
		state ^= state << 5
		bytes[index] = state
	}
	return bytes
}

/** The SHA-1 of every piece, one after the other. */
export function hashPieces(content: Uint8Array, pieceLength: number): Uint8Array<ArrayBuffer> {
	const hashes: Uint8Array[] = []
	for (let offset = 0; offset < content.length; offset += pieceLength) {
		hashes.push(sha1(content.subarray(offset, offset + pieceLength)))
	}
	return concatBytes(hashes)
}

function contentOf(content: Uint8Array | number, seed: number): Uint8Array {
	return typeof content === 'number' ? makeContent(content, seed) : content
}

function fileEntry(file: TorrentFile, length: number): Bencodable {
	const path = typeof file.path === 'string' ? [file.path] : file.path
	return withoutUndefined({ length, path, attr: file.attr })
}

function withoutUndefined(
	entries: Readonly<Record<string, Bencodable | undefined>>,
): Map<string, Bencodable> {
	const kept = new Map<string, Bencodable>()
	for (const [key, value] of Object.entries(entries)) if (value !== undefined) kept.set(key, value)
	return kept
}

function sha1(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
	return new Uint8Array(createHash('sha1').update(bytes).digest())
}
