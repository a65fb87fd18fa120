// The torrent behind a magnet link, for commands that need to know what is in it: kept by an earlier download,
// or fetched from peers.
import { resolve } from 'node:path'
import type { Environment } from '../engine/environment.ts'
import { CommandFailure, exitCodes } from '../exit-code.ts'
import type { MetadataOptions } from '../options.ts'
import type { MagnetLink } from '../protocol/magnet.ts'
import { fetchMetadata } from './fetch-metadata.ts'
import { resolvePeers } from './get.ts'
import { keptMetainfo } from './kept-metainfo.ts'
import { magnetTitle } from './load-input.ts'
import { withResolvedPeers } from './magnet-peers.ts'
import { type KnownTorrent, readMetainfo } from './read-metainfo.ts'
import { defaultStateDirectory } from './state-directory.ts'

/** Fetches what is not kept; a terminal on stderr shows what is waited for. Throws a CommandFailure. */
export async function infoOfMagnet(
	link: MagnetLink,
	network: MetadataOptions,
	environment: Environment,
): Promise<KnownTorrent> {
	const kept = await keptOf(link, network.stateDirectory)
	if (kept !== undefined) return kept
	const { bind } = network
	const peers = await resolvePeers(network.peers, { environment, bind })
	const isWatched = process.stderr.isTTY
	const bytes = await fetchMetadata(
		await withResolvedPeers(link, { environment, bind }),
		{ ...network, peers },
		words => {
			if (isWatched) process.stderr.write(`\r\u001b[Kmetadata: ${words}`)
		},
	)
	if (isWatched) process.stderr.write('\r\u001b[K')
	return readMetainfo(bytes, magnetTitle(link))
}

/** What an earlier download kept. Throws a CommandFailure with exit code 3 where there is nothing. */
export async function keptOfMagnet(
	link: MagnetLink,
	stateDirectory: string | undefined,
): Promise<KnownTorrent> {
	const kept = await keptOf(link, stateDirectory)
	if (kept !== undefined) return kept
	throw new CommandFailure(
		exitCodes.torrent,
		`${magnetTitle(link)}: expected a torrent file, got a magnet link whose metadata no download has kept here`,
	)
}

async function keptOf(
	{ infoHash }: MagnetLink,
	stateDirectory: string | undefined,
): Promise<KnownTorrent | undefined> {
	if (infoHash === undefined) return undefined
	const folder = resolve(stateDirectory ?? defaultStateDirectory(process.platform, process.env))
	return await keptMetainfo(folder, infoHash)
}
