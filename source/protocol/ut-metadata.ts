// Messages of ut_metadata (BEP 9): a piece of the info dictionary is asked for, given or refused. The bytes of
// a piece stand right behind the bencoded dictionary, so where that ends decides what they are.

import { decodeBencode, extensionLimits } from './bencode.ts'
import { encodeBencode } from './bencode-encode.ts'
import { concatBytes } from './bytes.ts'
import { ProtocolError } from './errors.ts'
import { maxMetadataBytes } from './extension.ts'

/** Length of every piece of the metadata but the last, in bytes. */
export const metadataPieceLength = 16_384

export type MetadataMessage =
	/** `piece` may be any whole number: what does not exist is answered by a reject. */
	| { readonly type: 'request'; readonly piece: number }
	/** A piece that exists in metadata of `totalBytes`, of exactly its length. `bytes` is a view. */
	| {
			readonly type: 'data'
			readonly piece: number
			readonly totalBytes: number
			readonly bytes: Uint8Array
	  }
	| { readonly type: 'reject'; readonly piece: number }
	/** Of a later version of the extension: to be ignored. */
	| { readonly type: 'unknown'; readonly id: number }

/** Number of pieces that metadata of this length has. */
export function countMetadataPieces(totalBytes: number): number {
	return Math.ceil(totalBytes / metadataPieceLength)
}

/** Length of one piece of metadata of `totalBytes`; 0 for one that does not exist. */
export function metadataPieceBytes(totalBytes: number, piece: number): number {
	if (piece < 0) return 0
	return Math.max(0, Math.min(metadataPieceLength, totalBytes - piece * metadataPieceLength))
}

/**
 * Reads the payload of a ut_metadata message. Throws a ProtocolError: `bencode-…`, `metadata-message` for
 * missing or odd fields, `metadata-size` for a total that is none or too large, `metadata-piece` for data
 * that do not fit the piece.
 */
export function parseMetadataMessage(payload: Uint8Array): MetadataMessage {
	const root = decodeBencode(payload, extensionLimits, { allowTrailing: true })
	const id = root.getInteger('msg_type')
	if (id === undefined) throw new ProtocolError('metadata-message', 'expected a dictionary with msg_type')
	if (id < 0 || id > 2) return { type: 'unknown', id }
	const piece = root.getInteger('piece')
	if (piece === undefined) throw new ProtocolError('metadata-message', 'expected a piece, got none')
	if (id === 0) return { type: 'request', piece }
	if (id === 2) return { type: 'reject', piece }
	const totalBytes = root.getInteger('total_size')
	if (totalBytes === undefined || totalBytes < 1 || totalBytes > maxMetadataBytes) {
		const message = `expected a total_size from 1 to ${maxMetadataBytes}, got ${totalBytes ?? 'none'}`
		throw new ProtocolError('metadata-size', message)
	}
	const bytes = payload.subarray(root.end)
	const expected = metadataPieceBytes(totalBytes, piece)
	if (expected === 0 || bytes.length !== expected) {
		const message = `expected ${expected} bytes of piece ${piece} of ${totalBytes}, got ${bytes.length}`
		throw new ProtocolError('metadata-piece', message, { offset: root.end })
	}
	return { type: 'data', piece, totalBytes, bytes }
}

/** Payload of a request: goes into an `extended` message with the id of the receiver. */
export function encodeMetadataRequest(piece: number): Uint8Array {
	return encodeBencode({ msg_type: 0, piece })
}

/** Payload of a reject. */
export function encodeMetadataReject(piece: number): Uint8Array {
	return encodeBencode({ msg_type: 2, piece })
}

/** Payload with a piece that exists of `metadata`, the whole info dictionary. */
export function encodeMetadataData(piece: number, metadata: Uint8Array): Uint8Array {
	const from = piece * metadataPieceLength
	return concatBytes([
		encodeBencode({ msg_type: 1, piece, total_size: metadata.length }),
		metadata.subarray(from, from + metadataPieceBytes(metadata.length, piece)),
	])
}
