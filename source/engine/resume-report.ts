// What the last run left of a torrent, as what the next one may trust, has to check and has to tell the user.
import type { Address } from '../protocol/address.ts'
import { type Bitfield, createBitfield } from '../protocol/bitfield.ts'
import type { FileStorage } from './file-storage.ts'
import type { ResumeState } from './resume-codec.ts'
import { compareFiles } from './resume-files.ts'
import type { FoundState } from './state-file.ts'

export type ResumeNote = {
	readonly code:
		| 'stateDamaged'
		| 'previousState'
		| 'otherDirectory'
		| 'filesChanged'
		| 'filesMissing'
		| 'uncleanEnd'
		| 'dataWithoutState'
	/** One sentence for the user. */
	readonly text: string
	readonly files: readonly number[]
}

export type Resumed = {
	/** Pieces that need no look. */
	readonly trusted: Bitfield
	/** Pieces to be hashed by Verifier.check before anything is claimed. */
	readonly toCheck: Bitfield
	readonly notes: readonly ResumeNote[]
	/** Chosen files that the state claims and that are gone: an error, not a silent new download (D4). */
	readonly missingFiles: readonly number[]
	/** Nothing is known of what lies in this folder: files in it may be another's. */
	readonly isFirst: boolean
	readonly uploadedBytes: number
	readonly downloadedBytes: number
	readonly peers: readonly Address[]
}

/** `files` has been prepared; `directory` is where it looks for them. */
export function resumeFrom(found: FoundState, files: FileStorage, directory: string): Resumed {
	const { state } = found
	if (state === undefined) return withoutState(files, found.damaged > 0 ? [damaged] : [])
	if (state.directory !== wellFormed(directory)) {
		const text = `The saved state is about data in another folder: what is here is checked.`
		return { ...withoutState(files, [note('otherDirectory', text)]), ...totalsOf(state) }
	}
	const { trusted, toCheck, changedFiles, missingFiles } = compareFiles(state, files)
	const notes: ResumeNote[] = []
	if (found.damaged > 0) {
		notes.push(note('previousState', 'One of the two saved states is damaged: the other one is used.'))
	}
	if (!state.clean && toCheck.count > 0) {
		notes.push(note('uncleanEnd', `The last run did not end cleanly: ${pieces(toCheck)} checked.`))
	}
	if (changedFiles.length > 0) {
		const text = `${sentence(changedFiles)} changed since the last run: ${pieces(toCheck)} checked.`
		notes.push(note('filesChanged', text, changedFiles))
	}
	if (missingFiles.length > 0) {
		notes.push(
			note('filesMissing', `${sentence(missingFiles)} disappeared since the last run.`, missingFiles),
		)
	}
	return { trusted, toCheck, notes, missingFiles, isFirst: false, ...totalsOf(state) }
}

const damaged = note('stateDamaged', 'The saved state is damaged: all data on disk is checked.')

function withoutState(files: FileStorage, notes: readonly ResumeNote[]): Resumed {
	const toCheck = files.checkable()
	const found =
		toCheck.count > 0 && notes.length === 0
			? [note('dataWithoutState', 'There are files of this torrent already: they are checked.')]
			: notes
	return {
		trusted: createBitfield(toCheck.size),
		toCheck,
		notes: found,
		missingFiles: [],
		isFirst: !notes.includes(damaged),
		uploadedBytes: 0,
		downloadedBytes: 0,
		peers: [],
	}
}

function totalsOf(state: ResumeState): Pick<Resumed, 'uploadedBytes' | 'downloadedBytes' | 'peers'> {
	const { uploadedBytes, downloadedBytes, peers } = state
	return { uploadedBytes, downloadedBytes, peers }
}

function note(code: ResumeNote['code'], text: string, files: readonly number[] = []): ResumeNote {
	return { code, text, files }
}

function sentence(files: readonly number[]): string {
	return files.length === 1 ? 'One file has' : `${files.length} files have`
}

function pieces(toCheck: Bitfield): string {
	return toCheck.count === 1 ? 'one piece is' : `${toCheck.count} pieces are`
}

/** A path as it comes back from a state: lone surrogates do not survive UTF-8. */
function wellFormed(path: string): string {
	return new TextDecoder().decode(new TextEncoder().encode(path))
}
