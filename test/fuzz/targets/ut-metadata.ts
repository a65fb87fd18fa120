// Payloads of ut_metadata: one of the messages of BEP 9 that fits its own numbers, or a ProtocolError.
import { concatBytes, utf8 } from '../../../source/protocol/bytes.ts'
import { maxMetadataBytes } from '../../../source/protocol/extension.ts'
import {
	countMetadataPieces,
	encodeMetadataData,
	encodeMetadataReject,
	encodeMetadataRequest,
	metadataPieceBytes,
	parseMetadataMessage,
} from '../../../source/protocol/ut-metadata.ts'
import { attempt, check, checkSame, type Target } from '../target.ts'

export const utMetadataTarget: Target = {
	name: 'ut-metadata',
	mutation: 'bencode',
	seeds: () => [
		encodeMetadataRequest(0),
		encodeMetadataReject(41),
		encodeMetadataData(0, utf8('d4:name1:ae')),
		encodeMetadataData(1, new Uint8Array(16_400).fill(0x65)),
		utf8('d8:msg_typei9e5:piecei0ee'),
	],
	dictionary: [
		...[
			'msg_type',
			'piece',
			'total_size',
			'i0e',
			'i1e',
			'i2e',
			'i-1e',
			'i16384e',
			'i31457280e',
			'i31457281e',
		],
		...['i2147483648e', 'i9007199254740993e', 'i1e400e', 'ee'],
	],
	maxBytes: 20_000,
	run(input) {
		const read = attempt(() => parseMetadataMessage(input))
		if (!read.ok) return [read.error.code]
		const message = read.value
		if (message.type === 'unknown') return ['unknown']
		check(Number.isSafeInteger(message.piece), `piece ${message.piece}`)
		if (message.type !== 'data') {
			const written = message.type === 'request' ? encodeMetadataRequest : encodeMetadataReject
			checkSame(parseMetadataMessage(written(message.piece)), message, 'written and read again')
			return [message.type]
		}
		const { piece, totalBytes, bytes } = message
		check(totalBytes >= 1 && totalBytes <= maxMetadataBytes, `total ${totalBytes}`)
		check(piece >= 0 && piece < countMetadataPieces(totalBytes), `piece ${piece} of ${totalBytes}`)
		check(bytes.length === metadataPieceBytes(totalBytes, piece), `${bytes.length} bytes`)
		const grown = attempt(() => parseMetadataMessage(concatBytes([input, Uint8Array.of(0)])))
		check(!grown.ok, 'a byte more does not fit')
		return ['data', piece === 0 ? 'first' : 'later', bytes.length === 16_384 ? 'full' : 'short']
	},
}
