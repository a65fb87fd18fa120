// What the screen draws of the metadata of a magnet link while it comes in.
import { countMetadataPieces } from '../protocol/ut-metadata.ts'
import { rankedSizes } from './metadata-choice.ts'
import type { MetadataState } from './metadata-state.ts'
import type { MetadataView } from './snapshot.ts'

/** As it stands now. */
export function metadataView(state: MetadataState): MetadataView {
	const sizes = rankedSizes(state)
	const totalBytes = state.checking?.totalBytes ?? sizes[0]?.totalBytes
	let piecesHave = state.checking?.pieces.size ?? 0
	for (const { totalBytes: size, pieces } of state.copies)
		if (size === totalBytes) piecesHave = Math.max(piecesHave, pieces.size)
	let peersAsked = 0
	let inFlight = 0
	for (const { asked } of state.peers.values()) {
		if (asked.size > 0) peersAsked += 1
		inFlight += asked.size
	}
	return {
		totalBytes,
		pieceCount: totalBytes === undefined ? 0 : countMetadataPieces(totalBytes),
		piecesHave,
		sizes: sizes.length,
		peersOffering: state.peers.size,
		peersAsked,
		inFlight,
		history: [...state.history],
	}
}
