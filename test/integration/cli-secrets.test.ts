// What is secret in a tracker's URL (threats S11) is nowhere to be read: not on stdout or stderr, nor in the log,
// whatever the tracker says.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { encodeBencode } from '../../source/protocol/bencode-encode.ts'
import { toHex } from '../../source/protocol/bytes.ts'
import { downloadArguments, torrentOnDisk } from '../helpers/cli-torrents.ts'
import { cliResult } from '../helpers/run-cli.ts'
import { scriptHttp } from '../helpers/tracker-server.ts'

const secret = '0123456789abcdef0123456789abcdef'

/** A tracker that tells everybody the passkey, and a torrent of it. */
async function talkative() {
	const failure = encodeBencode({ 'failure reason': `passkey ${secret} has expired` })
	const server = await scriptHttp((_, response) => response.end(failure))
	onTestFinished(() => server.close())
	const announce = `http://me:${secret}@127.0.0.1:${server.port}/announce/${secret}?passkey=${secret}`
	return {
		server,
		announce,
		torrent: torrentOnDisk({ name: 'made', announce, files: [{ path: 'a', content: 9 }] }),
	}
}

it.each([
	['--json', 'file'],
	['--plain', 'file'],
	['--json', 'magnet'],
	['--plain', 'magnet'],
])('a download in %s from a %s', async (mode, kind) => {
	const { server, announce, torrent } = await talkative()
	const log = join(torrent.folder, 'log')
	const link = `magnet:?xt=urn:btih:${toHex(torrent.made.infoHash)}&tr=${encodeURIComponent(announce)}`
	const [file = '', ...more] = downloadArguments(torrent, mode, '--log', log, '--timeout', '1.5')
	const run = await cliResult([kind === 'file' ? file : link, ...more])
	expect(server.requests.length).toBeGreaterThan(0)
	const logged = readFileSync(log, 'utf8')
	const all = run.stdout + run.stderr + logged
	expect(all).toContain(`passkey ${'*'.repeat(32)} has expired`)
	expect(all).not.toContain(secret)
})

it.each(['file', 'magnet'])('what is said of a %s', async kind => {
	const { announce, torrent } = await talkative()
	const link = `magnet:?xt=urn:btih:${toHex(torrent.made.infoHash)}&tr=${encodeURIComponent(announce)}&ws=${encodeURIComponent(announce)}`
	const source = kind === 'file' ? torrent.file : link
	for (const words of [
		['info', source, '--offline'],
		['announce', source],
		['announce', source, '--json'],
	]) {
		const { stdout, stderr } = await cliResult(words)
		expect(stdout + stderr).not.toContain(secret)
	}
})
