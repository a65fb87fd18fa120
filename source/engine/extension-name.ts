// What the id of an extended message stands for. Ids belong to the receiver (BEP 10): what comes carries ours,
// what goes carries the peer's.
import type { Direction } from '../inspect/tap.ts'
import { type ExtensionName, ourExtensionName } from '../protocol/extension.ts'
import type { PeerNumber } from '../protocol/ids.ts'
import type { Core } from '../torrent/core.ts'

/** The name, where somebody said what the id means. */
export function extensionName(
	core: Pick<Core, 'peers'>,
	{ direction, peer, id }: { readonly direction: Direction; readonly peer: PeerNumber; readonly id: number },
): ExtensionName | undefined {
	if (direction === 'in') return ourExtensionName(id)
	const ids = core.peers.get(peer)?.session.peerExtensions.ids ?? []
	for (const [name, theirs] of ids) if (theirs === id) return name
	return undefined
}
