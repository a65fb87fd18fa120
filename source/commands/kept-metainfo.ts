// The .torrent file that an earlier download of a magnet link kept in the state folder.
import { readFile } from 'node:fs/promises'
import { statePath } from '../engine/state-file.ts'
import { CommandFailure } from '../exit-code.ts'
import { equalBytes } from '../protocol/bytes.ts'
import type { InfoHash } from '../protocol/ids.ts'
import { type KnownTorrent, readMetainfo } from './read-metainfo.ts'

/** Undefined where there is none, or one that is damaged. */
export async function keptMetainfo(
	stateDirectory: string,
	infoHash: InfoHash,
): Promise<KnownTorrent | undefined> {
	const path = statePath(stateDirectory, infoHash, 'torrent')
	try {
		const known = readMetainfo(new Uint8Array(await readFile(path)), path)
		return equalBytes(known.infoHash, infoHash) ? known : undefined
	} catch (error) {
		if (error instanceof CommandFailure || (error instanceof Error && 'code' in error)) return undefined
		throw error
	}
}
