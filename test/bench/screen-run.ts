// The figures of one session on one screen. Each is taken from outside: CPU from the kernel, bytes and cells from the
// pseudo-terminal, the heap after a forced collection.
import { randomInt } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { weighable, weighHeap } from './heap-gauge.ts'
import type { ScreenSession } from './screen-session.ts'
import type { Watch, Watched, World } from './screen-worlds.ts'
import { threadCpu } from './thread-cpu.ts'

/** What the screen cost for a while. */
export interface WindowFigures {
	/** Percent of a core. */
	readonly mainPercent: number
	readonly allPercent: number
	readonly bytesPerSecond: number
	readonly framesPerSecond: number
	/** Since the start of the session. */
	readonly fullClears: number
}

export interface KeyFigures {
	readonly p50Ms: number
	readonly p95Ms: number
	/** What was stored meanwhile. */
	readonly megabytesPerSecond: number
	readonly fullClears: number
}

export interface HeapFigures {
	readonly mebibytesPer1000Frames: number
	readonly frames: number
	readonly fullClears: number
}

export interface StartFigures {
	readonly firstFrameMs: number
	readonly fullClears: number
}

/** The first of it warms up what is compiled and cached once. */
const warmFrames = 1000
const between = { leastMs: 60, mostMs: 180 }
/** Stands on the help page alone. */
const helpIsOpen = /Help: /u

async function withSession<Figures>(
	world: World,
	watch: Watch,
	task: (session: ScreenSession, watched: Watched) => Promise<Figures>,
): Promise<Figures> {
	const watched = await world.open(watch)
	try {
		return await task(watched.session, watched)
	} finally {
		await watched.close()
	}
}

/** CPU and bytes over `seconds`. */
export async function measureWindow(world: World, watch: Watch, seconds: number): Promise<WindowFigures> {
	return await withSession(world, watch, async ({ pid, counts }) => {
		const before = { ...threadCpu(pid), ...counts(), at: performance.now() }
		await delay(seconds * 1000)
		const after = { ...threadCpu(pid), ...counts(), at: performance.now() }
		const elapsedMs = after.at - before.at
		return {
			mainPercent: (100 * (after.mainMs - before.mainMs)) / elapsedMs,
			allPercent: (100 * (after.allMs - before.allMs)) / elapsedMs,
			bytesPerSecond: (1000 * (after.bytes - before.bytes)) / elapsedMs,
			framesPerSecond: (1000 * (after.frames - before.frames)) / elapsedMs,
			fullClears: after.fullClears,
		}
	})
}

/** Opens and closes the help page at moments that no frame rate knows of. */
export async function measureKeys(world: World, watch: Watch, presses: number): Promise<KeyFigures> {
	return await withSession(world, watch, async (session, { storedBytes }) => {
		const before = { bytes: storedBytes(), at: performance.now() }
		const latencies: number[] = []
		for (let press = 0; press < presses; press++)
			for (const [key, opens] of [
				['?', true],
				['\u001b', false],
			] as const) {
				await delay(between.leastMs + (randomInt(1000) / 1000) * (between.mostMs - between.leastMs))
				latencies.push(await session.press(key, helpIsOpen, opens))
			}
		const elapsedMs = performance.now() - before.at
		latencies.sort((left, right) => left - right)
		const quantile = (share: number) => latencies[Math.ceil(latencies.length * share) - 1] ?? Number.NaN
		return {
			p50Ms: quantile(0.5),
			p95Ms: quantile(0.95),
			megabytesPerSecond: (storedBytes() - before.bytes) / 1000 / elapsedMs,
			fullClears: session.counts().fullClears,
		}
	})
}

/** What the heap of the main thread grows by over `frames`, drawn as fast as the screen takes them. */
export async function measureHeap(
	world: World,
	{ watch, frames, socket }: { readonly watch: Watch; readonly frames: number; readonly socket: string },
): Promise<HeapFigures> {
	return await withSession(world, { ...watch, env: weighable(socket) }, async session => {
		const { counts } = session
		const drawn = async (count: number) => {
			const end = counts().frames + count
			while (counts().frames < end) {
				const at = counts().frames
				await session.until('another frame', () => counts().frames > at)
			}
		}
		await drawn(Math.min(warmFrames, frames))
		const before = { bytes: await weighHeap(socket), frames: counts().frames }
		await drawn(frames)
		const grown = (await weighHeap(socket)) - before.bytes
		const drawnFrames = counts().frames - before.frames
		return {
			mebibytesPer1000Frames: (grown / 2 ** 20 / drawnFrames) * 1000,
			frames: drawnFrames,
			fullClears: counts().fullClears,
		}
	})
}

/** From the start of the process to the first frame. */
export async function measureStart(world: World, watch: Watch): Promise<StartFigures> {
	const watched = await world.start(watch)
	try {
		const firstFrameMs = await watched.session.firstFrameMs()
		await delay(300)
		return { firstFrameMs, fullClears: watched.session.counts().fullClears }
	} finally {
		await watched.close()
	}
}
