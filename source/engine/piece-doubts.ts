// Pieces in files that somebody changed while we run (threats D13). One is served only after it was read back whole and
// its hash matched; one that does not match is lost, and nothing more is written to its file before a check.
import {
	type Bitfield,
	clearAllPieces,
	clearPiece,
	createBitfield,
	forEachPiece,
	hasPiece,
	setPiece,
} from '../protocol/bitfield.ts'
import { toPieceIndex } from '../protocol/ids.ts'
import { safeText } from '../protocol/safe-text.ts'
import type { Input, TorrentEvent } from '../torrent/boundary.ts'
import { DiskQueue } from './disk-queue.ts'
import { type FileLayout, partFile, piecesOfFile } from './file-layout.ts'
import type { FileMarks } from './file-marks.ts'
import type { FileStorage } from './file-storage.ts'
import type { Resume } from './resume.ts'
import type { Verifier } from './verifier.ts'

export type PieceDoubtsOptions = {
	readonly files: Pick<FileStorage, 'layout' | 'look' | 'pathOf'> & {
		readonly marks: Pick<FileMarks, 'listen' | 'leaveAlone'>
	}
	readonly verifier: Pick<Verifier, 'readBack'>
	readonly resume: Pick<Resume, 'doubt' | 'pieceChecked' | 'pieceLost'>
	readonly feed: (input: Input) => void
	readonly report: (event: TorrentEvent) => void
}

/** Why nothing is served of a piece that somebody wrote over. */
const lostCode = 'ESTALE'

export class PieceDoubts {
	readonly #options: PieceDoubtsOptions
	readonly #doubted: Bitfield
	/** Not any more what they were: kept, for who read them before that was known. */
	readonly #lost = new Set<number>()
	readonly #changedFiles = new Set<number>()
	readonly #toldFiles = new Set<number>()
	/** One at a time: the disk is there for those who ask for other pieces as well. */
	readonly #queue = new DiskQueue(1)
	/** Rises with every change, and with every check of all data. */
	#turn = 0
	#isEnded = false

	constructor(options: PieceDoubtsOptions) {
		this.#options = options
		this.#doubted = createBitfield(options.files.layout.geometry.pieceCount)
		options.files.marks.listen(file => this.#fileChanged(file))
	}

	/** Pieces that are not to be served as they are; 0 as long as nobody changes a file. */
	get count(): number {
		return this.#doubted.count + this.#lost.size
	}

	/** Whether the piece is not to be served as it is. */
	has(piece: number): boolean {
		return hasPiece(this.#doubted, piece) || this.#lost.has(piece)
	}

	/** Undefined when the piece may be served by now, or a code that says why not. Never rejects. */
	settle(piece: number): Promise<string | undefined> {
		return this.#queue.run(() => this.#readBack(piece))
	}

	/** Settles all of them, as far as they can be read. */
	async settleAll(): Promise<void> {
		for (let piece = 0; piece < this.#doubted.size && !this.#isEnded; piece += 1) {
			if (hasPiece(this.#doubted, piece)) await this.settle(piece)
		}
	}

	/** There is nothing to doubt any more: we wrote the piece, or do not claim it. */
	forget(piece: number): void {
		clearPiece(this.#doubted, piece)
		this.#lost.delete(piece)
	}

	/** All files were looked at anew, and are about to be checked. */
	clear(): void {
		this.#turn += 1
		clearAllPieces(this.#doubted)
		this.#lost.clear()
		this.#changedFiles.clear()
		this.#toldFiles.clear()
	}

	/** A check has ended and its pieces are claimed: what came into doubt meanwhile is not. */
	checked(): void {
		const pieces: number[] = []
		forEachPiece(this.#doubted, piece => pieces.push(piece))
		this.#options.resume.doubt(pieces)
	}

	/** Nothing more is read back. */
	end(): void {
		this.#isEnded = true
	}

	#fileChanged(file: number): void {
		const { files, resume } = this.#options
		this.#turn += 1
		this.#changedFiles.add(file)
		for (const piece of resume.doubt(piecesIn(files.layout, file))) setPiece(this.#doubted, piece)
	}

	async #readBack(piece: number): Promise<string | undefined> {
		const { files, verifier, resume } = this.#options
		while (hasPiece(this.#doubted, piece)) {
			if (this.#isEnded) return 'ECANCELED'
			// A change from here on shows against the mark that this look leaves.
			const looked = await files.look(piece)
			if (!looked.ok) return looked.code
			const turn = this.#turn
			const right = await verifier.readBack(piece)
			if (turn !== this.#turn) continue
			if (!right.ok) return right.code
			clearPiece(this.#doubted, piece)
			if (right.value) resume.pieceChecked(piece)
			else this.#lose(piece)
		}
		return this.#lost.has(piece) ? lostCode : undefined
	}

	#lose(piece: number): void {
		const { files, resume, feed } = this.#options
		this.#lost.add(piece)
		for (const file of this.#changedFiles) {
			if (!isIn(files.layout, file, piece)) continue
			files.marks.leaveAlone(file)
			this.#tell(file)
		}
		resume.pieceLost(piece)
		const index = toPieceIndex(piece, files.layout.geometry.pieceCount)
		feed({ type: 'PieceLost', piece: index, error: lostCode })
	}

	#tell(file: number): void {
		if (this.#toldFiles.has(file)) return
		this.#toldFiles.add(file)
		const path = this.#options.files.pathOf(file)
		const text = `${path} was written over by somebody else: what is not right any more is not served, and not fetched before a recheck`
		this.#options.report({ type: 'note', code: 'file-changed', text: safeText(text) })
	}
}

function isIn(layout: FileLayout, file: number, piece: number): boolean {
	if (file === partFile) return layout.sharedPieces.includes(piece)
	const range = piecesOfFile(layout, file)
	return range !== undefined && piece >= range.first && piece <= range.last
}

function piecesIn(layout: FileLayout, file: number): readonly number[] {
	if (file === partFile) return layout.sharedPieces
	const range = piecesOfFile(layout, file)
	return range === undefined
		? []
		: Array.from({ length: range.last - range.first + 1 }, (_, index) => range.first + index)
}
