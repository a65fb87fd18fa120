// One run of a download that is killed at a moment drawn before it starts, or ends by itself before that.
import { existsSync, mkdirSync, watch } from 'node:fs'
import { ClientProcess } from '../interop/clients/client-process.ts'

/** When the run is killed: a time after its start, or a time after it begins to write its state anew. */
export type KillMoment =
	| { readonly type: 'afterStart'; readonly ms: number }
	| { readonly type: 'whileSaving'; readonly save: number; readonly ms: number }

export type LifeOptions = {
	readonly cli: string
	readonly torrentFile: string
	readonly dataDir: string
	readonly stateDir: string
	readonly peer: string
	readonly bytesPerSecond: number
	readonly moment: KillMoment
}

export type Life = {
	readonly ending: 'killed' | 'complete'
	readonly endedAt: number
	/** When each piece was reported as verified, by the wall clock. */
	readonly verifiedAt: ReadonlyMap<number, number>
	/** The program got as far as knowing its torrent. */
	readonly hasStarted: boolean
	/** It was killed within a few ms of a state being written. */
	readonly wasSaving: boolean
}

/** Nobody waits longer for a moment that does not come. */
const longestMs = 20_000

/** Throws when the run ends in any other way than by being complete or killed. */
export async function live(options: LifeOptions): Promise<Life> {
	mkdirSync(options.stateDir, { recursive: true })
	const verifiedAt = new Map<number, number>()
	let hasStarted = false
	const child = new ClientProcess({
		name: 'download',
		command: process.execPath,
		args: [
			...[options.cli, options.torrentFile, '--json', '--no-seed', '--dir', options.dataDir],
			...['--state-dir', options.stateDir, '--bind', '127.0.0.1', '--port', '0', '--peer', options.peer],
			...['--max-down', `${options.bytesPerSecond}`],
		],
		onLine: line => {
			const message = JSON.parse(line) as { type: string; piece?: number; time?: string }
			if (message.type === 'start') hasStarted = true
			if (message.type === 'pieceVerified' && message.piece !== undefined)
				verifiedAt.set(message.piece, Date.parse(message.time ?? ''))
		},
	})
	let wasSaving = false
	const disarm = arm(options, saving => {
		wasSaving = saving
		child.signal('SIGKILL')
	})
	const { code, signal } = await child.ended
	disarm()
	const endedAt = Date.now()
	if (signal === 'SIGKILL') return { ending: 'killed', endedAt, verifiedAt, hasStarted, wasSaving }
	if (code !== 0) throw child.failure('did not go on with what the killed run left')
	return { ending: 'complete', endedAt, verifiedAt, hasStarted, wasSaving }
}

function arm({ moment, stateDir }: LifeOptions, kill: (saving: boolean) => void): () => void {
	const timers = [setTimeout(() => kill(false), moment.type === 'afterStart' ? moment.ms : longestMs)]
	if (moment.type === 'afterStart' || !existsSync(stateDir)) return () => clearTimeout(timers[0])
	let saves = 0
	// A state is written under another name first.
	const watcher = watch(stateDir, (event, name) => {
		if (event !== 'rename' || name?.endsWith('.tmp') !== true) return
		saves += 1
		if (saves === moment.save) timers.push(setTimeout(() => kill(true), moment.ms))
	})
	return () => {
		watcher.close()
		for (const timer of timers) clearTimeout(timer)
	}
}
