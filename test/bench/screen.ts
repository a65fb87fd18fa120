// What the screen costs and how quickly it answers: this program as built in a pseudo-terminal, with 200 made-up
// peers, under a fast download, with nothing to do, and in the practice swarm. Every figure stands beside its aim.
import { join } from 'node:path'
import { firstLine } from './competitors.ts'
import { formatScreen, type ScreenFigure, type ScreenResult, type ScreenRun } from './screen-report.ts'
import { measureHeap, measureKeys, measureStart, measureWindow } from './screen-run.ts'
import {
	busyWorld,
	demoWorld,
	fastWorld,
	lonelyWorld,
	quietWorld,
	type Watch,
	type World,
} from './screen-worlds.ts'

export interface ScreenPlan {
	readonly rounds: number
	/** Peers of the busy swarm. */
	readonly peers: number
	/** How long CPU and bytes are watched. */
	readonly seconds: number
	readonly starts: number
	readonly presses: number
	readonly frames: number
}

export const screenDefaults = {
	peers: '200',
	window: '15',
	starts: '5',
	presses: '30',
	frames: '10000',
} as const

export const screenUsage = `  --screen               instead: the screen's CPU, bytes, first frame, keys and heap, in a pseudo-terminal
    --swarm ${screenDefaults.peers}          peers of the busy swarm
    --window ${screenDefaults.window}          seconds for CPU and bytes
    --starts ${screenDefaults.starts}           starts for the first frame
    --presses ${screenDefaults.presses}         keys for their latency, twice
    --frames ${screenDefaults.frames}       frames for the growth of the heap; 0 leaves it out (it takes minutes)`

const small = { columns: 80, rows: 24 }
const large = { columns: 200, rows: 50 }
const quietPeers = 20

/** A measurement that is made `rounds` times; what it gives says what it is. */
interface Task {
	readonly name: string
	readonly rounds: number
	run(): Promise<ScreenRun>
}

type Aims = { readonly main?: number; readonly bytes?: number }

function nameOf(world: World, { columns, rows, fps }: Watch): string {
	return `${world.name}, ${columns}×${rows}, ${fps} Hz`
}

function windowTask(world: World, watch: Watch, plan: ScreenPlan, aims: Aims): Task {
	const name = nameOf(world, watch)
	return {
		name,
		rounds: plan.rounds,
		async run() {
			const figures = await measureWindow(world, watch, plan.seconds)
			return {
				fullClears: figures.fullClears,
				figures: [
					percent(`${name}: main thread`, figures.mainPercent, aims.main),
					percent(`${name}: whole process`, figures.allPercent),
					{ what: `${name}: to the terminal`, unit: 'B/s', value: figures.bytesPerSecond, most: aims.bytes },
					{ what: `${name}: drawn`, unit: 'frames/s', value: figures.framesPerSecond, digits: 1 },
				],
			}
		},
	}
}

function percent(what: string, value: number, most?: number): ScreenFigure {
	return { what, unit: '% of a core', value, most, digits: 1 }
}

function keyTask(world: World, watch: Watch, plan: ScreenPlan): Task {
	const name = nameOf(world, watch)
	return {
		name: `${name}, keys`,
		rounds: plan.rounds,
		async run() {
			const figures = await measureKeys(world, watch, plan.presses)
			return {
				fullClears: figures.fullClears,
				figures: [
					{ what: `${name}: key to screen, p95`, unit: 'ms', value: figures.p95Ms, most: 35, digits: 1 },
					{ what: `${name}: key to screen, median`, unit: 'ms', value: figures.p50Ms, digits: 1 },
					{ what: `${name}: stored meanwhile`, unit: 'MB/s', value: figures.megabytesPerSecond },
				],
			}
		},
	}
}

function startTask(world: World, what: string, plan: ScreenPlan): Task {
	return {
		name: `start of ${what}`,
		rounds: plan.starts,
		async run() {
			const { firstFrameMs, fullClears } = await measureStart(world, { ...small, fps: 10 })
			return {
				fullClears,
				figures: [{ what: `first frame of ${what}`, unit: 'ms', value: firstFrameMs, most: 400 }],
			}
		},
	}
}

function heapTask(world: World, plan: ScreenPlan, root: string): Task {
	const what = `${world.name}, 80×24: heap, each 1,000 frames`
	return {
		name: what,
		rounds: plan.frames > 0 ? 1 : 0,
		async run() {
			const { mebibytesPer1000Frames, fullClears } = await measureHeap(world, {
				watch: { ...small, fps: 60 },
				frames: plan.frames,
				socket: join(root, 'heap.sock'),
			})
			return {
				fullClears,
				figures: [{ what, unit: 'MiB', value: mebibytesPer1000Frames, most: 1, digits: 2 }],
			}
		},
	}
}

/** Rounds take turns, so that what else the machine does falls on all of them. */
async function runTasks(tasks: readonly Task[], results: ScreenResult[]): Promise<boolean> {
	let isFine = true
	for (let round = 0; tasks.some(({ rounds }) => round < rounds); round++)
		for (const task of tasks.filter(({ rounds }) => round < rounds)) {
			const label = `${task.name}, ${round + 1}/${task.rounds}`
			try {
				const run = await task.run()
				results.push(run)
				const told = run.figures.map(({ value, unit }) => `${value.toFixed(1)} ${unit}`).join(', ')
				console.error(`${label}: ${told}`)
			} catch (error) {
				isFine = false
				results.push({ failure: `${label}: ${firstLine(error)}` })
				console.error(`${label}: ${String(error)}`)
			}
		}
	return isFine
}

/** One world at a time: the peers of the others shall not take the machine's cores. */
function stages(plan: ScreenPlan, root: string) {
	const at = (size: typeof small, fps: number): Watch => ({ ...size, fps })
	return [
		{
			open: () => busyWorld(root, plan.peers),
			tasks: (world: World) => [
				windowTask(world, at(small, 10), plan, { main: 15, bytes: 10_000 }),
				windowTask(world, at(large, 10), plan, { main: 20 }),
				windowTask(world, at(small, 4), plan, { bytes: 4000 }),
				keyTask(world, at(small, 10), plan),
				keyTask(world, at(large, 10), plan),
				startTask(world, 'a download', plan),
				heapTask(world, plan, root),
			],
		},
		{
			open: () => fastWorld(root),
			tasks: (world: World) => [keyTask(world, at(small, 10), plan)],
		},
		{
			open: () => quietWorld(root, quietPeers),
			tasks: (world: World) => [windowTask(world, at(small, 10), plan, { main: 1, bytes: 0 })],
		},
		{
			open: () => Promise.resolve(lonelyWorld(root)),
			tasks: (world: World) => [windowTask(world, at(small, 10), plan, { main: 1, bytes: 0 })],
		},
		{
			open: () => Promise.resolve(demoWorld(root)),
			tasks: (world: World) => [startTask(world, 'the practice swarm', plan)],
		},
	]
}

/** Prints the table; false when something could not be measured. */
export async function printScreen(plan: ScreenPlan, root: string): Promise<boolean> {
	const results: ScreenResult[] = []
	let isFine = true
	for (const { open, tasks } of stages(plan, root)) {
		const world = await open()
		try {
			isFine = (await runTasks(tasks(world), results)) && isFine
		} finally {
			world.close()
		}
	}
	console.log(formatScreen(results))
	return isFine
}
