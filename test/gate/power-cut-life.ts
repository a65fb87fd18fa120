// One run of a download on a disk whose power is cut several times while it goes on.
import { mkdirSync } from 'node:fs'
import { watch } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type RandomState, randomBelow } from '../../source/torrent/random.ts'
import { ClientProcess } from '../interop/clients/client-process.ts'
import type { Cut, CutDisk } from './power-cut-disk.ts'

export type Download = {
	readonly cli: string
	readonly torrentFile: string
	readonly peer: string
	/** Holds the folders `data` and `state`. */
	readonly root: string
	/** Unlimited where not given. */
	readonly bytesPerSecond?: number
}

export type CutLife = {
	readonly cuts: readonly Cut[]
	/** When each piece was reported as verified, by the wall clock. */
	readonly verifiedAt: ReadonlyMap<number, number>
}

const mostCutsInARow = 4
/** Nobody waits longer for a state that is not written. */
const longestMs = 5_000

/** Cuts the power up to `count` times while it downloads, and then ends it. Throws when it fails by itself. */
export async function liveUntilCut(
	download: Download,
	{ disk, count, random }: { readonly disk: CutDisk; readonly count: number; readonly random: RandomState },
): Promise<CutLife> {
	const { child, verifiedAt } = startDownload(download)
	const cuts: Cut[] = []
	const over = new AbortController()
	void child.ended.then(() => over.abort())
	while (cuts.length < count && !child.hasEnded) {
		await drawMoment(download.root, random, over.signal)
		cuts.push(...(await disk.cut(Math.min(count - cuts.length, 1 + randomBelow(random, mostCutsInARow)))))
	}
	child.signal('SIGKILL')
	const { code, signal } = await child.ended
	if (signal !== 'SIGKILL' && code !== 0) throw child.failure('failed before its power was cut')
	return { cuts, verifiedAt }
}

/** Downloads to the end; returns the pieces that were fetched. */
export async function complete(download: Download): Promise<ReadonlySet<number>> {
	const { child, verifiedAt } = startDownload(download)
	const { code } = await child.ended
	if (code !== 0) throw child.failure('did not go on with what the power cut left')
	return new Set(verifiedAt.keys())
}

function startDownload({ cli, torrentFile, peer, root, bytesPerSecond }: Download) {
	mkdirSync(join(root, 'state'), { recursive: true })
	const verifiedAt = new Map<number, number>()
	const child = new ClientProcess({
		name: 'download',
		command: process.execPath,
		args: [
			...[cli, torrentFile, '--json', '--no-seed', '--dir', join(root, 'data')],
			...['--state-dir', join(root, 'state'), '--bind', '127.0.0.1', '--port', '0', '--peer', peer],
			...(bytesPerSecond === undefined ? [] : ['--max-down', `${bytesPerSecond}`]),
		],
		onLine: line => {
			const message = JSON.parse(line) as { type: string; piece?: number; time?: string }
			if (message.type === 'pieceVerified' && message.piece !== undefined)
				verifiedAt.set(message.piece, Date.parse(message.time ?? ''))
		},
	})
	return { child, verifiedAt }
}

// A third soon, a third at any time, a third around the few ms in which data is synced and a state is written:
// a state is due three seconds after the one before.
async function drawMoment(root: string, random: RandomState, signal: AbortSignal): Promise<void> {
	const kind = randomBelow(random, 6)
	if (kind < 4) {
		await wait(randomBelow(random, kind < 2 ? 1_500 : 6_000), signal)
		return
	}
	await firstSave(join(root, 'state'), AbortSignal.any([signal, AbortSignal.timeout(longestMs)]))
	await wait(kind === 4 ? randomBelow(random, 8) : 3_970 + randomBelow(random, 60), signal)
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
	await delay(ms, undefined, { signal }).catch(() => undefined)
}

/** Until a state is being written, under another name first, or the signal comes. */
async function firstSave(stateDir: string, signal: AbortSignal): Promise<void> {
	try {
		for await (const { filename } of watch(stateDir, { signal }))
			if (filename?.endsWith('.tmp') === true) return
	} catch (error) {
		if (!signal.aborted) throw error
	}
}
