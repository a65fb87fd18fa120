// The fields of a message of the wire log, from its bytes and what the log knows of it.
import { createGeometry } from '../protocol/geometry.ts'
import { safeText } from '../protocol/safe-text.ts'
import type { WireRow } from '../torrent/snapshot.ts'
import { describeMessage } from './describe.ts'
import { dissect } from './dissect.ts'
import { createField, type Field } from './field.ts'
import { hexWords } from './field-words.ts'
import { totalBytesOf } from './message-bytes.ts'

/** Of the torrent, in bytes. */
export type TorrentSize = { readonly pieceLength: number; readonly totalBytes: number }

/** The message as a tree; `bytes` are as many of it as there are, `size` is undefined until it is known. */
export function dissectRow(
	{ message, direction }: Pick<WireRow, 'message' | 'direction'>,
	bytes: Uint8Array,
	size: TorrentSize | undefined,
): Field {
	const totalBytes = totalBytesOf(message)
	if ('bytes' in message && message.type !== 'malformed') {
		const end = Math.max(totalBytes, bytes.length)
		return createField(describeMessage(message), 0, end, { value: hexWords(bytes) })
	}
	const name = message.type === 'extended' ? message.name : undefined
	return dissect({
		type: message.type === 'handshake' ? 'handshake' : 'message',
		direction,
		bytes,
		totalBytes,
		geometry:
			size === undefined || size.pieceLength < 1
				? undefined
				: createGeometry(size.pieceLength, size.totalBytes),
		extension: name === undefined ? undefined : safeText(name),
	})
}
