// A network that went away and came back: what failed meanwhile is nobody's fault, so nobody waits out a back-off
// for it (threats H7, S3). The engine tells when it sees the machine's addresses come back; where the outage lies
// further away, the first answer after nothing but silence tells.
import { networkRestored } from './announcer.ts'
import { type Core, isComplete, isRunning, type Turn, wakeBy } from './core.ts'
import { redialLost } from './dial-outcome.ts'

/** One dead tracker must not be asked anew for each peer that comes and goes. */
const guessPauseMs = 300_000
/** When no peer says anything for so long, its connection may be dead. */
const silentMs = 8_000

/** Trackers and addresses that were lost to the network are tried again within ten seconds. */
export function restoreLost(turn: Turn): void {
	const { core, now } = turn
	core.networkReturnedAt = now
	networkRestored(core.announcer, now)
	redialLost(core.candidates, now)
	wakeBy(turn, now)
}

/** Whether an answer, of whomever, would show that the network is back. */
export function isCutOff({ core, now }: Turn): boolean {
	const { trackers } = core.announcer
	if (core.peers.size > 0 || trackers.size === 0 || now - core.networkReturnedAt < guessPauseMs) return false
	for (const tracker of trackers.values()) if (!isLost(tracker)) return false
	return true
}

/** Whether it is worth a look at the machine's addresses: something is lost that the network may bring back. */
export function missesNetwork(core: Core, now: number): boolean {
	if (!isRunning(core)) return false
	if (!isComplete(core) && isSilent(core, now)) return true
	for (const tracker of core.announcer.trackers.values()) if (isLost(tracker)) return true
	return false
}

function isSilent(core: Core, now: number): boolean {
	for (const peer of core.peers.values()) if (now - peer.lastReceivedAt < silentMs) return false
	return true
}

function isLost(tracker: { readonly lostToNetwork: boolean; readonly failures: number }): boolean {
	return tracker.lostToNetwork && tracker.failures > 0
}
