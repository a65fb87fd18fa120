// A whole engine on a disk in memory whose k-th operation fails (threat D15). Whatever fails: the engine does
// not crash, its state claims nothing that is not on disk, and once the fault is over the download ends right.
// Violations are thrown, so that it serves tests and the gate alike.
import type { MemoryStorage } from '../../source/practice/memory-storage.ts'
import { blockBytes } from '../../source/protocol/message.ts'
import { type FaultCase, FaultScene } from './fault-scene.ts'

export const diskFailures = [
	...(['ENOSPC', 'EIO', 'EROFS', 'EACCES', 'EMFILE', 'ENOENT', 'EINTR', 'EAGAIN'] as const),
	...(['short write', 'short read'] as const),
]
export type DiskFailure = (typeof diskFailures)[number]

type Fault = {
	readonly failure: DiskFailure
	/** Counted from 0 among the operations that can fail so. */
	readonly first: number
	/**
	 * Until the disk has lost its power and is used by a new run, or once: then every other time the power is lost as
	 * well, and else the run goes on.
	 */
	readonly lasting: boolean
}

const files = [
	{ path: 'a', content: 2 * blockBytes + 5_000 },
	{ path: 'empty', content: 0 },
	{ path: ['deep', 'b'], content: 2 * blockBytes },
]

/** What is downloaded: fresh, resumed, in part, and with a piece that goes to disk while it fills. */
export const faultCases: Readonly<Record<string, FaultCase>> = {
	'a new download': { recipe: { files, pieceLength: blockBytes }, wasKilled: false },
	'a download that was killed': { recipe: { files, pieceLength: blockBytes }, wasKilled: true },
	'one file of several': {
		recipe: { files, pieceLength: 2 * blockBytes },
		only: [2],
		wasKilled: false,
	},
	'a piece larger than memory': { recipe: { bytes: 5 << 20, pieceLength: 8 << 20 }, wasKilled: false },
}

/** The fault at every `stride`-th operation until a run is over before it, once and lasting; returns the runs. */
export async function sweepFaults(
	given: FaultCase,
	failure: DiskFailure,
	{ stride, from }: { readonly stride: number; readonly from: number },
): Promise<number> {
	let runs = 0
	for (const lasting of [false, true]) {
		for (let first = from; ; first += stride) {
			const context = `${failure} at operation ${first}, ${lasting ? 'lasting' : 'once'}`
			const count = await runWithFault(given, { failure, first, lasting }).catch((error: unknown) => {
				throw new Error(`${context}: ${error instanceof Error ? error.message : ''}`, { cause: error })
			})
			runs += 1
			if (count <= first) break
		}
	}
	return runs
}

/** Runs it; returns how many operations could have failed so before the fault was lifted. */
async function runWithFault(given: FaultCase, fault: Fault): Promise<number> {
	const scene = new FaultScene(given)
	await scene.prepare()
	const seen = inject(scene.storage, fault)
	const first = await scene.start()
	await scene.run(first, () => scene.isOver(first) || scene.isStopped(first))
	// Long enough for two saves.
	await scene.pass(first, 10)
	scene.expectTrueClaims()
	// An end while the disk fails is an end as well.
	if (fault.lasting && fault.first % 2 === 1) await scene.stop(first)
	scene.storage.before = undefined
	if (fault.lasting || fault.first % 2 === 1) {
		scene.storage.powerCut()
		scene.expectTrueClaims()
		await scene.kill()
		await scene.finish(await scene.start())
	} else if (scene.has(first, 'refused')) {
		await scene.kill()
		await scene.finish(await scene.start())
	} else await scene.finish(first)
	scene.expectContent('filled')
	await scene.expectNothingMissing()
	scene.expectContent('all')
	return seen.count
}

function inject(storage: MemoryStorage, { failure, first, lasting }: Fault): { count: number } {
	const seen = { count: 0 }
	storage.before = operation => {
		if (failure === 'short write' && operation !== 'write') return undefined
		if (failure === 'short read' && operation !== 'read') return undefined
		const index = seen.count
		seen.count += 1
		if (lasting ? index < first : index !== first) return undefined
		if (failure === 'short write' || failure === 'short read') return 5
		throw Object.assign(new Error(`${failure}: injected into ${operation}`), { code: failure })
	}
	return seen
}
