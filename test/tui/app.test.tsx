import { render } from 'ink-testing-library'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { App } from '../../source/tui/app.tsx'
import { createCell } from '../../source/tui/cell.ts'
import { createController } from '../../source/tui/controller.ts'
import { SessionContext } from '../../source/tui/hooks.ts'
import { createEngineStore } from '../../source/tui/store.ts'
import { createTheme } from '../../source/tui/theme.ts'
import { createView } from '../../source/tui/view.ts'
import { createFakeEngine, type FakeOptions } from '../helpers/fake-engine.ts'

type Start = Partial<FakeOptions> & {
	columns?: number
	rows?: number
	color?: boolean
	ascii?: boolean
	quiet?: boolean
	scenario?: string
	clockSpeed?: number
}

async function start({
	columns = 80,
	rows = 24,
	color = false,
	ascii = false,
	quiet = false,
	scenario,
	clockSpeed = 1,
	...fake
}: Start = {}) {
	const engine = createFakeEngine({ peers: 12, ...fake })
	const store = createEngineStore(engine)
	const view = createCell(createView(columns, rows, 10))
	const asked: string[] = []
	const controller = createController({
		engine,
		store,
		view,
		onQuit: () => asked.push('quit'),
		onRepaint: () => asked.push('repaint'),
		onSuspend: () => asked.push('suspend'),
		onCopy: text => asked.push(`copy ${text}`) > 0,
	})
	const session = { engine: store, view, theme: createTheme({ color, ascii }), title: 'demo', scenario }
	const screen = render(
		<SessionContext value={session}>
			<App onKey={controller.handleKey} />
		</SessionContext>,
	)
	controller.update()
	await settled()
	const tick = async (ms: number) => {
		engine.tick(ms)
		await settled()
	}
	if (!quiet) await tick(100)
	if (clockSpeed !== 1) {
		const { summary } = engine.slices()
		engine.post({ type: 'snapshot', slices: { summary: { ...summary, clockSpeed } } })
		await settled()
	}
	const press = async (keys: string) => {
		screen.stdin.write(keys)
		await settled()
	}
	return {
		engine,
		tick,
		store,
		view,
		asked,
		press,
		frame: () => screen.lastFrame() ?? '',
		frames: screen.frames,
	}
}

/** React does its work in tasks of its own; they are done when the event loop has gone round. */
async function settled() {
	for (let round = 0; round < 4; round += 1) await new Promise(resolve => setImmediate(resolve))
}

