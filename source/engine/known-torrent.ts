// What a torrent is known by when it is started: a .torrent file, or a magnet link (BEP 9) whose info dictionary
// an earlier run kept beside its state, or a magnet link alone.
import { equalBytes } from '../protocol/bytes.ts'
import { ProtocolError } from '../protocol/errors.ts'
import { type InfoHash, toInfoHash } from '../protocol/ids.ts'
import type { MagnetLink } from '../protocol/magnet.ts'
import { metainfoFile } from '../protocol/metainfo-file.ts'
import { type Metainfo, parseMetainfoSteps } from '../protocol/metainfo.ts'
import type { TorrentOptions } from './api.ts'
import { outcomeOf } from './disk-errors.ts'
import type { Environment } from './environment.ts'
import { inSlices } from './in-slices.ts'
import { Refusal } from './refusal.ts'
import { statePath } from './state-file.ts'

/** More than the file around the largest info dictionary that is asked for. */
const keptLimitBytes = 32 << 20

/** A .torrent file and what it says. */
export type MetainfoFile = {
	readonly bytes: Uint8Array
	readonly metainfo: Metainfo
}

export type KnownTorrent = {
	readonly infoHash: InfoHash
	/** undefined: to be had from peers. */
	readonly file: MetainfoFile | undefined
	readonly magnet: MagnetLink | undefined
	/** Tracker URLs by tier (BEP 12). */
	readonly tiers: readonly (readonly string[])[]
}

type Given = {
	readonly options: TorrentOptions
	readonly environment: Environment
	readonly signal: AbortSignal
}

/** Throws a ProtocolError of the metainfo, or a Refusal for a link without an info hash of version 1. */
export async function knownTorrent(given: Given): Promise<KnownTorrent> {
	const { options, environment } = given
	if (options.torrent instanceof Uint8Array) {
		const file = await readFile(options.torrent, given)
		const infoHash = toInfoHash(environment.hasher.sha1(file.metainfo.infoBytes))
		return { infoHash, file, magnet: undefined, tiers: file.metainfo.tiers }
	}
	const magnet = options.torrent
	const { infoHash } = magnet
	if (infoHash === undefined)
		throw new Refusal('torrent', 'expected an info hash of version 1 (btih) in the link, got version 2 alone')
	const file = await keptFile(infoHash, given)
	return { infoHash, file, magnet, tiers: mergeTiers(tiersOf(magnet), file?.metainfo.tiers ?? []) }
}

/**
 * The .torrent file around an info dictionary that peers sent for a link, or undefined when it is not the one.
 * Throws a ProtocolError when it is, and cannot be used.
 */
export async function fileOfMetadata(
	infoBytes: Uint8Array,
	{ infoHash, magnet, tiers }: KnownTorrent,
	given: Given,
): Promise<MetainfoFile | undefined> {
	if (!equalBytes(given.environment.hasher.sha1(infoBytes), infoHash)) return undefined
	return await readFile(metainfoFile(infoBytes, { tiers, webSeeds: magnet?.webSeeds ?? [] }), given)
}

async function readFile(bytes: Uint8Array, given: Given): Promise<MetainfoFile> {
	return { bytes, metainfo: await inSlices(parseMetainfoSteps(bytes), given) }
}

// A file that is damaged, or not there, is no loss: peers have the same.
async function keptFile(infoHash: InfoHash, given: Given): Promise<MetainfoFile | undefined> {
	const { options, environment } = given
	const path = statePath(options.stateDirectory, infoHash, 'torrent')
	const kept = await outcomeOf(() => environment.storage.readFile(path, keptLimitBytes))
	if (!kept.ok || kept.value === undefined) return undefined
	try {
		const file = await readFile(kept.value, given)
		return equalBytes(environment.hasher.sha1(file.metainfo.infoBytes), infoHash) ? file : undefined
	} catch (error) {
		if (error instanceof ProtocolError) return undefined
		throw error
	}
}

/** Every tracker of a link stands for itself. */
function tiersOf({ trackers }: MagnetLink): string[][] {
	return trackers.map(tracker => [tracker])
}

function mergeTiers(
	first: readonly (readonly string[])[],
	second: readonly (readonly string[])[],
): readonly (readonly string[])[] {
	const seen = new Set(first.flat())
	const rest = second.map(tier => tier.filter(tracker => !seen.has(tracker)))
	return [...first, ...rest.filter(tier => tier.length > 0)]
}
