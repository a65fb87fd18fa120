// Magnet links in the built program: the metadata comes from a seed on loopback, and is kept for the next time.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../source/protocol/bytes.ts'
import { filesBelow, multiFiles, startSeed, torrentOnDisk } from '../helpers/cli-torrents.ts'
import { startTracker } from '../helpers/cli-tracker.ts'
import { cliResult, runCli } from '../helpers/run-cli.ts'

const linkOf = (infoHash: Uint8Array, ...more: readonly string[]) =>
	[`magnet:?xt=urn:btih:${toHex(infoHash)}`, ...more].join('&')

describe('a download from a magnet link', () => {
	it('gets metadata and content from the peer that the link names, and keeps the metadata', async () => {
		const torrent = torrentOnDisk({ name: 'multi', files: multiFiles })
		const { peer } = await startSeed(torrent)
		const link = linkOf(torrent.made.infoHash, 'dn=a+hint', `x.pe=${peer}`)
		const [to, state] = [join(torrent.folder, 'to'), join(torrent.folder, 'state')]
		const place = ['--dir', to, '--state-dir', state, '--bind', '127.0.0.1', '--port', '0']
		const run = runCli([link, ...place, '--json'])
		expect({ ...(await run.ended), stderr: run.stderr }).toEqual({ code: 0, signal: null, stderr: '' })
		expect(filesBelow(to)).toEqual(filesBelow(torrent.content))
		expect(run.objects.find(({ type }) => type === 'metadataReceived')).toMatchObject({ sources: 1 })
		expect(run.objects.find(({ type }) => type === 'start')).toMatchObject({ name: 'multi', pieceCount: 6 })
		const kept = join(state, `${toHex(torrent.made.infoHash)}.torrent`)
		expect(existsSync(kept)).toBe(true)
		const verified = await cliResult([
			'verify',
			linkOf(torrent.made.infoHash),
			'--dir',
			to,
			'--state-dir',
			state,
		])
		expect(verified).toMatchObject({ code: 0, stderr: '' })
		const info = await cliResult(['info', linkOf(torrent.made.infoHash), '--state-dir', state, '--json'])
		expect(JSON.parse(info.stdout)).toMatchObject({ name: 'multi', totalBytes: 190_000 })
	})

	it('takes the files that the link asks for, where the user says nothing', async () => {
		const torrent = torrentOnDisk({ name: 'multi', files: multiFiles, pieceLength: 16_384 })
		const { peer } = await startSeed(torrent)
		const link = linkOf(torrent.made.infoHash, `x.pe=${peer}`, 'so=1')
		const to = join(torrent.folder, 'to')
		const place = [
			'--dir',
			to,
			'--state-dir',
			join(torrent.folder, 'state'),
			'--bind',
			'127.0.0.1',
			'--port',
			'0',
		]
		const run = runCli([link, ...place, '--json'])
		expect((await run.ended).code).toBe(0)
		expect([...filesBelow(to).keys()]).toEqual(['multi/two.bin'])
	})

	it('finds its peers by the trackers of the link', async () => {
		const { tracker } = await startTracker()
		const torrent = torrentOnDisk({ announce: tracker.httpUrl })
		const seed = await startSeed(torrent)
		await seed.run.object('trackerAnswered')
		const link = linkOf(torrent.made.infoHash, `tr=${encodeURIComponent(tracker.httpUrl)}`)
		const to = join(torrent.folder, 'to')
		const place = [
			'--dir',
			to,
			'--state-dir',
			join(torrent.folder, 'state'),
			'--bind',
			'127.0.0.1',
			'--port',
			'0',
		]
		expect((await runCli([link, ...place, '--json']).ended).code).toBe(0)
		expect(filesBelow(to)).toEqual(filesBelow(torrent.content))
	})

	it('says what it waited for when the time is up', async () => {
		const torrent = torrentOnDisk()
		const place = [
			'--dir',
			torrent.folder,
			'--state-dir',
			join(torrent.folder, 'state'),
			'--bind',
			'127.0.0.1',
		]
		const link = linkOf(torrent.made.infoHash, 'dn=lonely')
		const { code, stdout } = await cliResult([link, ...place, '--port', '0', '--plain', '--timeout', '1.5'])
		expect(code).toBe(1)
		expect(stdout).toMatch(/^metadata {2}nobody is known yet {2}0 peers$/mu)
		expect(stdout).toMatch(/^lonely: no metadata yet: nobody is known yet$/mu)
	})
})

describe('info of a magnet link', () => {
	it('fetches the metadata and prints it, and leaves nothing behind', async () => {
		const torrent = torrentOnDisk({ name: 'multi', files: multiFiles })
		const { peer } = await startSeed(torrent)
		const link = linkOf(torrent.made.infoHash)
		const args = [
			'--peer',
			peer,
			'--bind',
			'127.0.0.1',
			'--state-dir',
			join(torrent.folder, 'none'),
			'--port',
			'0',
		]
		const { code, stdout, stderr } = await cliResult(['info', link, '--json', ...args])
		expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
		expect(JSON.parse(stdout)).toMatchObject({
			name: 'multi',
			infoHashV1: toHex(torrent.made.infoHash),
			totalBytes: 190_000,
			pieceCount: 6,
		})
		expect(existsSync(join(torrent.folder, 'none'))).toBe(false)
		expect(readFileSync(torrent.file).length).toBeGreaterThan(0)
	})

	it('gives up in one line that says what it waited for', async () => {
		const torrent = torrentOnDisk()
		const args = ['--timeout', '1', '--bind', '127.0.0.1', '--port', '0', '--state-dir', torrent.folder]
		const { code, stdout, stderr } = await cliResult(['info', linkOf(torrent.made.infoHash), ...args])
		expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
		expect(stderr).toBe('swarmscope: no metadata within 1.0 s: nobody is known yet\n')
	})
})

describe('other commands', () => {
	it('announce asks the trackers of the link', async () => {
		const { tracker } = await startTracker()
		const link = `magnet:?xt=urn:btih:${'ab'.repeat(20)}&tr=${encodeURIComponent(tracker.httpUrl)}`
		const { code, stdout } = await cliResult(['announce', link, '--json'])
		expect(code).toBe(0)
		expect(JSON.parse(stdout)).toMatchObject({ type: 'announced' })
	})

	it('verify says that it needs the metadata', async () => {
		const torrent = torrentOnDisk()
		const args = ['verify', linkOf(torrent.made.infoHash, 'dn=x'), '--state-dir', torrent.folder]
		const { code, stderr } = await cliResult(args)
		expect(code).toBe(3)
		expect(stderr).toMatch(/^swarmscope: x: expected a torrent file, got a magnet link [^\n]+\n$/u)
	})

	it('refuse a link to a torrent of version 2 alone', async () => {
		const link = `magnet:?xt=urn:btmh:1220${'ab'.repeat(32)}`
		for (const words of [['info', link], ['verify', link], ['announce', link], [link]]) {
			const { code, stderr } = await cliResult(words)
			expect(code).toBe(3)
			expect(stderr).toContain('version 2 alone (BEP 52), which is not supported')
		}
		expect((await cliResult(['info', link, '--offline', '--json'])).code).toBe(0)
	})
})
