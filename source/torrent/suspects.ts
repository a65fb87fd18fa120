// Addresses of peers that left before it was known whether what they delivered is right: who lies and hangs up
// is banned like who stays (threats P4). Kept while a piece with blocks of theirs is open or under suspicion.
import { isBannedAddress } from './candidates.ts'
import type { Core } from './core.ts'
import { isOnParole, isRemembered } from './liar.ts'
import type { Peer } from './peer.ts'
import type { PickerState } from './picker-state.ts'

const suspectsKept = 256

/** The peer leaves. */
export function rememberSuspect(core: Core, peer: Peer): void {
	if (peer.downloadedBytes === 0 || core.suspectAddresses.size >= suspectsKept) return
	if (isBannedAddress(core.candidates, peer.address)) return
	const isUnjudged = core.picker !== undefined && openSources(core.picker).has(peer.number)
	if (isUnjudged || isRemembered(core.liars, peer.number))
		core.suspectAddresses.set(peer.number, peer.address)
}

/** A piece was judged: whoever is beyond suspicion by that is forgotten. */
export function forgetCleared({ picker, liars, suspectAddresses }: Core): void {
	if (picker === undefined || suspectAddresses.size === 0) return
	const unjudged = openSources(picker)
	for (const number of suspectAddresses.keys()) {
		if (!unjudged.has(number) && !isOnParole(liars, number)) suspectAddresses.delete(number)
	}
}

/** Who delivered blocks of pieces that are not known to be right or wrong. */
function openSources({ open }: PickerState): Set<number> {
	const peers = new Set<number>()
	for (const { sources } of open.values()) for (const entry of sources) if (entry !== 0) peers.add(entry - 1)
	return peers
}
