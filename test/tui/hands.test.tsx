// The whole screen under keys: filters, sorting, the command line, peer actions, as a user has them.
import { render } from 'ink-testing-library'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { App } from '../../source/tui/app.tsx'
import { createCell } from '../../source/tui/cell.ts'
import { createController } from '../../source/tui/controller.ts'
import { SessionContext } from '../../source/tui/hooks.ts'
import { createEngineStore } from '../../source/tui/store.ts'
import { createTheme } from '../../source/tui/theme.ts'
import { createThemes } from '../../source/tui/themes.ts'
import { createView } from '../../source/tui/view.ts'
import { createFakeEngine } from '../helpers/fake-engine.ts'

const letters = (text: string) => Array.from(text)

async function settled() {
	for (let round = 0; round < 4; round += 1) await new Promise(resolve => setImmediate(resolve))
}

async function start({ columns = 80, rows = 24, peers = 12, color = false } = {}) {
	const engine = createFakeEngine({ peers, files: 4 })
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
	const options = { color, ascii: false }
	const session = {
		engine: store,
		view,
		theme: createTheme(options),
		themes: createThemes(options),
		title: 'demo',
		scenario: undefined,
	}
	const screen = render(
		<SessionContext value={session}>
			<App onKey={controller.handleKey} />
		</SessionContext>,
	)
	controller.update()
	engine.tick(100)
	await settled()
	/** Keys as a terminal sends them, one read each. */
	const press = async (...keys: string[]) => {
		for (const key of keys) {
			screen.stdin.write(key)
			await settled()
		}
	}
	const raw = () => screen.lastFrame() ?? ''
	const frame = () => raw().replaceAll(/\u001b\[[0-9;]*m/gu, '')
	const footer = () => frame().split('\n').at(-1) ?? ''
	const sent = () => engine.commands.filter(({ type }) => !['watch', 'setRate', 'acknowledge'].includes(type))
	const paste = async (text: string) => {
		controller.handlePaste(text)
		await settled()
	}
	return { engine, store, view, asked, press, paste, raw, frame, footer, sent }
}

const enter = '\r'
const escape = '\u001b'

describe('filtering', () => {
	it('narrows the rows while one types, tells how many are left, and keeps them with Enter', async () => {
		const { press, frame, footer, engine, store } = await start()
		await press('/', ...letters('choked'))
		const choked = engine.slices().peers.peers.filter(({ peerChoking }) => peerChoking)
		expect(store.get().peerOrder.toSorted()).toEqual(choked.map(({ peer }) => peer).toSorted())
		expect(footer()).toContain(`${choked.length} shown`)
		await press(enter)
		expect(frame()).toContain(`/choked  ${choked.length} of 12`)
		expect(footer()).toContain('quit')
	})

	it('keeps the last rows while what is typed makes no sense, and says why not', async () => {
		const { press, footer, store } = await start()
		await press('/', ...letters('choked'))
		const before = store.get().peerOrder
		await press(...letters('='))
		expect(store.get().peerOrder).toEqual(before)
		expect(footer()).toContain('choked is yes or no')
		await press(enter)
		expect(footer()).toContain('choked=')
	})

	it('drops with Esc what was typed and shows what was shown before', async () => {
		const { press, frame, store } = await start()
		await press('/', ...letters('seed'), escape)
		expect(store.get().peerOrder).toHaveLength(12)
		expect(frame()).not.toContain('/seed')
	})

	it('recalls what was entered with the arrow up and completes names with Tab', async () => {
		const { press, footer } = await start()
		await press('/', ...letters('cho'), '\t')
		expect(footer()).toContain('/choked')
		expect(footer()).toContain('choked choking')
		await press('\t', enter, '/', '\u0015', ...letters('seed'), enter, '/', '\u0015', '\u001b[A', '\u001b[A')
		expect(footer()).toContain('/choking')
	})

	it('filters every pane that lists something, and says so of the others', async () => {
		const { press, frame, footer, view } = await start({ columns: 120, rows: 40 })
		for (const [key, word, note] of [
			['1', 'failed', '1 of 2'],
			['4', 'asked>1', ' of '],
			['6', 'pieces', '/pieces'],
			['7', 'wanted', '4 of 4'],
		] as const) {
			await press(key, '/', ...letters(word), enter)
			expect(frame()).toContain(`/${word}`)
			expect(frame()).toContain(note)
			await press(escape)
		}
		await press('3', '/')
		expect(view.get().prompt).toBeUndefined()
		expect(footer()).toContain('expected a pane with a list')
	})

	it('keeps messages of the wire that match for longer than they are on screen', async () => {
		const { press, engine, frame, store } = await start()
		await press('5', '/', ...letters('have'), enter)
		for (let tick = 0; tick < 30; tick += 1) engine.tick(100)
		await settled()
		expect(store.get().wireRows.every(({ message }) => message.type === 'have')).toBe(true)
		expect(store.get().wireRows.length).toBeGreaterThan(5)
		expect(frame()).not.toContain('request #')
		expect(engine.commands.findLast(({ type }) => type === 'watch')).toMatchObject({ wireRows: 500 })
	})
})

describe('sorting', () => {
	it('goes through the columns and turns them round', async () => {
		const { press, frame, engine, store } = await start()
		await press('s', 's')
		expect(frame()).toContain('by have')
		const have = () =>
			store.get().peerOrder.map(number => engine.slices().peers.peers.find(({ peer }) => peer === number))
		const shares = () => have().flatMap(peer => (peer?.phase === 'connected' ? [peer.piecesHave] : []))
		expect(shares()).toEqual(shares().toSorted((one, other) => other - one))
		await press('S')
		expect(frame()).toContain('by have, lowest first')
		expect(shares()).toEqual(shares().toSorted((one, other) => one - other))
	})

	it('turns time round in the wire: the newest stands first', async () => {
		const { press, frame, engine } = await start()
		await press('5', 'S')
		engine.tick(100)
		await settled()
		expect(frame()).toContain('newest first')
		const stamps = frame().match(/\d:\d\d\.\d{3}/gu) ?? []
		expect(stamps.length).toBeGreaterThan(3)
		expect(stamps).toEqual(stamps.toSorted().toReversed())
	})
})

describe('the command line', () => {
	it('does what is typed and says what was done', async () => {
		const { press, footer, sent } = await start()
		await press(':', ...letters('limit down 2M'))
		expect(footer()).toContain('such as limit down 2M')
		await press(enter)
		expect(sent()).toEqual([
			{ type: 'setLimits', maxDownBytesPerSecond: 2_000_000, maxUpBytesPerSecond: undefined },
		])
		expect(footer()).toContain('download limited to 2.0 MB/s')
		await press('j')
		expect(footer()).toContain('quit')
	})

	it('says in one line what was expected, and offers the nearest command', async () => {
		const { press, footer, sent } = await start()
		await press(':', ...letters('anounce'), enter)
		expect(footer()).toContain('expected a command, got anounce; did you mean announce?')
		expect(sent()).toEqual([])
	})

	it('reaches peers by address', async () => {
		const { press, footer, sent, engine } = await start()
		const peer = engine.slices().peers.peers.find(({ host }) => !host.includes(':'))
		await press(':', ...letters(`ban ${peer?.host ?? ''}:${peer?.port ?? 0}`), enter)
		expect(sent()).toEqual([{ type: 'banPeer', peer: peer?.peer }])
		expect(footer()).toContain(`banned ${peer?.host ?? ''}`)
		await press(':', ...letters('ban 9.9.9.9:1'), enter)
		expect(footer()).toContain('expected the address of a peer in the list, got 9.9.9.9:1')
	})

	it('leads to the view too: sort, filter, hide, show, fps, theme, help, quit', async () => {
		const { press, view, asked, frame } = await start()
		await press(':', ...letters('sort rtt reversed'), enter)
		expect(view.get().lists.peers).toMatchObject({ sort: 'rtt', reversed: true })
		await press(':', ...letters('filter choked | seed'), enter)
		expect(frame()).toContain('/choked | seed')
		await press(':', ...letters('hide wire'), enter)
		expect(frame()).not.toContain('5 Wire')
		await press(':', ...letters('show'), enter)
		expect(frame()).toContain('5 Wire')
		await press(':', ...letters('fps 3'), enter)
		expect(view.get().snapshotsPerSecond).toBe(3)
		await press(':', ...letters('theme light'), enter)
		expect(view.get().themeName).toBe('light')
		await press(':', ...letters('help'), enter)
		expect(frame()).toContain('Help: peers')
		await press(escape, ':', ...letters('quit'), enter)
		expect(asked).toEqual(['quit'])
	})

	it('keeps letters for itself while it is open, not Ctrl-C, Ctrl-Z and Ctrl-L', async () => {
		const { press, asked, sent, footer } = await start()
		await press(':', ...letters('qpaB '))
		expect(footer()).toContain(':qpaB')
		expect(asked).toEqual([])
		expect(sent()).toEqual([])
		await press('\u000c', '\u001a', '\u0003')
		expect(asked).toEqual(['repaint', 'suspend', 'quit'])
	})

	it('explains itself with ? and comes back to what was typed', async () => {
		const { press, frame, footer } = await start()
		await press('/', ...letters('down>'))
		await press('?')
		expect(frame()).toContain('Filters of peers')
		await press(escape)
		expect(footer()).toContain('/down>')
	})
})

describe('pasted text', () => {
	it('goes into the line at its cursor, as one line without controls, and narrows the rows', async () => {
		const { press, paste, view, store, engine } = await start()
		await press('/', ...letters('chd'), '\u001b[D')
		await paste('oke\u001b[31m\u0007\r\n')
		expect(view.get().prompt).toMatchObject({ text: 'choked', cursor: 5 })
		const choked = engine.slices().peers.peers.filter(({ peerChoking }) => peerChoking)
		expect(store.get().peerOrder).toHaveLength(choked.length)
		await paste('\r')
		expect(view.get().prompt).toMatchObject({ text: 'choked' })
	})

	it('enters nothing by itself and does nothing where no line is open', async () => {
		const { press, paste, view, asked, sent } = await start()
		const before = view.get()
		await paste('q')
		await paste(':ban\r')
		expect(view.get()).toEqual(before)
		await press('x')
		await paste('y')
		expect(view.get().question).toBeDefined()
		await press('n', ':')
		await paste('quit\r')
		expect(view.get().prompt).toMatchObject({ text: 'quit' })
		expect(asked).toEqual([])
		expect(sent()).toEqual([])
	})
})

describe('peers by key', () => {
	it('bans only after a yes, and the peer that was asked about', async () => {
		const { press, footer, sent, engine, store } = await start()
		const [peer] = store.get().peerOrder
		await press('B')
		expect(footer()).toMatch(/ban .+\? y does it/u)
		await press('n')
		await press('B', 'q')
		expect(sent()).toEqual([])
		await press('B')
		engine.tick(3000)
		await press('y')
		expect(sent()).toEqual([{ type: 'banPeer', peer }])
		expect(footer()).toContain('banned')
	})

	it('disconnects after a yes, snubs at once and no more when pressed again', async () => {
		const { press, sent, store } = await start()
		const [peer] = store.get().peerOrder
		await press('x', 'y', 'u')
		expect(sent()).toEqual([
			{ type: 'closePeer', peer },
			{ type: 'snubPeer', peer, snubbed: true },
		])
	})

	it('touches no peer from panes that show none', async () => {
		const { press, sent, view } = await start()
		await press('5', 'B', 'y', 'x', 'y', 'u')
		expect(sent()).toEqual([])
		expect(view.get().question).toBeUndefined()
	})

	it('copies what is selected where one looks, and only on the key', async () => {
		const { press, asked, engine, store } = await start()
		const [number] = store.get().peerOrder
		const peer = engine.slices().peers.peers.find(candidate => candidate.peer === number)
		expect(asked).toEqual([])
		await press('y')
		expect(asked[0]).toContain(`${peer?.port ?? 0}`)
		await press('1', 'y', 'Y')
		expect(asked.slice(1)).toEqual(['copy udp://tracker.example:6969', `copy ${'ab'.repeat(20)}`])
	})
})

describe('a frozen display', () => {
	it('moves for keys alone: filters, sorting and panes work on what is shown', async () => {
		const { press, frame, engine, store } = await start()
		await press(' ')
		engine.tick(5000)
		await settled()
		const at = store.get().slices.summary?.at
		await press('/', ...letters('choked'), enter)
		expect(frame()).toContain('FROZEN')
		expect(frame()).toContain('/choked')
		expect(store.get().slices.summary?.at).toBe(at)
		engine.tick(5000)
		await settled()
		expect(store.get().slices.summary?.at).toBe(at)
	})

	it('shows of a pane that is opened now what comes first', async () => {
		const { press, frame, engine } = await start()
		await press(' ', '7')
		engine.tick(100)
		await settled()
		expect(frame()).toContain('disc/part-0.bin')
	})
})

describe('every size', () => {
	it('has a line to type in, to ask and to tell even where there is no room for keys', async () => {
		const { press, footer } = await start({ columns: 40, rows: 5 })
		expect(footer()).not.toContain('quit')
		await press('/', ...letters('seed'))
		expect(footer()).toContain('/seed')
		await press(escape, 'B')
		expect(footer()).toContain('y does it')
		await press('y')
		expect(footer()).toContain('banned')
		await press('j')
		expect(footer()).not.toContain('banned')
	})

	it.each([
		[40, 10],
		[80, 24],
		[120, 40],
		[200, 50],
	])('draws line, question, message and help at %i×%i within the screen', async (columns, rows) => {
		const { press, raw } = await start({ columns, rows, color: true })
		const check = () => {
			const lines = raw().split('\n')
			expect(lines).toHaveLength(rows)
			for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns)
			// Ink cuts what is blank at the end of a line; the footer is drawn to its last cell.
			expect(stringWidth(lines.at(-1) ?? '')).toBeLessThanOrEqual(columns)
		}
		for (const step of [
			'/',
			...letters('client~libtorrent & down>1'),
			'x',
			'\t',
			escape,
			'B',
			'n',
			':',
			'\t',
			'\t',
			enter,
			'?',
			'/',
			'?',
			escape,
			escape,
		]) {
			await press(step)
			check()
		}
	})
})
