// `swarmscope info --offline` of a magnet link: what the link itself says, without asking anybody.
import { maskUrl } from '../engine/mask-url.ts'
import { addressKey } from '../protocol/address.ts'
import { toHex } from '../protocol/bytes.ts'
import { fileRangesText } from '../protocol/magnet-files.ts'
import type { MagnetLink } from '../protocol/magnet.ts'
import { row } from './info.ts'

/** The object that `info --offline --json` prints; its keys are a promise. */
export function magnetObject(link: MagnetLink): Readonly<Record<string, unknown>> {
	return {
		version: 1,
		infoHashV1: hexOrNull(link.infoHash),
		infoHashV2: hexOrNull(link.infoHashV2),
		name: link.name ?? null,
		trackers: link.trackers,
		peers: link.peers.map(addressKey),
		webSeeds: link.webSeeds,
		selectOnly: link.selectOnly,
		nodes: link.nodes.map(addressKey),
	}
}

/** Lines for a terminal. */
export function magnetLines(link: MagnetLink): string[] {
	const { infoHash, infoHashV2, name, selectOnly } = link
	return [
		row('name', name ?? '(the link gives none)'),
		...(infoHash === undefined ? [] : [row('info hash', toHex(infoHash))]),
		...(infoHashV2 === undefined ? [] : [row('info hash v2', toHex(infoHashV2))]),
		...link.trackers.map((url, index) => row(`tier ${index + 1}`, maskUrl(url))),
		...link.peers.map(peer => row('peer', addressKey(peer))),
		...link.webSeeds.map(url => row('web seed', maskUrl(url))),
		...link.nodes.map(node => row('node', addressKey(node))),
		...(selectOnly.length === 0 ? [] : [row('only files', fileRangesText(selectOnly))]),
	]
}

function hexOrNull(hash: Uint8Array | undefined): string | null {
	return hash === undefined ? null : toHex(hash)
}
