// The handshake of the extension protocol: BEP 10, with metadata_size (BEP 9) and upload_only (BEP 21). Ids
// belong to the receiver: what we send carries the id out of their `m`, what comes carries ours.

import { formatHost, parseHost } from './address.ts'
import { type BencodeNode, decodeBencode, extensionLimits } from './bencode.ts'
import { type Bencodable, encodeBencode } from './bencode-encode.ts'
import { ProtocolError } from './errors.ts'
import { type SafeText, safeTextFromBytes } from './safe-text.ts'

/** Id of the handshake itself among extended messages. */
export const extensionHandshakeId = 0

/** Extensions by which we may be spoken to, with the ids under which we take them. */
export const ourExtensionIds = { ut_metadata: 1, ut_pex: 2, upload_only: 3, lt_donthave: 4 } as const

export type ExtensionName = keyof typeof ourExtensionIds

/** Requests that a peer takes at once where it does not say (BEP 10: what libtorrent does). */
export const defaultRequestQueue = 250
/** The largest info dictionary that is asked for, in bytes. */
export const maxMetadataBytes = 30 * 2 ** 20

const maxRequestQueue = 65_535
const maxClientChars = 64
const maxNameChars = 32
const maxOtherNames = 32
const ourNames: readonly ExtensionName[] = ['ut_metadata', 'ut_pex', 'upload_only', 'lt_donthave']

/** What a peer told in its extension handshakes so far. */
export type PeerExtensions = {
	/** Names that we know, with the ids that the peer wants to be sent; what is off is absent. */
	readonly ids: ReadonlyMap<ExtensionName, number>
	/** Names that we do not know, for display, a few. */
	readonly others: ReadonlyMap<SafeText, number>
	/** Name and version of the client. */
	readonly client: SafeText | undefined
	/** Requests that may be outstanding (`reqq`). */
	readonly requestQueue: number | undefined
	/** TCP port on which the peer listens (`p`), 1 … 65535. */
	readonly listeningPort: number | undefined
	/** Our address as the peer sees it (`yourip`), canonical text. */
	readonly ourHost: string | undefined
	/** Length of the info dictionary (BEP 9), 1 … maxMetadataBytes. */
	readonly metadataBytes: number | undefined
	/** The peer downloads nothing more: a seed, or a partial one (BEP 21). */
	readonly uploadOnly: boolean
	/** The peer would rather be dialled encrypted (`e`, as BEP 11 has it). */
	readonly prefersEncryption: boolean
}

/** What we tell in ours; undefined fields are left out. */
export type OurExtensionHandshake = {
	readonly extensions: readonly ExtensionName[]
	/** Named before, and not taken any more: written with the id 0. */
	readonly withdrawn?: readonly ExtensionName[]
	readonly client: string
	readonly requestQueue: number
	readonly listeningPort?: number | undefined
	/** The peer's host as we see it. */
	readonly theirHost?: string | undefined
	readonly metadataBytes?: number | undefined
	readonly uploadOnly?: boolean | undefined
	/** Others may tell that we would rather be dialled encrypted (BEP 11). */
	readonly prefersEncryption?: boolean | undefined
}

/** A peer that has told nothing yet. */
export const noExtensions: PeerExtensions = {
	ids: new Map(),
	others: new Map(),
	client: undefined,
	requestQueue: undefined,
	listeningPort: undefined,
	ourHost: undefined,
	metadataBytes: undefined,
	uploadOnly: false,
	prefersEncryption: false,
}

/** Payload of our handshake: goes into an `extended` message with id 0. */
export function encodeExtensionHandshake(handshake: OurExtensionHandshake): Uint8Array {
	const m = new Map<string, Bencodable>()
	for (const name of handshake.extensions) m.set(name, ourExtensionIds[name])
	for (const name of handshake.withdrawn ?? []) m.set(name, 0)
	const dictionary = new Map<string, Bencodable>([
		['m', m],
		['v', handshake.client],
		['reqq', handshake.requestQueue],
	])
	const theirHost = handshake.theirHost === undefined ? undefined : parseHost(handshake.theirHost)
	if (theirHost !== undefined) dictionary.set('yourip', theirHost)
	if (handshake.listeningPort !== undefined) dictionary.set('p', handshake.listeningPort)
	if (handshake.metadataBytes !== undefined) dictionary.set('metadata_size', handshake.metadataBytes)
	if (handshake.uploadOnly !== undefined) dictionary.set('upload_only', handshake.uploadOnly ? 1 : 0)
	if (handshake.prefersEncryption === true) dictionary.set('e', 1)
	return encodeBencode(dictionary)
}

