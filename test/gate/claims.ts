// What a state folder claims of a torrent, and whether it is true: every claimed piece is read from the files
// and hashed here, without the program's own check.
import { createHash } from 'node:crypto'
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { createNodeHasher } from '../../source/engine/node-hasher.ts'
import { decodeResumeState, type ResumeState } from '../../source/engine/resume-codec.ts'
import { hasPiece } from '../../source/protocol/bitfield.ts'
import { equalBytes, toHex } from '../../source/protocol/bytes.ts'
import { pieceBytes, pieceOffset } from '../../source/protocol/geometry.ts'
import { type Metainfo, parseMetainfo } from '../../source/protocol/metainfo.ts'

export type Subject = { readonly metainfo: Metainfo; readonly infoHash: Uint8Array }

export type Claims = {
	/** Pieces that the next run takes for granted. */
	readonly durable: ReadonlySet<number>
	/** Pieces that it hashes first. */
	readonly inDoubt: ReadonlySet<number>
	/** Generations of the state that are there and cannot be read. */
	readonly damaged: number
}

/** A .torrent file on disk. */
export function readSubject(torrentFile: string): Subject {
	const metainfo = parseMetainfo(readFileSync(torrentFile))
	return { metainfo, infoHash: createHash('sha1').update(metainfo.infoBytes).digest() }
}

/** The newest generation that can be read; nothing where there is none. */
export function readClaims(stateDir: string, { metainfo, infoHash }: Subject): Claims {
	const { pieceCount } = metainfo.geometry
	const shape = { infoHash, pieceCount, fileCount: metainfo.files.length + 1 }
	let newest: ResumeState | undefined
	let damaged = 0
	for (const slot of [0, 1]) {
		const path = join(stateDir, `${toHex(infoHash)}.state.${slot}`)
		if (!existsSync(path)) continue
		const state = decodeResumeState(readFileSync(path), shape, createNodeHasher())
		if (state === undefined) damaged += 1
		else if (newest === undefined || state.generation > newest.generation) newest = state
	}
	const durable = new Set<number>()
	const inDoubt = new Set<number>()
	for (let piece = 0; newest !== undefined && piece < pieceCount; piece += 1) {
		if (hasPiece(newest.durable, piece)) durable.add(piece)
		if (hasPiece(newest.inDoubt, piece)) inDoubt.add(piece)
	}
	return { durable, inDoubt, damaged }
}

/** Those of the pieces whose bytes below `directory` do not have their hash. */
export function falseAmong(pieces: Iterable<number>, { metainfo }: Subject, directory: string): number[] {
	const wrong: number[] = []
	for (const piece of pieces) {
		const expected = metainfo.pieceHashes.subarray(piece * 20, piece * 20 + 20)
		const bytes = readPiece(piece, metainfo, directory)
		if (bytes === undefined || !equalBytes(createHash('sha1').update(bytes).digest(), expected))
			wrong.push(piece)
	}
	return wrong
}

function readPiece(
	piece: number,
	{ geometry, files, name, single }: Metainfo,
	directory: string,
): Uint8Array | undefined {
	const start = pieceOffset(geometry, piece)
	const bytes = Buffer.alloc(pieceBytes(geometry, piece))
	for (const { offsetBytes, lengthBytes, path } of files) {
		const from = Math.max(start, offsetBytes)
		const length = Math.min(start + bytes.length, offsetBytes + lengthBytes) - from
		if (length <= 0) continue
		const file = join(directory, name, ...(single ? [] : path))
		if (!existsSync(file)) return undefined
		const descriptor = openSync(file, 'r')
		const read = readSync(descriptor, bytes, { offset: from - start, length, position: from - offsetBytes })
		closeSync(descriptor)
		if (read !== length) return undefined
	}
	return bytes
}
