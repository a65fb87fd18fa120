// What became of the files since a state was saved, and what that means for the pieces: nothing is claimed
// that a look at the disk contradicts, and no more is read again than that (D3, D4).
import {
	type Bitfield,
	clearPiece,
	copyBitfield,
	createBitfield,
	hasPiece,
	setPiece,
} from '../protocol/bitfield.ts'
import type { FileStat } from './environment.ts'
import { type FileLayout, piecesOfFile } from './file-layout.ts'
import type { FileStorage } from './file-storage.ts'
import type { FileMark, ResumeState } from './resume-codec.ts'

export type FilesAgainstState = {
	/** Pieces that need no look. */
	readonly trusted: Bitfield
	/** Pieces to be hashed before anything is claimed. */
	readonly toCheck: Bitfield
	/** Files that are not what they were, indexes of the layout. */
	readonly changedFiles: readonly number[]
	/** Chosen files that the state claims pieces of and that are gone. */
	readonly missingFiles: readonly number[]
}

/**
 * How long after the last save of a run that ended badly a file may have been written by that run: a save is
 * due every few seconds, but it waits for the disk.
 */
const ownWritesMs = 5 * 60_000

/** Compares the files as prepare() saw them with the marks in the state. */
export function compareFiles(state: ResumeState, files: FileStorage): FilesAgainstState {
	const checkable = files.checkable()
	const trusted = copyBitfield(state.durable)
	const toCheck = createBitfield(checkable.size)
	const changedFiles: number[] = []
	const missingFiles: number[] = []
	for (const [index, mark] of state.files.entries()) {
		const stat = files.stats[index]
		if (stat === undefined && mark === undefined) continue
		const pieces = index < files.layout.files.length ? [index] : filesInParts(files)
		// To what it claims as a whole the crashed run wrote nothing more: any change is somebody else's (D13).
		const isOurs = pieces.every(file => !claimsWhole(state, files.layout, file))
		if (stat !== undefined && mark !== undefined && isSame(state, { mark, stat, isOurs })) continue
		const claimed = pieces.some(file => claimsPieceOf(state, files.layout, file))
		if (stat === undefined && claimed && files.isChosen(index)) missingFiles.push(index)
		else if (stat !== undefined && !wasCreatedByUs(state, mark, stat) && index < files.layout.files.length) {
			changedFiles.push(index)
		}
		for (const file of pieces) distrust(files.layout, file, { trusted, toCheck })
	}
	for (let piece = 0; piece < checkable.size; piece += 1) {
		if (hasPiece(state.inDoubt, piece) && !hasPiece(trusted, piece)) setPiece(toCheck, piece)
		if (hasPiece(toCheck, piece) && !hasPiece(checkable, piece)) clearPiece(toCheck, piece)
	}
	return { trusted, toCheck, changedFiles, missingFiles }
}

function isSame(
	state: ResumeState,
	{ mark, stat, isOurs }: { readonly mark: FileMark; readonly stat: FileStat; readonly isOurs: boolean },
): boolean {
	if (stat.kind !== 'file' || stat.inode !== mark.inode) return false
	if (stat.sizeBytes === mark.sizeBytes && stat.mtimeNs === mark.mtimeNs) return true
	// What the crashed run wrote after its last save went to pieces that the state does not claim.
	return isOurs && stat.sizeBytes >= mark.sizeBytes && mayBeOurWrite(state, stat)
}

function wasCreatedByUs(state: ResumeState, mark: FileMark | undefined, stat: FileStat): boolean {
	return mark === undefined && mayBeOurWrite(state, stat)
}

/** After a clean end nobody but others can have written; after a crash whatever is recent is taken for ours. */
function mayBeOurWrite(state: ResumeState, stat: FileStat): boolean {
	return !state.clean && Number(BigInt(stat.mtimeNs) / 1_000_000n) <= state.savedAt + ownWritesMs
}

function claimsPieceOf(state: ResumeState, layout: FileLayout, file: number): boolean {
	const pieces = piecesOfFile(layout, file)
	if (pieces === undefined) return false
	for (let piece = pieces.first; piece <= pieces.last; piece += 1) {
		if (hasPiece(state.durable, piece)) return true
	}
	return false
}

function claimsWhole(state: ResumeState, layout: FileLayout, file: number): boolean {
	const pieces = piecesOfFile(layout, file)
	if (pieces === undefined) return false
	for (let piece = pieces.first; piece <= pieces.last; piece += 1) {
		if (!hasPiece(state.durable, piece)) return false
	}
	return true
}

function distrust(
	layout: FileLayout,
	file: number,
	{ trusted, toCheck }: { readonly trusted: Bitfield; readonly toCheck: Bitfield },
): void {
	const pieces = piecesOfFile(layout, file)
	if (pieces === undefined) return
	for (let piece = pieces.first; piece <= pieces.last; piece += 1) {
		clearPiece(trusted, piece)
		setPiece(toCheck, piece)
	}
}

function filesInParts(files: FileStorage): number[] {
	return [...files.layout.files.keys()].filter(file => files.isInParts(file))
}
