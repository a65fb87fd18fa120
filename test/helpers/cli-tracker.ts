// The practice swarm's tracker in the test's own process, for programs that the test starts.
import { onTestFinished } from 'vitest'
import { createNodeClock, createNodeEnvironment } from '../../source/engine/node-environment.ts'
import { type PracticeTracker, startPracticeTracker } from '../../source/practice/tracker.ts'

export type HeardTracker = {
	readonly tracker: PracticeTracker
	/** Every announce so far: `http started`, `udp stopped`, `http none` … */
	readonly heard: readonly string[]
}

/** Listens on loopback until the test has finished. */
export async function startTracker(): Promise<HeardTracker> {
	const heard: string[] = []
	const tracker = await startPracticeTracker({
		clock: createNodeClock(1),
		random: createNodeEnvironment().random,
		intervalS: 1800,
		minIntervalS: 60,
		onAnnounce: (announce, transport) => heard.push(`${transport} ${announce.event}`),
	})
	onTestFinished(() => tracker.close())
	return { tracker, heard }
}
