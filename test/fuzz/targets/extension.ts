// Extension handshakes, one after another: what is known of a peer stays bounded and safe to show.
import { isIP } from 'node:net'
import { concatBytes } from '../../../source/protocol/bytes.ts'
import {
	encodeExtensionHandshake,
	maxMetadataBytes,
	noExtensions,
	parseExtensionHandshake,
	type PeerExtensions,
} from '../../../source/protocol/extension.ts'
import { attempt, check, type Target } from '../target.ts'
import { checkSafe } from './text-rules.ts'

export const extensionTarget: Target = {
	name: 'extension',
	mutation: 'bencode',
	seeds: () => [
		encodeExtensionHandshake({
			extensions: ['ut_metadata', 'ut_pex', 'upload_only', 'lt_donthave'],
			client: 'client 1.0',
			requestQueue: 500,
			listeningPort: 6881,
			theirHost: '192.0.2.1',
			metadataBytes: 31_235,
			uploadOnly: true,
		}),
		encodeExtensionHandshake({ extensions: [], client: 'x', requestQueue: 1, theirHost: '2001:db8::1' }),
		new TextEncoder().encode('d1:md6:foobari7e11:ut_metadatai3ee1:v5:\u001b[2Jae'),
	],
	dictionary: [
		...[
			'm',
			'v',
			'p',
			'reqq',
			'yourip',
			'metadata_size',
			'upload_only',
			'ut_metadata',
			'ut_pex',
			'lt_donthave',
		],
		...['ipv4', 'ipv6', '\u001b]0;', '\u202e', 'i255e', 'i256e', '4:\x7f\x00\x00\x01'],
	],
	run(input) {
		const first = attempt(() => parseExtensionHandshake(input))
		if (!first.ok) return [first.error.code]
		checkExtensions(first.value)
		let known: PeerExtensions = noExtensions
		for (let time = 0; time < 3; time += 1) {
			const tail = concatBytes([input, Uint8Array.of(time)])
			known = parseExtensionHandshake(tail, known)
			checkExtensions(known)
		}
		check(known.metadataBytes === first.value.metadataBytes, 'the first size of the metadata counts')
		return Object.entries(known).map(([key, value]) => `${key} ${summary(value)}`)
	},
}

function summary(value: unknown): string {
	if (value instanceof Map) return `${value.size}`
	return typeof value === 'boolean' ? `${value}` : typeof value
}

function checkExtensions(known: PeerExtensions): void {
	const { ids, others, client, requestQueue, listeningPort, ourHost, metadataBytes } = known
	const sendable = [...ids.values()]
	for (const id of [...sendable, ...others.values()]) check(id >= 1 && id <= 255, `id ${id}`)
	check(new Set(sendable).size === sendable.length, 'no id stands for two names')
	check(others.size <= 32, `${others.size} unknown names`)
	for (const name of others.keys()) checkSafe(name, 32)
	if (client !== undefined) checkSafe(client, 64)
	check(requestQueue === undefined || (requestQueue >= 1 && requestQueue <= 65_535), `reqq ${requestQueue}`)
	check(
		listeningPort === undefined || (listeningPort >= 1 && listeningPort <= 65_535),
		`port ${listeningPort}`,
	)
	check(ourHost === undefined || isIP(ourHost) !== 0, `host ${ourHost}`)
	check(
		metadataBytes === undefined || (metadataBytes >= 1 && metadataBytes <= maxMetadataBytes),
		'metadata size',
	)
}
