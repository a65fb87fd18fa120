// A torrent as commands talk about it: parsed, hashed, with the paths that its files will have.
import { createHash } from 'node:crypto'
import { safePaths } from '../engine/safe-path.ts'
import { CommandFailure, exitCodes } from '../exit-code.ts'
import { toHex } from '../protocol/bytes.ts'
import { ProtocolError } from '../protocol/errors.ts'
import { type InfoHash, toInfoHash } from '../protocol/ids.ts'
import { type Metainfo, parseMetainfo } from '../protocol/metainfo.ts'
import { safeText } from '../protocol/safe-text.ts'
import { shownSource } from './torrent-source.ts'

export type KnownTorrent = {
	readonly metainfo: Metainfo
	readonly infoHash: InfoHash
	/** Hex; null without a version 2 part (BEP 52). */
	readonly infoHashV2: string | null
	/** Path elements below the save directory; none for padding. */
	readonly paths: readonly (readonly string[])[]
}

/** Throws a CommandFailure with exit code 3 for what is no valid torrent. */
export function readMetainfo(bytes: Uint8Array, source: string): KnownTorrent {
	try {
		const metainfo = parseMetainfo(bytes)
		return {
			metainfo,
			infoHash: toInfoHash(new Uint8Array(createHash('sha1').update(metainfo.infoBytes).digest())),
			infoHashV2: metainfo.hybrid ? toHex(createHash('sha256').update(metainfo.infoBytes).digest()) : null,
			paths: safePaths(metainfo, process.platform),
		}
	} catch (error) {
		if (error instanceof ProtocolError)
			throw new CommandFailure(exitCodes.torrent, notATorrent(source, error))
		throw error
	}
}

/** One line on what is wrong with a torrent. */
function notATorrent(source: string, error: ProtocolError): string {
	const where = error.offset === undefined ? '' : ` at byte ${error.offset}`
	return `${shownSource(source)}: no valid torrent${where}: ${safeText(error.message)}`
}
