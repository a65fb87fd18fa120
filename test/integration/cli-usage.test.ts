// What is said to who asks, and to who errs: help, version, and one line for every wrong word.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { usage } from '../../source/usage.ts'
import { cliResult, temporaryFolder } from '../helpers/run-cli.ts'

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }

describe('without a torrent', () => {
	it('prints the help on stderr and exits 2 when called without arguments', async () => {
		expect(await cliResult([])).toEqual({ code: 2, stdout: '', stderr: usage })
	})

	it('prints the help on stdout for --help, whatever else is said', async () => {
		for (const args of [['--help'], ['x.torrent', '--port', '1', '--help']])
			expect(await cliResult(args)).toEqual({ code: 0, stdout: usage, stderr: '' })
	})

	it('prints its version for --version', async () => {
		expect(await cliResult(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
	})
})

describe('a wrong word', () => {
	it.each([
		['t --sed', 'unknown option --sed; --help lists them all'],
		['info t --seed', '--seed is no option of info; --help lists what is'],
		['demo --dir x', '--dir is no option of demo; --help lists what is'],
		['get', 'get: expected a torrent file, URL or magnet link, got nothing'],
		['t u', 'expected one argument, got "u" too'],
		['t --plain --json', 'expected --plain or --json, got both'],
		['t --dir', '--dir: expected a value, got the end of the line'],
		['t --port -1', '--port: expected a whole number from 0 to 65535, got "-1"'],
		['t --bind eth0', '--bind: expected an IP address of this machine, got "eth0"'],
		['t --max-down -5M', '--max-down: expected a rate in bytes a second such as 500k or 5M, got "-5M"'],
		['t --timeout soon', '--timeout: expected a number above 0 and up to 2147483, got "soon"'],
		['demo --speed 0', '--speed: expected a number above 0 and up to 1000, got "0"'],

		['ftp://localhost/t', 'expected a torrent file or an http(s) URL, got ftp://localhost/t'],
		['http://', 'expected a torrent file or an http(s) URL, got http://'],
	])('%s is refused in one line with exit code 2', async (line, message) => {
		const { code, stdout, stderr } = await cliResult(line.split(' '))
		expect(stdout).toBe('')
		expect(stderr).toMatch(/^swarmscope: [^\n]+\n$/u)
		expect(stderr).toContain(message)
		expect(code).toBe(2)
	})

	it('is not obeyed when it holds control characters', async () => {
		const { stderr } = await cliResult(['t', '--\u001b[2J\u009b1mx'])
		expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/u)
	})

	it('after -- is the name of a file', async () => {
		const cwd = temporaryFolder()
		const { code, stderr } = await cliResult(['info', '--', '--json'], { cwd })
		expect(stderr).toBe('swarmscope: --json: expected a torrent file, got nothing: there is no such file\n')
		expect(code).toBe(3)
	})
})
