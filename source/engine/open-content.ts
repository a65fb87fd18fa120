// Puts together what a torrent with a known content works on: its files, their state of the last run, the
// pool of pieces, the verifier. Looks at what is on disk when told to.
import {
	type Bitfield,
	bitfieldToWire,
	createBitfield,
	forEachPiece,
	setPiece,
} from '../protocol/bitfield.ts'
import { toHex } from '../protocol/bytes.ts'
import type { InfoHash } from '../protocol/ids.ts'
import type { Metainfo } from '../protocol/metainfo.ts'
import { safeText } from '../protocol/safe-text.ts'
import type { Input, TorrentEvent } from '../torrent/boundary.ts'
import type { Content } from '../torrent/content.ts'
import type { TorrentOptions } from './api.ts'
import { chosenFiles, wantedPieces } from './chosen-files.ts'
import type { ContentParts } from './content-desk.ts'
import { shareDescriptors } from './descriptors.ts'
import type { Environment } from './environment.ts'
import { FileStorage } from './file-storage.ts'
import { inSlices } from './in-slices.ts'
import type { KnownTorrent, MetainfoFile } from './known-torrent.ts'
import { largestPieceInMemory, PiecePool } from './piece-pool.ts'
import { PieceDoubts } from './piece-doubts.ts'
import { Refusal } from './refusal.ts'
import { Resume, type Resumed, type SessionFacts } from './resume.ts'
import { safePathSteps } from './safe-path.ts'
import type { SliceFile } from './slices.ts'
import { refuseMissing, refuseObstacles, refuseStrangers } from './strangers.ts'
import { unlessAborted } from './unless-aborted.ts'
import { Verifier } from './verifier.ts'

/** Memory for open pieces: 32 MiB keep twenty peers busy. */
const poolBytes = 32 << 20
const fewestOpenPieces = 4
const mostOpenPieces = 1024

export type OpenContentOptions = {
	readonly options: TorrentOptions
	readonly environment: Environment
	readonly signal: AbortSignal
	readonly known: Pick<KnownTorrent, 'infoHash' | 'magnet'>
	readonly file: MetainfoFile
	readonly report: (event: TorrentEvent) => void
	readonly feed: (input: Input) => void
	/** Bytes reached the disk. */
	readonly diskMoved: () => void
	readonly facts: () => SessionFacts
}

export type OpenContent = {
	readonly content: Content
	readonly parts: ContentParts
	readonly sliceFiles: readonly SliceFile[]
	/** What the last run left. */
	readonly resumed: Resumed
	/** Looks at what is on disk, as far as the last run's state leaves doubts, and feeds `DataChecked`. Rejects with a Refusal, or when aborted. */
	check(all: boolean): Promise<void>
	/** After the driver: saves the state and closes the files. */
	close(): Promise<void>
}

type Parts = OpenContentOptions & {
	readonly metainfo: Metainfo
	readonly infoHash: InfoHash
	readonly paths: readonly (readonly string[])[]
}

