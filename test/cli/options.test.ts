import { describe, expect, it } from 'vitest'
import { CommandFailure } from '../../source/exit-code.ts'
import { type GetOptions, parseOptions } from '../../source/options.ts'
import { usage } from '../../source/usage.ts'

const parse = (line: string) => parseOptions(line === '' ? [] : line.split(' '), '1.2.3')

function get(line: string): GetOptions {
	const invocation = parse(line)
	if (invocation.command !== 'get') throw new Error(`parsed as ${invocation.command}`)
	return invocation.options
}

function refusal(line: string): string {
	try {
		parse(line)
	} catch (error) {
		if (error instanceof CommandFailure && error.exitCode === 2) return error.message
		throw error
	}
	throw new Error(`accepted: ${line}`)
}

describe('the command line', () => {
	it('takes a torrent with or without the word get', () => {
		expect(get('a.torrent').torrent).toBe('a.torrent')
		expect(get('get demo').torrent).toBe('demo')
	})

	it('keeps the documented defaults', () => {
		expect(get('a.torrent')).toMatchObject({
			directory: '.',
			port: undefined,
			bind: undefined,
			peers: [],
			mode: 'auto',
			seed: undefined,
			maxPeers: 100,
			maxDownBytesPerSecond: undefined,
			maxUpBytesPerSecond: undefined,
			only: undefined,
			sequential: false,
			recheck: false,
			announceAll: false,
			peerExchange: true,
			localDiscovery: true,
			dht: { readOnly: false, routers: undefined },
			timeoutS: undefined,
			stateDirectory: undefined,
			fps: undefined,
			ascii: false,
			color: true,
			inline: false,
			log: undefined,
			tell: { bell: false, notify: false, title: false, progress: false },
		})
	})

	it('reads every option of a download', () => {
		const line =
			'a.torrent --dir d --port 7000 --bind 127.0.0.1 --peer 1.2.3.4:5 --peer [::1]:6 --plain --no-seed --max-peers 7 --max-down 5M --max-up 500k --only 0,3-5 --sequential --recheck --announce-all --no-pex --no-lsd --dht-read-only --dht-router r:1 --dht-router [::1]:2 --log l --timeout 1.5 --state-dir s --fps 20 --ascii --no-color --inline'
		expect(get(line)).toMatchObject({
			directory: 'd',
			port: 7000,
			bind: '127.0.0.1',
			peers: [
				{ host: '1.2.3.4', port: 5 },
				{ host: '::1', port: 6 },
			],
			mode: 'plain',
			seed: false,
			maxPeers: 7,
			maxDownBytesPerSecond: 5_000_000,
			maxUpBytesPerSecond: 500_000,
			only: [0, 3, 4, 5],
			sequential: true,
			recheck: true,
			announceAll: true,
			peerExchange: false,
			localDiscovery: false,
			dht: {
				readOnly: true,
				routers: [
					{ host: 'r', port: 1 },
					{ host: '::1', port: 2 },
				],
			},
			log: 'l',
			timeoutS: 1.5,
			stateDirectory: 's',
			fps: 20,
			ascii: true,
			color: false,
			inline: true,
		})
	})

	it('tells the terminal only what it was asked to', () => {
		expect(get('a.torrent --bell --title').tell).toEqual({
			bell: true,
			notify: false,
			title: true,
			progress: false,
		})
		expect(parse('demo --notify --progress')).toMatchObject({
			options: { tell: { bell: false, notify: true, title: false, progress: true } },
		})
	})

	it('reads the other commands', () => {
		expect(parse('')).toEqual({ command: 'nothing' })
		expect(parse('--help')).toEqual({ command: 'help' })
		expect(parse('info --version')).toEqual({ command: 'version' })
		const network = {
			stateDirectory: undefined,
			port: undefined,
			bind: undefined,
			peers: [],
			dht: { readOnly: false, routers: undefined },
			timeoutS: 180,
		}
		const info = { command: 'info', torrent: 'a.torrent', json: true, network }
		expect(parse('info a.torrent --json')).toEqual({ ...info, offline: false })
		expect(parse('info a.torrent --json --offline')).toEqual({ ...info, offline: true })
		expect(parse('verify a.torrent --dir x')).toMatchObject({ command: 'verify', directory: 'x' })
		expect(parse('demo corrupt --speed 4 --random-seed 7')).toMatchObject({
			command: 'demo',
			options: { scenario: 'corrupt', speed: 4, randomSeed: 7 },
		})
	})

	it.each([
		['a.torrent --sed', 'unknown option --sed'],
		['a.torrent -x', 'unknown option -x'],
		['a.torrent --no-port 1', 'unknown option --no-port'],
		['a.torrent --constructor', 'unknown option --constructor'],
		['info a.torrent --seed', '--seed is no option of info'],
		['a.torrent --speed 2', '--speed is no option of get'],
		['a.torrent --port', '--port: expected a value, got the end of the line'],
		['a.torrent --dir --plain', '--dir: expected a value, got "--plain"'],
		['a.torrent --plain=yes', '--plain: expected no value, got "yes"'],
		['a.torrent --port 70000', '--port: expected a whole number from 0 to 65535, got "70000"'],
		['a.torrent --port 1 --port 2', '--port: expected once, got it twice'],
		['a.torrent --max-down fast', '--max-down: expected a rate'],
		['a.torrent --only 5-3', '--only: expected file indexes'],
		['a.torrent --peer nowhere', '--peer: expected HOST:PORT, got "nowhere"'],
		['a.torrent --peer h:0', '--peer: expected HOST:PORT'],
		['a.torrent --timeout 0', '--timeout: expected a number above 0'],
		['a.torrent --fps 0', '--fps: expected a whole number from 1 to 60'],
		['a.torrent --plain --json', 'expected --plain or --json, got both'],
		['a.torrent b.torrent', 'expected one argument, got "b.torrent" too'],
		['a.torrent -p 1', 'unknown option -p; --help lists them all'],
		['info a.torrent --title', '--title is no option of info'],
		['a.torrent --no-plain', 'unknown option --no-plain; --help lists them all'],
		['verify t --port 1', '--port is no option of verify; --help lists what is'],
		['announce t --bind 127.0.0.1', '--bind is no option of announce; --help lists what is'],
		['a.torrent --list', '--list is no option of get; --help lists what is'],
		['demo steady u', 'expected one argument, got "u" too'],
		['a.torrent --seed --no-seed', '--no-seed: expected once, got it twice'],
		['a.torrent --dir=', '--dir: expected a value, got ""'],
		['a.torrent --port 1e3', '--port: expected a whole number from 0 to 65535, got "1e3"'],
		['a.torrent --peer 127.0.0.1', '--peer: expected HOST:PORT, got "127.0.0.1"'],
		['a.torrent --peer 127.0.0.1:65536', '--peer: expected HOST:PORT, got "127.0.0.1:65536"'],
		['a.torrent --max-peers 0', '--max-peers: expected a whole number from 1 to 10000, got "0"'],
		['a.torrent --max-up 5T', '--max-up: expected a rate in bytes a second such as 500k or 5M, got "5T"'],
		['a.torrent --only 3-', '--only: expected file indexes such as 0,3-5, got "3-"'],
		['a.torrent --timeout 1e7', '--timeout: expected a number above 0 and up to 2147483, got "1e7"'],
		['a.torrent --timeout 2147484', '--timeout: expected a number above 0 and up to 2147483, got "2147484"'],
		['a.torrent --fps 61', '--fps: expected a whole number from 1 to 60, got "61"'],
		['demo --random-seed x', '--random-seed: expected a whole number from 0 to 4294967295, got "x"'],
		['a.torrent --bind eth0', '--bind: expected an IP address of this machine, got "eth0"'],
		['dht', 'dht: expected ping HOST:PORT, find ID, get-peers HASH or announce HASH --port N'],
		['dht ping', 'dht: expected ping'],
		['dht ping nowhere', 'dht ping: expected HOST:PORT, got "nowhere"'],
		['dht find abc', 'dht find: expected an id or info hash of 40 hexadecimal digits, got "abc"'],
		[`dht announce ${'0'.repeat(40)}`, 'dht: expected ping'],
		[`dht announce ${'0'.repeat(40)} --port 0`, '--port: expected a whole number from 1 to 65535'],
		['dht get-peers a b', 'dht: expected ping'],
		['verify', 'verify: expected a torrent file, URL or magnet link, got nothing'],
		['--plain', 'get: expected a torrent file, URL or magnet link, got nothing'],
	])('refuses %s', (line, message) => {
		expect(refusal(line)).toContain(message)
	})

	it('stays out of the DHT when told to', () => {
		expect(get('a.torrent --no-dht').dht).toBeUndefined()
	})

	it('takes a value that looks like an option when it is joined to its option, and numbers as they are', () => {
		expect(get('a.torrent --dir=--plain').directory).toBe('--plain')
		expect(get('a.torrent --dir -x')).toMatchObject({ directory: '-x', torrent: 'a.torrent' })
		expect(get('007 --dir 1e3')).toMatchObject({ directory: '1e3', torrent: '007' })
		expect(get('--plain -- --json')).toMatchObject({ mode: 'plain', torrent: '--json' })
	})

	it('fits its help into 80 columns', () => {
		expect(usage.split('\n').filter(line => line.length > 80)).toEqual([])
	})

	it('lists every option in --help', () => {
		for (const option of [
			'dir',
			'port',
			'bind',
			'peer',
			'plain',
			'json',
			'no-seed',
			'seed',
			'max-peers',
			'max-down',
			'max-up',
			'only',
			'sequential',
			'recheck',
			'announce-all',
			'no-pex',
			'no-lsd',
			'no-dht',
			'dht-read-only',
			'dht-router',
			'log',
			'timeout',
			'state-dir',
			'fps',
			'ascii',
			'no-color',
			'inline',
			'list',
			'speed',
			'random-seed',
			'bell',
			'notify',
			'title',
			'progress',
		]) {
			expect(usage).toContain(`--${option}`)
		}
	})
})
