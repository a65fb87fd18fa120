// What users install: the packed program, put into a folder as `npm install -g` does it, without a network.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cliResult, runCli, temporaryFolder } from '../helpers/run-cli.ts'

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }

// Without scripts: a build would take away the program that other tests run.
function npm(folder: string, ...args: string[]): string {
	return execFileSync('npm', [...args, '--ignore-scripts', '--offline', '--no-audit', '--no-fund'], {
		encoding: 'utf8',
		env: { ...process.env, npm_config_cache: join(folder, 'cache'), npm_config_update_notifier: 'false' },
		stdio: ['ignore', 'pipe', 'ignore'],
	})
}

describe.skipIf(process.platform === 'win32')('the package', () => {
	it('holds the program and all licences, and works where it is installed', async () => {
		const folder = temporaryFolder()
		const [packed] = JSON.parse(npm(folder, 'pack', '--json', '--pack-destination', folder)) as {
			filename: string
			files: { path: string }[]
		}[]
		const paths = packed?.files.map(({ path }) => path) ?? []
		expect(paths).toEqual(
			expect.arrayContaining([
				'LICENSE',
				'README.md',
				'dist/THIRD-PARTY-LICENSES.txt',
				'dist/cli.js',
				'dist/practice.js',
				'dist/worker.js',
			]),
		)
		expect(
			paths.filter(path => !/^(?:dist|media)\/|^(?:LICENSE|README\.md|package\.json)$/u.test(path)),
		).toEqual([])
		// Ink's, of which a user has nothing.
		expect(paths.filter(path => path.includes('devtools'))).toEqual([])
		npm(folder, 'install', '--global', '--prefix', folder, join(folder, packed?.filename ?? ''))
		const program = join(folder, 'bin', 'swarmscope')
		expect(execFileSync(program, ['--version'], { encoding: 'utf8' })).toBe(`${version}\n`)
		const { code, stdout } = await cliResult(['demo', '--json', '--speed', '100', '--random-seed', '7'], {
			cli: program,
		})
		expect(stdout).toMatch(/"type":"result","complete":true/u)
		expect(code).toBe(0)
		const texts = readFileSync(
			join(folder, 'lib/node_modules/swarmscope/dist/THIRD-PARTY-LICENSES.txt'),
			'utf8',
		)
		for (const name of ['ink', 'react', 'meow']) expect(texts).toMatch(new RegExp(`^${name} \\d`, 'mu'))
	})
})

describe('demo', () => {
	it('lists its scenarios, and refuses others by name', async () => {
		const { code, stdout, stderr } = await cliResult(['demo', '--list'])
		expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
		expect(stdout).toMatch(/^healthy +[ -~]+$/mu)
		const odd = await cliResult(['demo', 'storm'])
		expect(odd).toMatchObject({ code: 2, stdout: '' })
		expect(odd.stderr).toMatch(/^swarmscope: [^\n]*storm[^\n]*\n$/u)
	})

	it('reads its data back from disk, and ends with the result as every JSON does', async () => {
		const run = runCli(['demo', '--json', '--speed', '100', '--random-seed', '7'])
		expect(await run.ended).toMatchObject({ code: 0 })
		const [verified, result] = run.objects.slice(-2)
		expect(verified).toMatchObject({ version: 1, type: 'verified', complete: true, randomSeed: 7 })
		expect(result).toMatchObject({ type: 'result', complete: true })
	})

	it('ends like a download: by time with exit code 1, by a signal with its own', async () => {
		const { code, stderr } = await cliResult(['demo', '--json', '--timeout', '0.3'])
		expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
		const run = runCli(['demo', 'corrupt', '--plain'])
		await run.line(/connected/u)
		run.signal('SIGINT')
		expect(await run.ended).toEqual({ code: 130, signal: null })
	})
})