/** Throws a Refusal: the choice of files or the disk. */
export async function openContent(given: OpenContentOptions): Promise<OpenContent> {
	const { options, environment, signal } = given
	const { metainfo } = given.file
	const { geometry } = metainfo
	const chosen = chosenFiles(options.only, given.known.magnet, metainfo)
	const paths = await inSlices(safePathSteps(metainfo, process.platform), given)
	const parts: Parts = { ...given, metainfo, paths, infoHash: given.known.infoHash }
	const files = createFiles(parts, chosen)
	const prepared = await unlessAborted(signal, files.prepare())
	if (!prepared.ok) throw new Refusal('disk', prepared.message)
	const resume = createResume(parts, files)
	const resumed = await resume.load()
	for (const note of resumed.notes) given.report({ type: 'note', code: note.code, text: safeText(note.text) })
	const verifier = new Verifier({ hasher: environment.hasher, files, pieceHashes: metainfo.pieceHashes })
	const doubts = new PieceDoubts({ ...given, files, verifier, resume })
	const pool = createPool(parts, files)
	const checkPieces = async (pieces: Bitfield, trusted: Bitfield): Promise<Bitfield> => {
		const found = await verifier.check({
			pieces,
			signal,
			onProgress: fraction => given.feed({ type: 'CheckProgressed', fraction }),
			onUnreadable: failure =>
				given.report({ type: 'note', code: 'unreadable', text: safeText(failure.message) }),
		})
		const have = createBitfield(geometry.pieceCount)
		for (const one of [trusted, found]) forEachPiece(one, piece => setPiece(have, piece))
		return have
	}
	const begin = (have: Bitfield): void => {
		given.feed({ type: 'DataChecked', have: bitfieldToWire(have) })
		resume.begin(have)
		doubts.checked()
	}
	const checkAll = async (): Promise<void> => {
		await unlessAborted(signal, resume.distrust())
		// What is there now, not what the last checkpoint saw.
		const looked = await unlessAborted(signal, files.prepare())
		if (!looked.ok) throw new Refusal('disk', looked.message)
		doubts.clear()
		// Who asks for this lets other data be written over.
		begin(await checkPieces(files.checkable(), createBitfield(geometry.pieceCount)))
	}
	const checkDoubtful = async (): Promise<void> => {
		const have = await checkPieces(resumed.toCheck, resumed.trusted)
		if (resumed.isFirst && have.count === 0) refuseStrangers(files, parts)
		begin(have)
	}
	return {
		content: contentOf(metainfo, chosen),
		parts: { pool, files, verifier, resume, doubts },
		sliceFiles: metainfo.files.map((file, index) => ({
			...file,
			path: paths[index] ?? [],
			wanted: chosen?.has(index) ?? true,
		})),
		resumed,
		check: async all => {
			if (!all) refuseMissing(resumed.missingFiles, parts)
			await refuseObstacles(environment.storage, metainfo, parts)
			await (all ? checkAll() : checkDoubtful())
		},
		close: async () => {
			await resume.close()
			await files.close()
		},
	}
}

function createFiles(
	{ options, environment, metainfo, infoHash, paths }: Parts,
	chosen: ReadonlySet<number> | undefined,
): FileStorage {
	return new FileStorage({
		storage: environment.storage,
		clock: environment.clock,
		geometry: metainfo.geometry,
		files: metainfo.files.map(({ lengthBytes, pad }, index) => ({
			path: paths[index] ?? [],
			lengthBytes,
			pad,
		})),
		directory: options.directory,
		chosen,
		partPath: `${options.stateDirectory}/${toHex(infoHash)}.parts`,
		mostOpenFiles: shareDescriptors(environment.descriptors).files,
	})
}

function createPool({ environment, metainfo, diskMoved }: Parts, files: FileStorage): PiecePool {
	return new PiecePool({
		geometry: metainfo.geometry,
		hasher: environment.hasher,
		spill: async (piece, spilled) => {
			const outcome = await files.writePiece(piece, spilled)
			// The pool counts these bytes as gone in the next turn.
			queueMicrotask(diskMoved)
			return outcome
		},
		capacityBytes: poolBytes,
		idleBytes: poolBytes / 2,
	})
}

function createResume(parts: Parts, files: FileStorage): Resume {
	const { options, environment, infoHash, file, facts, feed, report } = parts
	return new Resume({
		storage: environment.storage,
		clock: environment.clock,
		hasher: environment.hasher,
		files,
		infoHash,
		torrent: file.bytes,
		stateDirectory: options.stateDirectory,
		directory: options.directory,
		facts,
		onStateFailure: failure => {
			if (failure !== undefined)
				report({ type: 'note', code: 'state-not-saved', text: safeText(failure.message) })
		},
		onSyncFailure: failure => feed({ type: 'DiskFailed', error: failure.code }),
	})
}

function contentOf(metainfo: Metainfo, chosen: ReadonlySet<number> | undefined): Content {
	const { geometry } = metainfo
	return {
		name: safeText(metainfo.name),
		infoBytes: metainfo.infoBytes,
		geometry,
		wanted: wantedPieces(metainfo, chosen),
		private: metainfo.private,
		maxOpenPieces: Math.min(
			mostOpenPieces,
			Math.max(fewestOpenPieces, Math.floor(poolBytes / geometry.pieceLength)),
		),
		piecesInMemory: geometry.pieceLength <= largestPieceInMemory,
	}
}
