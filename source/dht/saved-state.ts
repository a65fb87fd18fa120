// What is kept of the DHT between runs: how we were seen, and nodes that answered, the most reliable of each bucket
// first. The id is not kept: several runs may share one state folder, and no two nodes may share an id. A bencoded
// dictionary, read as strictly as anything from outside.
import { type Address, dialObstacle, formatHost, parseHost } from '../protocol/address.ts'
import { type BencodeNode, decodeBencode } from '../protocol/bencode.ts'
import { encodeBencode } from '../protocol/bencode-encode.ts'
import { concatBytes } from '../protocol/bytes.ts'
import { decodeWholeAddresses, encodeCompactAddress } from '../protocol/compact-address.ts'
import { ProtocolError } from '../protocol/errors.ts'
import { toNodeId } from '../protocol/ids.ts'
import type { NodeContact } from '../protocol/krpc.ts'
import type { Family } from './boundary.ts'
import { believedHost } from './external-address.ts'
import { familyOf } from './host-key.ts'
import type { DhtState, FamilyState } from './state.ts'
import { stateOf } from './table-node.ts'

const limits = { maxDepth: 4, maxTokens: 64 }
const mostNodes = 200
const formatVersion = 1

/** What the last run knew of one family. */
export type SavedFamily = { readonly nodes: readonly NodeContact[]; readonly external: string | undefined }
export type SavedDht = { readonly 4: SavedFamily; readonly 6: SavedFamily }

/** Nothing known. */
export const nothingSaved: SavedDht = {
	4: { nodes: [], external: undefined },
	6: { nodes: [], external: undefined },
}

/** What is worth being kept. */
export function savedOf(state: DhtState, now: number): SavedDht {
	const of = (family: FamilyState | undefined): SavedFamily =>
		family === undefined
			? nothingSaved[4]
			: { nodes: keepers(family, now), external: believedHost(family.votes)?.host }
	return { 4: of(state.families[4]), 6: of(state.families[6]) }
}

/** Bytes for a file. */
export function encodeSaved(saved: SavedDht): Uint8Array<ArrayBuffer> {
	const of = ({ nodes, external }: SavedFamily) => ({
		nodes: concatBytes(
			nodes.flatMap(({ id, address }) => [id, encodeCompactAddress(address) ?? new Uint8Array()]),
		),
		...(external === undefined ? {} : { external: parseHost(external) ?? new Uint8Array() }),
	})
	return encodeBencode({ format: formatVersion, n4: of(saved[4]), n6: of(saved[6]) })
}

/** What a file holds; undefined where it is damaged or of another version. */
export function decodeSaved(bytes: Uint8Array): SavedDht | undefined {
	try {
		const root = decodeBencode(bytes, limits)
		if (root.getInteger('format') !== formatVersion) return undefined
		return { 4: familyOfNode(root.get('n4'), 4), 6: familyOfNode(root.get('n6'), 6) }
	} catch (error) {
		if (error instanceof ProtocolError) return undefined
		throw error
	}
}

function familyOfNode(node: BencodeNode | undefined, family: Family): SavedFamily {
	const bytes = node?.getBytes('nodes') ?? new Uint8Array()
	const stride = family === 4 ? 26 : 38
	const nodes: NodeContact[] = []
	for (let at = 0; at + stride <= bytes.length && nodes.length < mostNodes; at += stride) {
		const contact = bytes.subarray(at, at + stride)
		const address = decodeWholeAddresses(contact.subarray(20), family === 4 ? 6 : 18)[0]
		if (address === undefined || !isUsable(address, family)) continue
		nodes.push({ id: toNodeId(contact.slice(0, 20)), address })
	}
	const host = node?.getBytes('external')
	const isHost = host?.length === (family === 4 ? 4 : 16)
	return { nodes, external: host !== undefined && isHost ? formatHost(host) : undefined }
}

function isUsable(address: Address, family: Family): boolean {
	return familyOf(address) === family && dialObstacle(address, 'loopback') === undefined
}

// Of each bucket the oldest first, in turn, so that whatever is cut off all distances are there.
function keepers({ table }: FamilyState, now: number): NodeContact[] {
	const columns = table.buckets.map(({ nodes }) =>
		nodes
			.filter(node => stateOf(node, now) !== 'bad')
			.sort((one, other) => one.firstSeenAt - other.firstSeenAt),
	)
	const kept: NodeContact[] = []
	for (let row = 0; kept.length < mostNodes && columns.some(column => row < column.length); row += 1) {
		for (const column of columns) {
			const node = column[row]
			if (node !== undefined && kept.length < mostNodes) kept.push({ id: node.id, address: node.address })
		}
	}
	return kept
}
