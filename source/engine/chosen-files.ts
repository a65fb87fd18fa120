// Which files of a torrent are to be had: what the user said, else what a magnet link says (BEP 53), else all.
import type { MagnetLink } from '../protocol/magnet.ts'
import type { Metainfo } from '../protocol/metainfo.ts'
import { Refusal } from './refusal.ts'

/**
 * Indexes of the chosen files; undefined: all. A link is a stranger's: what it names beyond the torrent is left
 * out, and when nothing is left, so is its choice. Throws a Refusal for a wrong index of the user's.
 */
export function chosenFiles(
	only: readonly number[] | undefined,
	magnet: MagnetLink | undefined,
	{ files }: Pick<Metainfo, 'files'>,
): ReadonlySet<number> | undefined {
	const exists = (index: number) => files[index]?.pad === false
	const wrong = only?.find(index => !exists(index))
	if (wrong !== undefined)
		throw new Refusal('usage', `--only: expected files from 0 to ${files.length - 1}, got ${wrong}`)
	const named = only ?? magnet?.selectOnly.filter(exists) ?? []
	return named.length === 0 && only === undefined ? undefined : new Set(named)
}

/** A 1 for each piece that holds bytes of a chosen file. */
export function wantedPieces(
	{ geometry, files }: Pick<Metainfo, 'geometry' | 'files'>,
	chosen: ReadonlySet<number> | undefined,
): Uint8Array {
	if (chosen === undefined) return new Uint8Array(geometry.pieceCount).fill(1)
	const wanted = new Uint8Array(geometry.pieceCount)
	for (const index of chosen) {
		const file = files[index]
		if (file === undefined || file.lengthBytes === 0) continue
		const first = Math.floor(file.offsetBytes / geometry.pieceLength)
		const last = Math.floor((file.offsetBytes + file.lengthBytes - 1) / geometry.pieceLength)
		wanted.fill(1, first, last + 1)
	}
	return wanted
}
