// A block on its way past the tap: how long it took is known while its request is still in flight.
import type { Tap } from '../inspect/tap.ts'
import type { PeerNumber } from '../protocol/ids.ts'
import type { BlockFields } from '../protocol/message.ts'
import type { Torrent } from '../torrent/torrent.ts'

/** Before the torrent hears of the block. */
export function tapBlock(
	tap: Tap,
	torrent: Pick<Torrent, 'askedAt'>,
	block: { readonly peer: PeerNumber; readonly fields: BlockFields; readonly now: number },
): void {
	const { peer, fields, now } = block
	const askedAt = torrent.askedAt(peer, fields)
	const details = { latencyMs: askedAt === undefined ? undefined : now - askedAt, reason: undefined }
	tap.message('in', peer, { type: 'piece', ...fields }, undefined, now, details)
}
