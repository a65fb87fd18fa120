// The commander's side of the practice swarm: in a worker thread, or in this thread behind the same promise.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { type LoopbackSwarm, startLoopbackSwarm } from './loopback-swarm.ts'
import type { Scenario } from './scenario.ts'

/** What the worker is started with. */
export type PracticeOrder = { readonly scenarioName: string; readonly seed: number; readonly speed: number }

/** What the worker says. */
export type PracticeReport = { readonly type: 'ready' } & Pick<
	LoopbackSwarm,
	'torrent' | 'lead' | 'dhtRouters'
>

export type PracticeOptions = {
	readonly scenario: Scenario
	readonly seed: number
	readonly speed: number
	/** The built dist/practice.js; undefined: in this thread. */
	readonly worker: URL | undefined
}

const closeTimeoutMs = 1000

/** Starts a swarm. Rejects when it cannot; `close` rejects with what ended the thread before. */
export async function startPractice({
	scenario,
	seed,
	speed,
	worker,
}: PracticeOptions): Promise<LoopbackSwarm> {
	if (worker === undefined) return await startLoopbackSwarm({ scenario, seed, speed })
	const order: PracticeOrder = { scenarioName: scenario.name, seed, speed }
	const thread = new Worker(worker, { workerData: order })
	const ended = new Promise<Error | undefined>(resolve => {
		thread.once('error', resolve)
		thread.once('exit', () => resolve(undefined))
	})
	// once() rejects with an error of the thread.
	const [report] = (await once(thread, 'message')) as [PracticeReport]
	return {
		torrent: report.torrent,
		lead: report.lead,
		dhtRouters: report.dhtRouters,
		close: async () => {
			thread.postMessage('stop')
			const timer = setTimeout(() => void thread.terminate(), closeTimeoutMs)
			const fault = await ended
			clearTimeout(timer)
			if (fault !== undefined) throw fault
		},
	}
}
