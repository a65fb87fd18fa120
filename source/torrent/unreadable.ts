// Data that we have and cannot read (threats D9): whoever asked hears that it will not come, and the user hears so
// once an outage, not once a block. Nobody is punished; what is gone from the files is given up.
import type { Block } from '../protocol/geometry.ts'
import { safeText } from '../protocol/safe-text.ts'
import { diskRetryMs, diskSentence, finishFiles } from './completing.ts'
import { drop, isComplete, isRunning, report, touch, type Turn, wakeBy } from './core.ts'
import type { Peer } from './peer.ts'
import { blockUnread } from './serving.ts'

/** A block for this peer could not be read. `error` is the system's code. */
export function readFailed(
	turn: Turn,
	peer: Peer,
	{ block, error }: { readonly block: Block; readonly error: string },
): void {
	blockUnread(turn, peer, block)
	// It would wait for the block for ever: it may ask somebody else, or us again later.
	if (!peer.session.common.fast) drop(turn, peer, { code: 'unreadable', error })
	tellOutage(turn, error)
}

// An outage lasts until the disk is tried again.
function tellOutage(turn: Turn, error: string): void {
	const { core, now } = turn
	if (core.problem !== undefined || !isRunning(core)) return
	core.problem = safeText(`${diskSentence(error)}: some blocks cannot be read`)
	core.diskRetryAt = now + diskRetryMs
	wakeBy(turn, core.diskRetryAt)
	touch(turn, 'summary')
	report(turn, { type: 'note', code: 'unreadable', text: core.problem })
	// A file that was cut short or taken away shows in a look at it: then its pieces are lost, and the torrent stops.
	if (isComplete(core)) finishFiles(turn)
}
