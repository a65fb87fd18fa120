// `info` and `verify`: what they print, what they promise to scripts, and that they leave the disk alone.
import { closeSync, existsSync, openSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../source/protocol/bytes.ts'
import { multiFiles, torrentOnDisk } from '../helpers/cli-torrents.ts'
import { makeTorrent } from '../helpers/make-torrent.ts'
import { cliResult, runCli, temporaryFolder } from '../helpers/run-cli.ts'

describe('info', () => {
	it('prints with --json one object with everything that is promised', async () => {
		const { file, made } = torrentOnDisk({
			name: 'multi',
			files: [...multiFiles.slice(0, 2), { path: ['.pad', '9'], content: 8_304, attr: 'p' }],
			private: true,
			announceList: [
				['http://a.example/announce?passkey=0123456789abcdef', 'udp://b.example:80'],
				['udp://c.example:1'],
			],
			urlList: ['http://seed.example/'],
			outer: {
				comment: 'a \u001b[31mcomment',
				'created by': 'tests',
				'creation date': 1_700_000_000,
				nodes: [['node.example', 6881]],
			},
		})
		const { code, stdout, stderr } = await cliResult(['info', file, '--json'])
		expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
		expect(stdout).toMatch(/^[ -~]+\n$/u)
		expect(JSON.parse(stdout)).toEqual({
			version: 1,
			name: 'multi',
			infoHashV1: toHex(made.infoHash),
			infoHashV2: null,
			pieceLength: 32_768,
			pieceCount: 3,
			totalBytes: 98_304,
			private: true,
			files: [
				{ path: 'multi/a/one.bin', bytes: 50_000, pad: false },
				{ path: 'multi/two.bin', bytes: 40_000, pad: false },
				{ path: expect.any(String) as string, bytes: 8_304, pad: true },
			],
			trackers: [
				['http://a.example/announce?passkey=0123456789abcdef', 'udp://b.example:80'],
				['udp://c.example:1'],
			],
			webSeeds: ['http://seed.example/'],
			nodes: [{ host: 'node.example', port: 6881 }],
			comment: 'a comment',
			createdBy: 'tests',
			createdAt: '2023-11-14T22:13:20.000Z',
			warnings: [],
		})
	})

	it('prints lines that no name can break, with the indexes for --only and without passkeys', async () => {
		const { file } = torrentOnDisk({
			name: 'multi',
			files: multiFiles,
			announce: 'http://a.example/0123456789abcdef0123/announce',
			announceList: [['http://a.example/0123456789abcdef0123/announce'], ['udp://b.example:80']],
			outer: { comment: 'x\u001b]0;title\u0007\ny' },
		})
		const { code, stdout } = await cliResult(['info', file])
		expect(code).toBe(0)
		expect(stdout).toMatch(/^[ -~\n]+$/u)
		expect(stdout).toMatch(/^3 +100 kB {2}multi\/b\/three\.bin$/mu)
		expect(stdout).toMatch(/^comment +x y$/mu)
		expect(stdout).toMatch(
			/^magnet +magnet:\?xt=urn:btih:[\da-f]{40}&dn=multi&tr=udp%3A%2F%2Fb\.example%3A80$/mu,
		)
		expect(stdout).not.toContain('0123456789abcdef')
	})

	it('ends quietly when its reader goes away, and with one line when its output cannot be written', async () => {
		const { folder, file } = torrentOfMany()
		const run = runCli(['info', file])
		await run.line(/^name/u)
		run.closeStdout()
		expect(await run.ended).toMatchObject({ signal: null })
		expect(run.stderr).toBe('')
		if (!existsSync('/dev/full')) return
		const full = openSync('/dev/full', 'w')
		const { code, stderr } = await cliResult(['info', file], { cwd: folder, stdout: full })
		closeSync(full)
		expect(stderr).toBe('swarmscope: the output cannot be written: ENOSPC\n')
		expect(code).toBe(4)
	})

	it('ends quietly when its output is a socket and the reader leaves something unread', async () => {
		const { folder, file } = torrentOfMany()
		// A reset is what the system makes of it, at any moment.
		const server = createServer(reader => reader.once('data', () => reader.resetAndDestroy()))
		await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
		const { port } = server.address() as AddressInfo
		const socket = connect(port, '127.0.0.1')
		await new Promise(resolve => socket.once('connect', resolve))
		const { code, stderr } = await cliResult(['info', file], { cwd: folder, stdout: socket })
		socket.destroy()
		server.close()
		expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
	})
})

/** Of more files than any pipe takes the lines of. */
function torrentOfMany(): { readonly folder: string; readonly file: string } {
	const files = Array.from({ length: 20_000 }, (_, index) => ({
		path: `${'x'.repeat(200)}${index}`,
		content: 1,
	}))
	const folder = temporaryFolder()
	const file = join(folder, 'many.torrent')
	writeFileSync(file, makeTorrent({ name: 'many', files }).bytes)
	return { folder, file }
}

describe('verify', () => {
	it('exits 0 only when every piece is right, and creates nothing', async () => {
		const { file, content, folder } = torrentOnDisk({ name: 'multi', files: multiFiles })
		const verify = async (dir: string) => await cliResult(['verify', file, '--dir', dir], { cwd: folder })
		const before = readdirSync(folder, { recursive: true })
		expect(await verify(content)).toEqual({
			code: 0,
			stdout: '6 of 6 pieces are right: complete\n',
			stderr: '',
		})
		expect(await verify('nowhere')).toEqual({
			code: 1,
			stdout: '0 of 6 pieces are right: not complete\n',
			stderr: '',
		})
		expect(readdirSync(folder, { recursive: true })).toEqual(before)
		writeFileSync(join(content, 'multi', 'two.bin'), new Uint8Array(40_000))
		expect(await verify(content)).toMatchObject({
			code: 1,
			stdout: '4 of 6 pieces are right: not complete\n',
		})
		truncateSync(join(content, 'multi', 'b', 'three.bin'), 50_000)
		rmSync(join(content, 'multi', 'a'), { recursive: true })
		const { code, stdout } = await cliResult(['verify', file, '--json'], { cwd: content })
		expect(JSON.parse(stdout)).toEqual({ version: 1, complete: false, piecesHave: 1, pieceCount: 6 })
		expect(code).toBe(1)
	})

	it('says in one line what --dir is instead of a directory', async () => {
		const { file } = torrentOnDisk()
		expect(await cliResult(['verify', file, '--dir', file])).toEqual({
			code: 4,
			stdout: '',
			stderr: `swarmscope: --dir: expected a directory, got ${file}: it is a file\n`,
		})
	})
})