const plain = (text: string) => text.replaceAll(/\u001b\[[0-9;]*m/gu, '')

describe('screen', () => {
	it('is there before the engine said anything', async () => {
		expect((await start({ quiet: true })).frame()).toContain('demo')
	})

	it('shows name, rates, bar, pieces, trackers, peers, pipeline and wire at 80x24', async () => {
		const text = plain((await start()).frame())
		for (const part of [
			'debian-12.8.0',
			'↓ ',
			'pieces',
			'copies',
			'udp://tracker.example',
			'Peers',
			'requests in flight',
			'Wire',
		]) {
			expect(text).toContain(part)
		}
	})

	it('names the scenario of a practice swarm and how fast its time goes, where there is room', async () => {
		const top = async (given: Start) => plain((await start(given)).frame()).split('\n')[0] ?? ''
		const scenario = 'tracker-outage'
		expect(await top({ scenario, clockSpeed: 4 })).toContain('  tracker-outage ×4  ')
		expect(await top({ scenario })).toMatch(/ {2}tracker-outage {3}/u)
		expect(await top({ scenario, clockSpeed: 4, ascii: true })).toContain('  tracker-outage x4  ')
		expect(await top({ scenario, clockSpeed: 4, columns: 79 })).toMatch(/netinst\.iso {2}×4 {2}/u)
		expect(await top({})).not.toMatch(/×/u)
		for (const columns of [79, 80, 120])
			expect(stringWidth(await top({ scenario, clockSpeed: 4, columns }))).toBeLessThanOrEqual(columns)
	})

	it('says that it has nobody to download from, and nothing turns meanwhile', async () => {
		const screen = await start({ peers: 0, columns: 100 })
		expect(plain(screen.frame()).split('\n')[0]).toMatch(/^ {2}\S+ {2}looking for peers /u)
		const { summary } = screen.engine.slices()
		screen.engine.post({ type: 'snapshot', slices: { summary: { ...summary, state: 'checking' } } })
		await settled()
		expect(plain(screen.frame()).split('\n')[0]).toMatch(/^\S {1}\S+ {2}checking /u)
	})

	it('says why: the decision about the selected peer and about messages that were sent', async () => {
		const text = plain((await start()).frame())
		expect(text).toMatch(/sends #\d+|window full|chokes us/u)
		expect(text).toContain('rarest, 2 copies')
	})

	it.each([
		[1, 1],
		[2, 2],
		[5, 3],
		[20, 5],
		[40, 10],
		[60, 15],
		[80, 24],
		[120, 40],
		[149, 30],
		[200, 50],
		[500, 200],
	])(
		'fills %i×%i and never goes over',
		async (columns, rows) => {
			for (const pane of ['', '1', '2', '3', '4', '5', '6', '7', '?']) {
				const { frame, view, tick } = await start({ columns, rows, files: 4 })
				if (pane === '?') view.change(state => ({ ...state, help: true }))
				await tick(100)
				const lines = frame().split('\n')
				expect(lines.length).toBeLessThanOrEqual(rows)
				for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns)
			}
		},
		60_000,
	)

	it('writes ASCII alone where UTF-8 is not to be had', async () => {
		expect(plain((await start({ ascii: true, columns: 200, rows: 50, clients: ['x 1'] })).frame())).toMatch(
			/^[\n -~]*$/u,
		)
	})

	it('keeps every colour away with NO_COLOR, and the selection marked', async () => {
		const { frame } = await start({ color: false })
		expect(frame()).not.toMatch(/\u001b\[[0-9;]*(?:3[0-9]|4[0-9]|9[0-7])m/u)
		expect(frame()).toContain('▸')
	})

	it('lets no hostile name or client do anything', async () => {
		const hostile = 'evil\u001b]0;title\u0007\u001b]52;c;QUFB\u0007\u001b[5m\u202e\u009d8;;x\u009c'
		const { frame } = await start({ color: true, name: hostile, clients: [hostile], columns: 200, rows: 50 })
		const rest = frame().replaceAll(/\u001b\[(?:[12347]|2[2347]|3[0-9]|4[0-9]|9[0-7])?(?:;[0-9]+)*m/gu, '')
		expect(rest).toContain('evil')
		expect(rest).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/u)
	})

	it('draws keys at once: help, zoom, focus', async () => {
		const { press, frame } = await start()
		await press('?')
		expect(frame()).toContain('Esc closes')
		await press('?')
		await press('z')
		expect(frame()).not.toContain('Wire')
		await press('z')
		await press('\t')
		expect(plain(frame())).toContain('▸3 Pipeline')
	})

	it('says so while it is frozen and goes on afterwards', async () => {
		const { press, frame, tick } = await start()
		await press(' ')
		const frozen = frame()
		expect(frozen).toContain('FROZEN')
		await tick(1000)
		expect(frame()).toBe(frozen)
		await press(' ')
		expect(frame()).not.toBe(frozen)
	})

	it('sends commands: pause, resume, announce, rate', async () => {
		const { press, engine, tick } = await start()
		await press('p')
		await tick(100)
		await press('p')
		await press('a')
		await press('-')
		const types = engine.commands.map(command => command.type)
		expect(types.filter(type => ['pause', 'resume', 'announce'].includes(type))).toEqual([
			'pause',
			'resume',
			'announce',
		])
		expect(engine.commands.at(-1)).toEqual({ type: 'setRate', snapshotsPerSecond: 4 })
	})

	it('asks the engine only for what is on screen', async () => {
		const { press, engine } = await start()
		const watch = () => engine.commands.findLast(command => command.type === 'watch')
		expect(watch()).toMatchObject({ slices: ['summary', 'trackers', 'peers', 'pipeline', 'pieces', 'wire'] })
		await press('1')
		expect(watch()).toMatchObject({ slices: ['summary', 'trackers', 'pieces'] })
	})

	it('stops asking for the wire once it is held', async () => {
		const { press, engine, tick, view } = await start()
		for (let count = 0; count < 20; count += 1) await tick(100)
		await press('F')
		await tick(100)
		const watch = engine.commands.findLast(command => command.type === 'watch')
		expect(watch?.slices).not.toContain('wire')
		expect(view.get().heldWire?.length).toBeGreaterThan(100)
	})

	it('filters the wire to the selected peer', async () => {
		const { press, engine, tick, frame } = await start()
		await press('f')
		for (let count = 0; count < 20; count += 1) await tick(100)
		const peer = engine.commands.findLast(command => command.type === 'watch')?.wirePeer
		expect(peer).toBeDefined()
		const host = engine.slices().peers.peers.find(candidate => candidate.peer === peer)?.host ?? ''
		const rows = plain(frame())
			.split('\n')
			.filter(line => /[←→]/u.test(line))
		expect(rows.length).toBeGreaterThan(0)
		for (const row of rows) expect(row).toContain(host)
	})

	it('takes several keys that come at once one after the other', async () => {
		const { press, view, asked } = await start()
		await press('jj\tz\u000cq')
		expect(view.get()).toMatchObject({
			focus: 'pipeline',
			maximised: true,
			positions: { peers: { cursor: 2 } },
		})
		expect(asked).toEqual(['repaint', 'quit'])
	})

	it('leaves quitting, suspending and repainting to the terminal', async () => {
		const { press, asked } = await start()
		await press('\u000c')
		await press('\u001a')
		await press('q')
		await press('\u0003')
		expect(asked).toEqual(['repaint', 'suspend', 'quit', 'quit'])
	})

	it('draws nothing when a snapshot brings nothing new', async () => {
		const { engine, frames } = await start()
		const { slices } = engine
		const same = slices()
		engine.post({ type: 'snapshot', slices: same })
		await settled()
		const before = frames.length
		engine.post({ type: 'snapshot', slices: same })
		await settled()
		expect(frames.length).toBe(before)
	})
})
