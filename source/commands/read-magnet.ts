// A magnet link as commands take it: read, or refused in one line that says what is wrong with it.
import { CommandFailure, exitCodes } from '../exit-code.ts'
import { ProtocolError } from '../protocol/errors.ts'
import { type MagnetLink, parseMagnet } from '../protocol/magnet.ts'
import { safeText } from '../protocol/safe-text.ts'

/** Throws a CommandFailure with exit code 3 for what is no magnet link. */
export function readMagnet(text: string): MagnetLink {
	try {
		return parseMagnet(text)
	} catch (error) {
		if (error instanceof ProtocolError)
			throw new CommandFailure(exitCodes.torrent, `no valid magnet link: ${safeText(error.message)}`)
		throw error
	}
}
