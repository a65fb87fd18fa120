// A torrent, trackers and peers whose every text tries to take over the terminal: whatever is shown, printed or
// logged of them, no byte comes that is not on the whitelist.
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hostile, type HostileWorld, startHostileWorld } from '../helpers/hostile-texts.ts'
import { builtCli, type PtyRun, runInPty } from '../helpers/pty-run.ts'
import { plainEnvironment, temporaryFolder } from '../helpers/run-cli.ts'
import { faultsOfLines, readTerminal } from '../helpers/terminal-bytes.ts'

const sizes = [
	[40, 10],
	[80, 24],
	[200, 50],
] as const

// It stays until all that was printed has come.
const shell = ['sh', '-c', '"$@"; echo "code $?"; read -r line', 'sh', process.execPath, builtCli]

type Output = { readonly code: number; readonly stdout: Buffer; readonly stderr: Buffer }

/** Runs to the end; what it prints as bytes. */
function run(...args: readonly string[]): Promise<Output> {
	return new Promise(resolve => {
		const options = { encoding: 'buffer', env: plainEnvironment() } as const
		const child = execFile(process.execPath, [builtCli, ...args], options, (_error, stdout, stderr) =>
			resolve({ code: child.exitCode ?? -1, stdout, stderr }),
		)
	})
}

function torrentFile({ torrent }: HostileWorld): string {
	const file = join(temporaryFolder(), 'hostile.torrent')
	writeFileSync(file, torrent.bytes)
	return file
}

function downloadWords(world: HostileWorld): string[] {
	const folder = temporaryFolder()
	const places = ['--dir', join(folder, 'to'), '--state-dir', join(folder, 'state')]
	return [torrentFile(world), ...places, '--bind', '127.0.0.1', '--port', '0', '--announce-all']
}

/** The words by which it is seen that a text was shown. */
function expectShown(text: string, ...words: readonly string[]): void {
	expect(words.filter(word => !text.includes(word))).toEqual([])
}

/** Presses keys one after the other, and lets each be drawn on a machine that has time for it. */
async function press(screen: PtyRun, ...keys: readonly string[]): Promise<void> {
	for (const key of keys) {
		screen.press(key)
		await screen.quiet(30)
	}
}

/** Opens pane `key` alone and waits until each of the words stands in it. */
async function openPane(screen: PtyRun, key: string, ...words: readonly string[]): Promise<void> {
	screen.press(key)
	for (const word of words) await screen.shows(new RegExp(word, 'u'))
}

/** Esc, until it has led back there. A key that came with it would be taken for one with Alt. */
async function back(screen: PtyRun, to: RegExp): Promise<void> {
	while (!to.test((await screen.terminal()).text().join('\n'))) {
		screen.press('\u001b')
		await screen.quiet(100)
	}
}

/** Opens the first extended message of a peer on the wire, and some after it, in which `word` stands. */
async function openMessage(screen: PtyRun, peer: string | undefined, word: string): Promise<void> {
	screen.press('/', '\u0015', `extended & in & peer=${peer}`, '\r')
	await screen.shows(lines => {
		const messages = lines.filter(line => line.includes(' ← '))
		const first = messages[0] ?? ''
		return / handshake /u.test(first) && messages.every(line => line.includes(` ← ${peer} `))
	})
	screen.press('g', '\r')
	await screen.shows(new RegExp(`${word}[\\s\\S]*Esc back`, 'u'))
	await press(screen, 'J', 'J', 'J', 'G', '\r', 'k', ' ', 'k', ' ')
	await back(screen, /▸5 Wire/u)
	screen.press('F')
	await screen.shows(/following/u)
}

