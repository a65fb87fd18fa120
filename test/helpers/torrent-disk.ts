// A torrent on a disk in memory, with the classes of the engine that keep it there.
import { FileStorage } from '../../source/engine/file-storage.ts'
import { createNodeHasher } from '../../source/engine/node-hasher.ts'
import type { Storage } from '../../source/engine/environment.ts'
import type { LayoutFile } from '../../source/engine/file-layout.ts'
import { Resume, type ResumeOptions } from '../../source/engine/resume.ts'
import { Verifier } from '../../source/engine/verifier.ts'
import { MemoryStorage } from '../../source/practice/memory-storage.ts'
import type { Bitfield } from '../../source/protocol/bitfield.ts'
import { createGeometry, type Geometry, pieceBytes } from '../../source/protocol/geometry.ts'
import { toInfoHash } from '../../source/protocol/ids.ts'
import { hashPieces, makeContent } from './make-torrent.ts'
import { ManualClock } from './manual-clock.ts'

export type DiskRecipe = {
	/** Sizes of files named by their keys; a name that starts with `.pad/` is padding. */
	readonly files: Readonly<Record<string, number>>
	readonly pieceLength: number
	readonly chosen?: readonly number[]
	readonly storage?: MemoryStorage
	readonly clock?: ManualClock
	/** What the classes see instead of the memory itself. */
	readonly through?: (storage: MemoryStorage) => Storage
}

const saveDirectory = '/save'
export const stateDirectory = '/state'
export const infoHash = toInfoHash(new Uint8Array(20).fill(7))
const hex = '07'.repeat(20)
export const partPath = `${stateDirectory}/${hex}.parts`

export type TorrentDisk = {
	readonly memory: MemoryStorage
	readonly storage: Storage
	readonly clock: ManualClock
	readonly geometry: Geometry
	readonly layoutFiles: readonly LayoutFile[]
	/** All bytes of the torrent; padding is zeros. */
	readonly content: Uint8Array
	readonly pieceHashes: Uint8Array
	readonly hasher: ReturnType<typeof createNodeHasher>
	readonly files: FileStorage
	readonly verifier: Verifier
	piece(index: number): Uint8Array
	/** The bytes that belong into a file of the layout. */
	contentOf(file: number): Uint8Array
	/** Puts whole, right files on the disk. */
	fill(...files: readonly number[]): void
	resume(options?: Partial<ResumeOptions>): Resume
}

/** The torrent and its classes; call `files.prepare()` as the engine does. */
export function openTorrentDisk(recipe: DiskRecipe): TorrentDisk {
	const clock = recipe.clock ?? new ManualClock()
	const memory = recipe.storage ?? new MemoryStorage({ wallTime: () => clock.wallTime() })
	const storage = recipe.through?.(memory) ?? memory
	const layoutFiles = Object.entries(recipe.files).map(([name, lengthBytes]) => ({
		path: name.split('/'),
		lengthBytes,
		pad: name.startsWith('.pad/'),
	}))
	const content = contentFor(layoutFiles)
	const geometry = createGeometry(recipe.pieceLength, content.length)
	const hasher = createNodeHasher()
	const chosen = recipe.chosen === undefined ? undefined : new Set(recipe.chosen)
	const files = new FileStorage({
		storage,
		clock,
		geometry,
		files: layoutFiles,
		directory: saveDirectory,
		chosen,
		partPath,
	})
	const pieceHashes = hashPieces(content, recipe.pieceLength)
	const contentOf = (file: number): Uint8Array => {
		const { offsetBytes, lengthBytes } = files.layout.extents[file]!
		return content.subarray(offsetBytes, offsetBytes + lengthBytes)
	}
	return {
		memory,
		storage,
		clock,
		geometry,
		layoutFiles,
		content,
		pieceHashes,
		hasher,
		files,
		verifier: new Verifier({ hasher, files, pieceHashes }),
		piece: index =>
			content.subarray(index * recipe.pieceLength, index * recipe.pieceLength + pieceBytes(geometry, index)),
		contentOf,
		fill: (...indexes) => {
			for (const file of indexes) memory.put(files.pathOf(file), contentOf(file))
		},
		resume: options =>
			new Resume({
				storage,
				clock,
				hasher,
				files,
				infoHash,
				torrent: new Uint8Array([1, 2, 3]),
				stateDirectory,
				directory: saveDirectory,
				facts: () => ({ uploadedBytes: 11, downloadedBytes: 22, peers: [{ host: '192.0.2.1', port: 6881 }] }),
				onStateFailure: () => undefined,
				onSyncFailure: () => undefined,
				...options,
			}),
	}
}

/** Opens the same torrent again, as a new run does. */
export function reopen(disk: TorrentDisk, recipe: DiskRecipe): TorrentDisk {
	return openTorrentDisk({ ...recipe, storage: disk.memory, clock: disk.clock })
}

/** Indexes of the set pieces. */
export function piecesIn(bitfield: Bitfield): number[] {
	return Array.from({ length: bitfield.size }, (_, piece) => piece).filter(
		piece => ((bitfield.bytes[piece >>> 3] ?? 0) & (0x80 >>> (piece & 7))) !== 0,
	)
}

/** Writes pieces as the driver does once their hashes matched. */
export async function writePieces(disk: TorrentDisk, ...pieces: readonly number[]): Promise<void> {
	for (const piece of pieces) {
		const outcome = await disk.files.writePiece(piece, [{ offset: 0, bytes: disk.piece(piece) }])
		if (!outcome.ok) throw new Error(outcome.message)
	}
}

/** Lets everything that needs no time come to its end. */
export async function settle(): Promise<void> {
	for (let turn = 0; turn < 10; turn += 1) await new Promise(resolve => setImmediate(resolve))
}

function contentFor(files: readonly LayoutFile[]): Uint8Array {
	const total = files.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0)
	const content = makeContent(total)
	let offset = 0
	for (const { lengthBytes, pad } of files) {
		if (pad) content.fill(0, offset, offset + lengthBytes)
		offset += lengthBytes
	}
	return content
}
