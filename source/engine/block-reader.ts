// Blocks for seeding (BEP 3 `piece`): up to 32 at once, read straight behind their headers in the slab that
// goes to the socket, one call for all that lie together in a file.
import type { BlockFields } from '../protocol/message.ts'
import { writePieceHeader } from '../protocol/message-encoder.ts'
import { pieceHeaderBytes } from '../protocol/message-id.ts'
import { systemError } from './disk-errors.ts'
import type { DiskMode } from './disk-mode.ts'
import type { FileHandle } from './environment.ts'
import { nowhere, padding, type Placement } from './file-layout.ts'
import type { FileMarks } from './file-marks.ts'
import type { OpenFiles } from './open-files.ts'
import { readManyInto } from './transfer.ts'
import { errorCode } from './world-failure.ts'

export type FailedBlock = { readonly block: BlockFields; readonly error: string }

export type BlocksRead = {
	/** The blocks as `piece` messages, one after the other: a view of the slab. */
	readonly wire: Uint8Array
	/** Blocks that are not in `wire`, with the code of what went wrong. */
	readonly failed: readonly FailedBlock[]
}

/** Bytes that lie together in one file and go into several targets. */
export type ReadRun = {
	readonly file: number
	readonly position: number
	readonly targets: Uint8Array[]
	/** For each target the index of its block. */
	readonly owners: number[]
	lengthBytes: number
}

/** What a run is read with. */
export type Readers = {
	readonly open: Pick<OpenFiles, 'use'>
	readonly marks: Pick<FileMarks, 'isDue' | 'look'>
	readonly mode: DiskMode
}

/** How many of a run's targets are full, with what stopped it where not all are. */
export type RunRead = { readonly full: number; readonly error: unknown }

/** Bytes that these blocks take as `piece` messages. */
export function wireBytes(blocks: readonly BlockFields[]): number {
	let bytes = 0
	for (const { length } of blocks) bytes += pieceHeaderBytes + length
	return bytes
}

/** Writes the headers into the slab and returns what is to be read between them. */
export function planReads(
	blocks: readonly BlockFields[],
	slab: Uint8Array,
	placementsOfBlock: (block: BlockFields) => readonly Placement[],
): ReadRun[] {
	const runs: ReadRun[] = []
	let slabAt = 0
	for (const [owner, block] of blocks.entries()) {
		slabAt = writePieceHeader(block, slab, slabAt)
		for (const { file, position, at, length } of placementsOfBlock(block)) {
			const target = slab.subarray(slabAt + at, slabAt + at + length)
			const last = runs.at(-1)
			if (last !== undefined && last.file === file && last.position + last.lengthBytes === position) {
				last.targets.push(target)
				last.owners.push(owner)
				last.lengthBytes += length
			} else runs.push({ file, position, targets: [target], owners: [owner], lengthBytes: length })
		}
		slabAt += block.length
	}
	return runs
}

/** Fills the targets; then the file is looked at where that is due, so that no change before goes unseen. Never rejects. */
export async function readRun(run: ReadRun, { open, marks, mode }: Readers): Promise<RunRead> {
	if (run.file === padding) {
		for (const target of run.targets) target.fill(0)
		return { full: run.targets.length, error: undefined }
	}
	if (run.file === nowhere) return { full: 0, error: notKept() }
	const { file, position, targets } = run
	const read = (handle: FileHandle): Promise<RunRead> => readManyInto(handle, targets, { position, mode })
	const readAndLook = async (handle: FileHandle): Promise<RunRead> => {
		const outcome = await read(handle)
		await marks.look(file, handle)
		return outcome
	}
	try {
		return await open.use(file, 'read', marks.isDue(file) ? readAndLook : read)
	} catch (error) {
		return { full: 0, error }
	}
}

export function notKept(): Error {
	return systemError('ENOENT', 'bytes of a file that was not chosen are not kept')
}

/** The slab with the failed blocks taken out; `errors` names them by index. */
export function packWire(
	blocks: readonly BlockFields[],
	slab: Uint8Array,
	errors: ReadonlyMap<number, unknown>,
): BlocksRead {
	const failed: FailedBlock[] = []
	let from = 0
	let to = 0
	for (const [index, block] of blocks.entries()) {
		const bytes = pieceHeaderBytes + block.length
		if (errors.has(index)) failed.push({ block, error: errorCode(errors.get(index)) })
		else {
			if (from !== to) slab.copyWithin(to, from, from + bytes)
			to += bytes
		}
		from += bytes
	}
	return { wire: slab.subarray(0, to), failed }
}
