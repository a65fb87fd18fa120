// The practice swarm's thread, so that it takes no time from the engine's or the screen's. Bundled as
// dist/practice.js. It says `ready`, and ends when it is told to stop.
import { parentPort, workerData } from 'node:worker_threads'
import { invariant } from '../protocol/errors.ts'
import { startLoopbackSwarm } from './loopback-swarm.ts'
import type { PracticeOrder, PracticeReport } from './remote.ts'
import { findScenario } from './scenarios.ts'

const port = parentPort
invariant(port !== null, 'this file runs in a worker thread')
// What startPracticeWorker hands over.
const { scenarioName, seed, speed } = workerData as PracticeOrder
const scenario = findScenario(scenarioName)
invariant(scenario !== undefined, 'a scenario that exists')

const swarm = await startLoopbackSwarm({ scenario, seed, speed })
const ready: PracticeReport = {
	type: 'ready',
	torrent: swarm.torrent,
	lead: swarm.lead,
	dhtRouters: swarm.dhtRouters,
}
port.on('message', () => {
	void swarm.close().then(() => port.close())
})
port.postMessage(ready)
