// A .torrent file (BEP 3, 5, 12, 19, 27, 47): the info dictionary, and around it where the swarm is found and
// what people say about it. Nothing outside `info` can make a torrent fail.

import { type BencodeNode, decodeBencodeSteps, torrentLimits } from './bencode.ts'
import { fromUtf8 } from './bytes.ts'
import { ProtocolError } from './errors.ts'
import { type Info, readInfo } from './metainfo-info.ts'
import { type NodeAddress, readNodes, readTiers, readWebSeeds } from './metainfo-sources.ts'
import { createWarnings, listWarnings, warn } from './metainfo-warnings.ts'
import { type SafeText, safe, safeText } from './safe-text.ts'
import { finishSteps, type Steps } from './steps.ts'

export type Metainfo = Info & {
	/** Tracker URLs (http, https, udp) by tier, in the torrent's order, not shuffled (BEP 12). */
	readonly tiers: readonly (readonly string[])[]
	/** http and https URLs (BEP 19). */
	readonly webSeeds: readonly string[]
	/** DHT nodes (BEP 5). */
	readonly nodes: readonly NodeAddress[]
	readonly comment?: SafeText
	readonly createdBy?: SafeText
	/** Seconds since 1970. */
	readonly createdAt?: number
	/** What was left out or looks wrong, for the user. */
	readonly warnings: readonly SafeText[]
}

/**
 * Reads a .torrent file; the result holds views of `bytes`. The caller hashes `infoBytes`.
 * Throws a ProtocolError: bencode-…, or metainfo-info, -name, -piece-length, -pieces, -length, -files, -path,
 * -size, and metainfo-v2-only for a torrent that has no version 1 part.
 */
export function parseMetainfo(bytes: Uint8Array): Metainfo {
	return finishSteps(parseMetainfoSteps(bytes))
}

/**
 * As parseMetainfo, but yields every few milliseconds, so that the caller can let its loop go on: a file of
 * 10 MB may hold 140,000 files.
 */
export function* parseMetainfoSteps(bytes: Uint8Array): Steps<Metainfo> {
	const root = yield* decodeBencodeSteps(bytes, torrentLimits)
	const infoNode = root.get('info')
	if (infoNode === undefined) {
		throw new ProtocolError('metainfo-info', 'expected a dictionary with an info dictionary', { offset: 0 })
	}
	const warnings = createWarnings()
	if (!root.sorted) warn(warnings, () => safe`dictionary keys are not in order`)
	const info = yield* readInfo(infoNode, warnings)
	const sources = {
		tiers: readTiers(root, warnings),
		webSeeds: readWebSeeds(root, warnings),
		nodes: readNodes(root),
	}
	return { ...info, ...sources, ...readRemarks(root), warnings: listWarnings(warnings) }
}

function readRemarks(root: BencodeNode): Pick<Metainfo, 'comment' | 'createdBy' | 'createdAt'> {
	const comment = readText(root, 'comment')
	const createdBy = readText(root, 'created by')
	const createdAt = root.getInteger('creation date')
	return {
		...(comment === undefined ? {} : { comment }),
		...(createdBy === undefined ? {} : { createdBy }),
		...(createdAt === undefined || createdAt < 0 ? {} : { createdAt }),
	}
}

function readText(root: BencodeNode, key: string): SafeText | undefined {
	const bytes = root.getBytes(`${key}.utf-8`) ?? root.getBytes(key)
	return bytes === undefined ? undefined : safeText(fromUtf8(bytes))
}
