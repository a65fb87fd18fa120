// Rebuilds and restarts the program whenever one of its sources changes. esbuild watches what the entries import;
// what is run is what scripts/build.js makes. Nothing is printed while the program has the screen.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { context } from 'esbuild'

if (process.argv.includes('--help')) {
	console.log(
		'dev [arguments of swarmscope]: rebuilds and restarts on change (default: demo); ends with the program',
	)
	process.exit(0)
}

const words = process.argv.length > 2 ? process.argv.slice(2) : ['demo']
let child
let turn = Promise.resolve()

/** Takes the running program down, builds, and starts it again when that worked. */
async function restart() {
	await stop()
	const build = spawnSync(process.execPath, ['scripts/build.js', '--quiet'], { stdio: 'inherit' })
	if (build.status !== 0) {
		console.error('dev: waiting for a change')
		return
	}
	const started = spawn(process.execPath, ['dist/cli.js', ...words], { stdio: 'inherit' })
	child = started
	started.on('exit', code => {
		if (child !== started) return
		process.exit(code ?? 1)
	})
}

async function stop() {
	const running = child
	child = undefined
	if (running === undefined) return
	const ended = once(running, 'exit')
	running.kill('SIGTERM')
	await ended
}

// The terminal sends it to the program as well, which says goodbye first.
process.on('SIGINT', () => {
	if (child === undefined) process.exit(130)
})
process.on('SIGTERM', async () => {
	await stop()
	process.exit(143)
})

const watcher = await context({
	entryPoints: ['source/cli.tsx', 'source/engine/worker.ts', 'source/practice/worker.ts'],
	bundle: true,
	packages: 'external',
	platform: 'node',
	format: 'esm',
	outdir: 'dist',
	write: false,
	logLevel: 'silent',
	plugins: [
		{
			name: 'restart',
			setup(bundler) {
				bundler.onEnd(() => {
					turn = turn.then(restart)
				})
			},
		},
	],
})
await watcher.watch()
