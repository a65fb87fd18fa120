// The screen on a swarm that is made up, for looking at it and for measuring it: no network, no disk.
// usage: fake-screen [--peers 200] [--fps 10] [--name TEXT] [--client TEXT] [--files 1] [--ascii] [--no-color] [--idle]
//        [--crash throw|reject|render] [--chatter] [--tell]
import { parseArgs } from 'node:util'
import { runScreen } from '../../source/tui/run-screen.tsx'
import { sessionExitCode } from '../../source/commands/session-exit-code.ts'
import { failureLines, summaryLines } from '../../source/tui/session-end.ts'
import { createFakeEngine } from './fake-engine.ts'

const { values } = parseArgs({
	options: {
		peers: { type: 'string', default: '18' },
		fps: { type: 'string', default: '10' },
		name: { type: 'string' },
		client: { type: 'string' },
		files: { type: 'string', default: '1' },
		ascii: { type: 'boolean', default: false },
		'no-color': { type: 'boolean', default: false },
		idle: { type: 'boolean', default: false },
		chatter: { type: 'boolean', default: false },
		crash: { type: 'string' },
		tell: { type: 'boolean', default: false },
	},
})
const engine = createFakeEngine({
	peers: Number(values.peers),
	files: Number(values.files),
	...(values.name === undefined ? {} : { name: values.name }),
	...(values.client === undefined ? {} : { clients: [values.client] }),
})
const fps = Number(values.fps)
engine.tick(100)
const timer = values.idle ? undefined : setInterval(() => engine.tick(1000 / fps), 1000 / fps)
if (values.chatter) {
	setInterval(() => {
		console.log('stray line')
		console.error('stray line')
		process.emitWarning('stray warning')
	}, 200).unref()
}
if (values.crash !== undefined) setTimeout(crash, 500, values.crash)
const end = await runScreen({
	engine,
	title: 'demo',
	fps,
	color: !values['no-color'] && process.env['NO_COLOR'] === undefined,
	ascii: values.ascii,
	tell: { bell: values.tell, notify: values.tell, title: values.tell, progress: values.tell },
})
clearInterval(timer)
for (const line of [...summaryLines(end), ...failureLines(end)]) console.log(line)
process.exitCode = sessionExitCode(end)

function crash(kind: string): void {
	if (kind === 'throw') throw new Error('made to fail')
	if (kind === 'reject') void Promise.reject(new Error('made to fail'))
	if (kind !== 'render') return
	const summary = Object.defineProperty({ ...engine.slices().summary }, 'peersConnected', {
		get: () => {
			throw new Error('made to fail')
		},
	})
	engine.post({ type: 'snapshot', slices: { summary } })
}
