// What a command is given: a .torrent file, from disk or a URL, or a magnet link (BEP 9), or a bare info hash.
import { existsSync } from 'node:fs'
import { CommandFailure, exitCodes } from '../exit-code.ts'
import { toHex } from '../protocol/bytes.ts'
import { looksLikeMagnet, type MagnetLink } from '../protocol/magnet.ts'
import { type SafeText, safeText } from '../protocol/safe-text.ts'
import { loadTorrent } from './load-torrent.ts'
import { readMagnet } from './read-magnet.ts'
import { shownSource, type World } from './torrent-source.ts'

/** The bytes of a .torrent file, or a link. */
export type TorrentInput = Uint8Array | MagnetLink

/** Throws a CommandFailure: 3 when it cannot be had or has no version 1 part, 2 for an odd URL. */
export async function loadInput(source: string, world: World): Promise<TorrentInput> {
	if (!isMagnet(source)) return await loadTorrent(source, world)
	const link = readMagnet(source)
	if (link.infoHash !== undefined) return link
	const got = 'a link to a torrent of BitTorrent version 2 alone (BEP 52), which is not supported'
	throw new CommandFailure(exitCodes.torrent, `expected a link with xt=urn:btih:, got ${got}`)
}

/** Whether a source is a link. Forty digits may be a file's name as well, and then they are. */
export function isMagnet(source: string): boolean {
	return looksLikeMagnet(source) && (/^\s*magnet:/iu.test(source) || !existsSync(source))
}

/** How a source is called in messages and titles: a link by its name, without what is secret in its trackers. */
export function inputTitle(source: string, input: TorrentInput): SafeText {
	return input instanceof Uint8Array ? shownSource(source) : magnetTitle(input)
}

/** The link's name, or its info hash. */
export function magnetTitle({ name, infoHash, infoHashV2 }: MagnetLink): SafeText {
	return name ?? safeText(toHex(infoHash ?? infoHashV2 ?? new Uint8Array(0)))
}
