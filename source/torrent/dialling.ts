// New connections of our own making.
import { toPeerNumber } from '../protocol/ids.ts'
import { isComplete, isRunning, touch, type Turn, wakeBy } from './core.ts'
import { type DialSituation, nextDialAt, nextDials } from './dial-order.ts'
import { chooseOpening } from './encryption.ts'

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
	for (const { address, source, opening: known } of nextDials(core.candidates, situation)) {
		const peer = toPeerNumber(core.nextPeer)
		core.nextPeer += 2
		const opening = chooseOpening(core.options.encryption ?? 'off', known)
		core.dialling.set(peer, { address, since: now, source, opening })
		turn.effects.push({ type: 'Dial', peer, address, ...(opening.encrypted ? { encrypted: true } : {}) })
		touch(turn, 'peers')
	}
	const at = nextDialAt(core.candidates, { ...situation, halfOpen: core.dialling.size })
	if (at !== undefined) wakeBy(turn, Math.max(at, now + 1))
}
