// This program with its screen on, in a pseudo-terminal. The terminal is outside of what is measured, as it is for
// a user; what comes out of it is taken away and dropped.
import { spawn } from '@lydell/node-pty'
import { downloadDeadlineMs, type LeechOptions } from '../../interop/clients/client.ts'
import { swarmscope } from '../../interop/clients/swarmscope.ts'
import type { Competitor } from '../competitor.ts'

const tailLength = 2000

function startScreen(options: LeechOptions) {
	const [command = '', ...args] = [
		...(options.wrapper ?? []),
		...[process.execPath, swarmscope.program, options.torrentFile, '--no-seed'],
		...['--dir', options.contentDir, '--state-dir', options.stateDir],
		...['--bind', '127.0.0.1', '--port', String(options.port), '--encryption', 'off'],
		...(options.peers ?? []).flatMap(peer => ['--peer', peer]),
	]
	// Ink takes a terminal in CI for none.
	const kept = Object.entries(process.env).filter(([name]) => !/^(?:CI|CONTINUOUS_|NO_COLOR)/u.test(name))
	const env = { ...Object.fromEntries(kept), TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' }
	const pty = spawn(command, args, { cols: 120, rows: 40, env })
	let tail = ''
	pty.onData(data => (tail = (tail + data).slice(-tailLength)))
	const ended = new Promise<number>(resolve => void pty.onExit(({ exitCode }) => resolve(exitCode)))
	const deadline = setTimeout(() => pty.kill('SIGKILL'), downloadDeadlineMs)
	const done = ended.then(code => {
		clearTimeout(deadline)
		if (code !== 0) throw new Error(`swarmscope-screen: ended with ${code}\n${JSON.stringify(tail)}`)
	})
	const stop = async () => {
		pty.kill('SIGTERM')
		return { code: await ended, signal: null }
	}
	return { port: options.port, pid: pty.pid, done, stop }
}

export const swarmscopeScreen: Competitor = {
	...swarmscope,
	name: 'swarmscope-screen',
	limits: { seeds: false },
	startLeech: options => Promise.resolve(startScreen(options)),
}