/**
 * What is known of a peer after this handshake of its. `m` adds to `before` and an id of 0 turns a name off;
 * of everything else the last word counts, but of the metadata's size the first. Fields of a wrong type or
 * out of range count as absent; unsorted and unknown keys and trailing bytes are accepted. Throws a
 * ProtocolError where the payload is no bencoded dictionary.
 */
export function parseExtensionHandshake(payload: Uint8Array, before = noExtensions): PeerExtensions {
	const root = decodeBencode(payload, extensionLimits, { allowTrailing: true })
	if (root.type !== 'dictionary') {
		throw new ProtocolError('extension-handshake', `expected a dictionary, got a ${root.type}`, { offset: 0 })
	}
	const uploadOnly = root.getInteger('upload_only')
	const encryption = root.getInteger('e')
	return {
		...mergeNames(root.getDictionary('m'), before),
		client: readClient(root) ?? before.client,
		requestQueue: readRequestQueue(root) ?? before.requestQueue,
		listeningPort: integerUpTo(root, 'p', 0xffff) ?? before.listeningPort,
		ourHost: readHost(root.getBytes('yourip')) ?? before.ourHost,
		metadataBytes: before.metadataBytes ?? integerUpTo(root, 'metadata_size', maxMetadataBytes),
		uploadOnly: uploadOnly === undefined ? before.uploadOnly : uploadOnly !== 0,
		prefersEncryption: encryption === undefined ? before.prefersEncryption : encryption !== 0,
	}
}

/** Payload of a message of `lt_donthave` (BEP 54): we do not have this piece any more. */
export function encodeDontHave(piece: number): Uint8Array<ArrayBuffer> {
	const payload = new Uint8Array(4)
	new DataView(payload.buffer).setUint32(0, piece)
	return payload
}

/** The extension that we take under this id. */
export function ourExtensionName(id: number): ExtensionName | undefined {
	return ourNames.find(name => ourExtensionIds[name] === id)
}

function mergeNames(
	m: BencodeNode | undefined,
	before: PeerExtensions,
): Pick<PeerExtensions, 'ids' | 'others'> {
	const ids = new Map(before.ids)
	const others = new Map(before.others)
	const taken = new Set<number>()
	for (const [key, value] of m?.entries() ?? []) {
		const id = value.integer
		// One id for two names would make what we send ambiguous: the first of a handshake keeps it.
		if (id === undefined || id < 0 || id > 0xff || taken.has(id)) continue
		if (id !== 0) taken.add(id)
		const name = ourNames.find(known => isAscii(key, known))
		if (name !== undefined) rebind(ids, name, id)
		else if (key.length > 0) bindOther(others, safeTextFromBytes(key.subarray(0, 256), maxNameChars), id)
	}
	return { ids, others }
}

function rebind(ids: Map<ExtensionName, number>, name: ExtensionName, id: number): void {
	for (const [other, otherId] of ids) {
		if (other !== name && otherId === id) ids.delete(other)
	}
	if (id === 0) ids.delete(name)
	else ids.set(name, id)
}

function bindOther(others: Map<SafeText, number>, name: SafeText, id: number): void {
	if (id === 0) others.delete(name)
	else if (others.has(name) || others.size < maxOtherNames) others.set(name, id)
}

function readClient(root: BencodeNode): SafeText | undefined {
	// Cut before cleaning: `v` may be a megabyte.
	const bytes = root.getBytes('v')?.subarray(0, 1024)
	return bytes === undefined || bytes.length === 0 ? undefined : safeTextFromBytes(bytes, maxClientChars)
}

function readRequestQueue(root: BencodeNode): number | undefined {
	const requestQueue = root.getInteger('reqq')
	return requestQueue === undefined || requestQueue < 1 ? undefined : Math.min(requestQueue, maxRequestQueue)
}

function readHost(bytes: Uint8Array | undefined): string | undefined {
	return bytes?.length === 4 || bytes?.length === 16 ? formatHost(bytes) : undefined
}

function integerUpTo(root: BencodeNode, key: string, largest: number): number | undefined {
	const value = root.getInteger(key)
	return value !== undefined && value >= 1 && value <= largest ? value : undefined
}

function isAscii(bytes: Uint8Array, text: string): boolean {
	return bytes.length === text.length && bytes.every((byte, at) => byte === text.charCodeAt(at))
}
