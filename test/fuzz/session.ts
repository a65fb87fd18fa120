// Fuzzes one target for some seconds: inputs change at random, those that reach something new are kept, the
// first that fails is made smaller and handed back.
import { Worker } from 'node:worker_threads'
import { toHex, utf8 } from '../../source/protocol/bytes.ts'
import { createRandom, type RandomState } from '../../source/torrent/random.ts'
import { minimise } from './minimise.ts'
import { mutate } from './mutate.ts'
import type { Target } from './target.ts'

export type SessionOptions = {
	readonly target: Target
	readonly seconds: number
	readonly seed: number
	/** Where the input goes that took too long. */
	readonly hangFile: string
}

export type Failure = { readonly input: string; readonly error: string }

export type SessionReport = {
	readonly runs: number
	readonly runsPerSecond: number
	readonly corpusSize: number
	readonly reached: number
	readonly peakRssBytes: number
	readonly slowestMs: number
	/** The input as hex. */
	readonly failure: Failure | undefined
}

/** No input may take longer. */
export const inputLimitMs = 5_000
/** The process may not become larger. */
export const rssLimitBytes = 512 << 20
const rssEvery = 64
const mostInputs = 3_000
const mostInputBytes = 1 << 20

/** Runs until the time is over or something fails. */
export function runSession(options: SessionOptions): SessionReport {
	const { target, seconds, seed } = options
	const random = createRandom(seed ^ hashName(target.name))
	const words = (target.dictionary ?? []).map(utf8)
	const watch = startWatchdog(options.hangFile)
	const reached = new Set<string>()
	const waiting = [...target.seeds()]
	const corpus: Uint8Array[] = [...waiting]
	const startedAt = performance.now()
	let runs = 0
	let slowestMs = 0
	let failure: Failure | undefined
	let now = startedAt
	while (failure === undefined && (now - startedAt < seconds * 1000 || waiting.length > 0)) {
		const input = waiting.pop() ?? mutate(target, { random, corpus, words })
		watch.begin(input)
		try {
			const features = target.run(input.slice())
			if (isNew(reached, features)) keep(corpus, input, random)
		} catch (error) {
			failure = smaller(target, input, error)
		}
		if (failure === undefined && runs % rssEvery === 0 && process.memoryUsage.rss() > rssLimitBytes)
			failure = { input: toHex(input), error: 'the process has grown too large by this input' }
		runs += 1
		const end = performance.now()
		slowestMs = Math.max(slowestMs, end - now)
		now = end
	}
	watch.stop()
	return {
		runs,
		runsPerSecond: Math.round((runs * 1000) / Math.max(1, now - startedAt)),
		corpusSize: corpus.length,
		reached: reached.size,
		peakRssBytes: process.resourceUsage().maxRSS * 1024,
		slowestMs: Math.round(slowestMs),
		failure,
	}
}

/** Runs one input; the error as text, undefined when all holds. */
export function runOnce(target: Target, input: Uint8Array): string | undefined {
	try {
		target.run(input)
		return undefined
	} catch (error) {
		return describe(error)
	}
}

function smaller(target: Target, input: Uint8Array, error: unknown): Failure {
	const wanted = kindOf(error)
	const smallest = minimise(input, candidate => {
		try {
			target.run(candidate.slice())
			return false
		} catch (other) {
			return kindOf(other) === wanted
		}
	})
	const text = runOnce(target, smallest.slice()) ?? describe(error)
	return { input: toHex(smallest), error: text }
}

// The same fault says the same with other numbers.
function kindOf(error: unknown): string {
	const { name, message } = error instanceof Error ? error : new Error(String(error))
	return `${name}: ${message.replaceAll(/\d+/gu, '0').slice(0, 40)}`
}

function describe(error: unknown): string {
	return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function isNew(reached: Set<string>, features: readonly string[]): boolean {
	const before = reached.size
	for (const feature of features) reached.add(feature)
	return reached.size > before
}

function keep(corpus: Uint8Array[], input: Uint8Array, random: RandomState): void {
	if (corpus.length < mostInputs) corpus.push(input)
	else corpus[(random.a >>> 0) % mostInputs] = input
}

function startWatchdog(file: string): { begin(input: Uint8Array): void; stop(): void } {
	const buffer = new SharedArrayBuffer(8 + mostInputBytes)
	const head = new Int32Array(buffer, 0, 2)
	const bytes = new Uint8Array(buffer, 8)
	const worker = new Worker(new URL('./watchdog.js', import.meta.url), {
		workerData: { buffer, file, limitMs: inputLimitMs },
		execArgv: [],
	})
	worker.unref()
	return {
		begin(input) {
			bytes.set(input.subarray(0, mostInputBytes))
			Atomics.store(head, 1, input.length)
			Atomics.add(head, 0, 1)
		},
		stop: () => void Atomics.store(head, 0, 0),
	}
}

function hashName(name: string): number {
	let hash = 0x811c9dc5
	for (const byte of utf8(name)) hash = Math.imul(hash ^ byte, 0x01000193)
	return hash
}
