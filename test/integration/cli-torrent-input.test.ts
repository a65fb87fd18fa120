// Where a torrent comes from: files and URLs that are not what they should be, and servers that try things.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeTorrent } from '../helpers/make-torrent.ts'
import { cliResult, temporaryFolder } from '../helpers/run-cli.ts'
import { scriptHttp, type ScriptedHttp } from '../helpers/tracker-server.ts'

const torrent = makeTorrent({ name: 'made' })

/** The one line that `info` says of what it refuses. */
async function refusal(source: string, cwd: string): Promise<string> {
	const { code, stdout, stderr } = await cliResult(['info', source], { cwd })
	expect(stdout).toBe('')
	expect(stderr).toMatch(/^swarmscope: [^\n]+\n$/u)
	expect(code).toBe(3)
	return stderr.slice('swarmscope: '.length, -1)
}

describe('a file', () => {
	it('that is no torrent is refused with what it is instead', async () => {
		const cwd = temporaryFolder()
		const write = (name: string, bytes: Uint8Array | string) => writeFileSync(join(cwd, name), bytes)
		mkdirSync(join(cwd, 'folder'))
		write('empty', '')
		write('large', new Uint8Array(11 << 20))
		write('text', 'hello, world')
		write('short', torrent.bytes.subarray(0, 100))
		const expected = 'expected a torrent file, got'
		expect(await refusal('missing', cwd)).toBe(`missing: ${expected} nothing: there is no such file`)
		expect(await refusal('text/x', cwd)).toBe(`text/x: ${expected} nothing: a part of this path is a file`)
		expect(await refusal('folder', cwd)).toBe(`folder: ${expected} a directory`)
		expect(await refusal('empty', cwd)).toBe(`empty: ${expected} an empty file`)
		expect(await refusal('large', cwd)).toBe(`large: ${expected} more than 10485760 bytes`)
		expect(await refusal('text', cwd)).toMatch(/^text: no valid torrent at byte 0: /u)
		expect(await refusal('short', cwd)).toMatch(/^short: no valid torrent at byte \d+: /u)
		expect(await refusal('missing\u001b[31m', cwd)).not.toContain('\u001b')
	})

	it('that is no torrent is refused in the same words when it is to be downloaded', async () => {
		const cwd = temporaryFolder()
		writeFileSync(join(cwd, 'text'), 'hello, world')
		const args = ['--state-dir', 'state', '--port', '0']
		const { code, stderr } = await cliResult(['text', ...args], { cwd })
		expect(`swarmscope: ${await refusal('text', cwd)}\n`).toBe(stderr)
		expect(code).toBe(3)
	})

	it.skipIf(process.platform === 'win32')('without an end is not read to its end', async () => {
		expect(await refusal('/dev/zero', '/')).toContain('more than 10485760 bytes')
	})
})

describe('a URL', () => {
	async function serve(handler: Parameters<typeof scriptHttp>[0]): Promise<ScriptedHttp> {
		const server = await scriptHttp(handler)
		onTestFinished(() => server.close())
		return server
	}
	const nameOf = async (url: string) => {
		const { code, stdout, stderr } = await cliResult(['info', '--json', url])
		expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
		return (JSON.parse(stdout) as { name: string }).name
	}

	it('gives the torrent, also behind redirects and compressed without being asked', async () => {
		const server = await serve((request, response) => {
			if (request.url === '/a') response.writeHead(302, { Location: 'b?x=1' }).end()
			else if (request.url === '/b?x=1') response.end(torrent.bytes)
			else response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(torrent.bytes))
		})
		// By name: its first address may be ::1, where nobody listens.
		expect(await nameOf(`http://localhost:${server.port}/a`)).toBe('made')
		expect(await nameOf(`http://127.0.0.1:${server.port}/packed`)).toBe('made')
	})

	it('that gives none is refused with what came instead', async () => {
		const zeros = gzipSync(new Uint8Array(64 << 20))
		const server = await serve((request, response) => {
			if (request.url === '/loop') response.writeHead(301, { Location: '/loop' }).end()
			else if (request.url === '/odd') response.writeHead(301, { Location: 'file:///etc/passwd' }).end()
			else if (request.url === '/bomb') response.end(zeros)
			else if (request.url === '/broken') response.end(zeros.subarray(0, 1000))
			else if (request.url === '/large') response.end(new Uint8Array(11 << 20))
			else if (request.url === '/empty') response.end()
			else if (request.url === '/page') response.end('<html>')
			else if (request.url === '/cut') {
				response.writeHead(200, { 'Content-Length': '1000' }).write('d')
				response.destroy()
			} else response.writeHead(404).end('not here')
		})
		const base = `http://127.0.0.1:${server.port}`
		const got = async (path: string) => (await refusal(base + path, '/')).slice(`${base}${path}: `.length)
		expect(await got('/none')).toBe('expected a torrent file, got HTTP status 404')
		expect(await got('/loop')).toBe('expected a torrent file, got more than 5 redirects')
		expect(server.requests.filter(path => path === '/loop')).toHaveLength(6)
		expect(await got('/odd')).toBe('expected a torrent file, got a redirect to what is no http(s) URL')
		expect(await got('/bomb')).toBe('expected a torrent file, got more than 10485760 bytes')
		expect(await got('/broken')).toBe('expected a torrent file, got damaged gzip')
		expect(await got('/large')).toContain('longer than 10485760 bytes')
		expect(await got('/empty')).toBe('expected a torrent file, got an empty file')
		expect(await got('/page')).toMatch(/^no valid torrent at byte 0/u)
		expect(await got('/cut')).toMatch(/^expected a torrent file, got no answer/u)
	})

	it('that nobody serves is refused, and its password is not repeated', async () => {
		const server = await scriptHttp(() => undefined)
		await server.close()
		const line = await refusal(`http://me:secret@127.0.0.1:${server.port}/t`, '/')
		expect(line).toContain('the server cannot be reached (ECONNREFUSED)')
		expect(line).not.toContain('secret')
	})
})
