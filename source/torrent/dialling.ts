// New connections of our own making.
import { toPeerNumber } from '../protocol/ids.ts'
import { isComplete, isRunning, touch, type Turn, wakeBy } from './core.ts'
import { type DialSituation, nextDialAt, nextDials } from './dial-order.ts'

/** Dials whoever promises most, as far as the limits allow. */
export function dialMore(turn: Turn): void {
	const { core, now } = turn
	if (!isRunning(core)) return
	const situation: DialSituation = {
		now,
		connected: core.peers.size,
		halfOpen: core.dialling.size,
		maxPeers: core.options.maxPeers,
		complete: isComplete(core),
	}
	for (const { address, source } of nextDials(core.candidates, situation)) {
		const peer = toPeerNumber(core.nextPeer)
		core.nextPeer += 2
		core.dialling.set(peer, { address, since: now, source })
		turn.effects.push({ type: 'Dial', peer, address })
		touch(turn, 'peers')
	}
	const at = nextDialAt(core.candidates, { ...situation, halfOpen: core.dialling.size })
	if (at !== undefined) wakeBy(turn, Math.max(at, now + 1))
}
