// The fields of a message of the wire log, from its bytes and what the log knows of it.
import { createGeometry } from '../protocol/geometry.ts'
import { safeText } from '../protocol/safe-text.ts'
import type { WireMessage, WireRow } from '../torrent/snapshot.ts'
import { dissect } from './dissect.ts'
import type { Field } from './field.ts'
import { totalBytesOf } from './message-bytes.ts'
import type { Specimen } from './specimen.ts'

/** Of the torrent, in bytes. */
export type TorrentSize = { readonly pieceLength: number; readonly totalBytes: number }

/** What a row tells of how its bytes are to be read. */
export type RowFacts = Pick<WireRow, 'message' | 'direction' | 'channel' | 'host' | 'target'>

/** The message as a tree; `bytes` are as many of it as there are, `size` is undefined until it is known. */
export function dissectRow(row: RowFacts, bytes: Uint8Array, size: TorrentSize | undefined): Field {
	const { message, direction } = row
	const name = message.type === 'extended' ? message.name : undefined
	return dissect({
		type: specimenType(row),
		direction,
		bytes,
		totalBytes: totalBytesOf(message),
		geometry:
			size === undefined || size.pieceLength < 1
				? undefined
				: createGeometry(size.pieceLength, size.totalBytes),
		extension: name === undefined ? undefined : safeText(name),
		...exchangeFacts(row),
	})
}

function specimenType({ message, channel }: RowFacts): Specimen['type'] {
	switch (message.type) {
		case 'handshake':
		case 'encryption':
			return message.type
		case 'httpRequest':
		case 'httpResponse':
			return 'http'
		default:
			return channelTypes[channel]
	}
}

const channelTypes = { peer: 'message', dht: 'krpc', lsd: 'lsd', tracker: 'udpTracker' } as const

function exchangeFacts({ message, host, target }: RowFacts): Partial<Specimen> {
	const answers = answeredMethod(message)
	return {
		...(host === '' ? {} : { host }),
		...(target === undefined ? {} : { target }),
		...(answers === undefined ? {} : { answers }),
		...(message.type === 'encryption' ? { step: message.step, padBytes: message.padBytes } : {}),
	}
}

function answeredMethod(message: WireMessage): Specimen['answers'] {
	return message.type === 'dhtResponse' || message.type === 'dhtError' ? message.method : undefined
}
