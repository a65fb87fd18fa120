// A copy of the built program whose engine dies at a moment that the test chooses: its worker is started by a
// module that waits for a file to appear. Nothing in the program itself knows of this.
import { cpSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { builtCli } from './pty-run.ts'
import { temporaryFolder } from './run-cli.ts'

/** What happens in the engine's thread. */
export const engineFaults = {
	throws: `throw new Error('made to fail')`,
	ends: `process.exit(3)`,
	/** A snapshot that no engine sends: the header, which draws it, throws. */
	misinforms: `parentPort.postMessage({ type: 'snapshot', slices: { pieces: { at: 0, states: null, open: [] } } })`,
} as const

export type FaultyBuild = {
	readonly cli: string
	/** Lets it happen, a moment later. */
	break(): void
}

/** A build of the test's own, gone when the test has ended. */
export function faultyBuild(fault: keyof typeof engineFaults): FaultyBuild {
	const folder = temporaryFolder()
	const dist = join(folder, 'dist')
	const sign = join(folder, 'now')
	cpSync(dirname(builtCli), dist, { recursive: true })
	renameSync(join(dist, 'worker.js'), join(dist, 'engine-worker.js'))
	writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
	writeFileSync(
		join(dist, 'worker.js'),
		`import { existsSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import './engine-worker.js'
const timer = setInterval(() => {
	if (!existsSync(${JSON.stringify(sign)})) return
	clearInterval(timer)
	${engineFaults[fault]}
}, 20)
timer.unref()
`,
	)
	return { cli: join(dist, 'cli.js'), break: () => writeFileSync(sign, '') }
}
