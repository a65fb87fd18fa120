// What the info dictionary says of a torrent, as far as the core needs it. Of a magnet link it is unknown until
// the metadata came (BEP 9); whoever asks for the geometry before that has made a mistake.
import { invariant } from '../protocol/errors.ts'
import type { Geometry } from '../protocol/geometry.ts'
import type { SafeText } from '../protocol/safe-text.ts'

export type Content = {
	readonly name: SafeText
	/** The info dictionary, byte for byte as it was hashed: others may ask for it (BEP 9). */
	readonly infoBytes: Uint8Array
	readonly geometry: Geometry
	/** A 1 for each piece of a chosen file. */
	readonly wanted: Uint8Array
	readonly private: boolean
	/** Pieces that may be open, hashing or being written at once. */
	readonly maxOpenPieces: number
	/** Open pieces are in memory as a whole: a block of one may be thrown away and fetched again. */
	readonly piecesInMemory: boolean
}

/** Pieces and their lengths, of a torrent whose content is known. */
export function geometryOf({ content }: { readonly content: Content | undefined }): Geometry {
	invariant(content !== undefined, 'the content is known')
	return content.geometry
}