describe('hostile texts', () => {
	it('do nothing to the terminal on any pane at any size, in a message that is opened, and after the end', async () => {
		const world = await startHostileWorld()
		const log = join(temporaryFolder(), 'log')
		const told = ['--title', '--notify', '--progress', '--bell', '--fps', '20', '--log', log]
		const screen = runInPty([...downloadWords(world), ...told], { columns: 120, rows: 40, command: shell })
		// The wire keeps what comes while it is looked at.
		await screen.shows(/Fname/u)
		await openPane(screen, '5', 'no message yet')
		for (const peer of world.peers) screen.press(':', `peer add ${peer}`, '\r')
		await screen.shows(/have +#0/u)
		for (const [columns, rows] of sizes) {
			await screen.resize(columns, rows)
			await press(screen, '1', '2', '3', '4', '6', '7', '8', '9', '1', 'y', '?', '?')
		}
		await openPane(screen, '1', 'Tfail', 'Tone', 'Tudp', 'Twarn')
		await openPane(screen, '2', 'Pclient')
		await openPane(screen, '6', 'Tfail', 'Tone')
		await openPane(screen, '7', 'Ffile', 'Flong')
		await openPane(screen, '5', 'following')
		await openMessage(screen, world.peers[0], 'Pname')
		for (const peer of world.peers.slice(1)) await openMessage(screen, peer, 'Bclient')
		// What is pasted where one types.
		await openPane(screen, '1', 'Tfail')
		screen.press('/')
		await press(screen, '\u001b[200~\u202e\u009b2J\u001b]52;c;eA==\u0007\u001b[201~', 'zzz')
		await screen.shows(/zzz/u)
		await back(screen, /q quit/u)
		world.seed.bringAll()
		await screen.sends(/\u0007\u001b\]9;\D/u)
		await press(screen, '6', 'k', 'k')
		screen.press('q')
		await screen.sends(/code 0\r\n/u)
		screen.press('\r')
		await screen.ended()

		const asked = ['title', 'notification', 'progress', 'bell', 'clipboard'] as const
		const { faults, told: said } = readTerminal(screen.bytes(), asked)
		expect(faults).toEqual([])
		expect(said.title.at(-1)).toContain('Fname')
		expect(said.notification.join()).toContain('Fname')
		for (const copied of said.clipboard) expect(faultsOfLines(Buffer.from(copied, 'base64'))).toEqual([])
		const after = screen.text().slice(screen.text().lastIndexOf('\u001b[?1049l'))
		expectShown(after, 'Fname', 'complete')

		const lines = readFileSync(log)
		expect(faultsOfLines(lines)).toEqual([])
		expectShown(lines.toString(), 'Twarn', 'Tfail', 'Tudp', 'Tone')
	})

	it('do nothing in plain lines, in JSON, in what is told of a torrent and its trackers, and in complaints', async () => {
		const world = await startHostileWorld()
		world.seed.bringAll()
		const file = torrentFile(world)
		const peers = world.peers.flatMap(peer => ['--peer', peer])
		const broken = join(temporaryFolder(), 'broken.torrent')
		writeFileSync(broken, Buffer.concat([Buffer.from('d4:info'), hostile('Ebroken')]))
		const evil = '\u001b[5m\u202e\u009b2J\n\u001b]0;x\u0007'
		const runs: readonly (readonly [string[], string[]])[] = [
			[
				[...downloadWords(world), ...peers, '--plain'],
				['Twarn', 'Tfail', 'Tone', 'Tudp', 'Fname', 'connected', 'left'],
			],
			[
				[...downloadWords(world), ...peers, '--json'],
				['Twarn', 'Tfail', 'Tone', 'Tudp', 'Fname', 'peerConnected'],
			],
			[
				['info', file],
				['Fname', 'Ffile', 'Fcomment', 'Fby', 'Turl'],
			],
			[
				['info', file, '--json'],
				['Fname', 'Ffile', 'Fcomment', 'Fby', 'Turl'],
			],
			[
				['announce', file],
				['Twarn', 'Tfail', 'Tone', 'Tudp'],
			],
			[
				['announce', file, '--json'],
				['Twarn', 'Tfail', 'Tone', 'Tudp'],
			],
			[['verify', file, '--dir', temporaryFolder()], ['0 of ']],
			[['info', broken], ['swarmscope: ']],
			[['info', `/nowhere/${evil}`], ['swarmscope: ']],
			[[file, '--peer', evil], ['swarmscope: ']],
			[['info', `http://127.0.0.1:9/${evil}`], ['swarmscope: ']],
			[[`--${evil}`], ['swarmscope: ']],
		]
		const outputs = await Promise.all(
			runs.map(async ([args, words]) => ({ args, words, output: await run(...args) })),
		)
		for (const { args, words, output } of outputs) {
			const what = JSON.stringify(args.slice(-2))
			expect([what, ...faultsOfLines(output.stdout), ...faultsOfLines(output.stderr)]).toEqual([what])
			expectShown(`${String(output.stdout)}${String(output.stderr)}`, ...words)
			if (!args.includes('--json')) continue
			for (const line of output.stdout.toString().trimEnd().split('\n'))
				expect(JSON.parse(line)).toBeTypeOf('object')
		}
	})
})
