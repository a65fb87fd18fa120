// A process that may open next to nothing (threats D11): the files of a torrent and its peers share what there is.
import { mkdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { encodeHandshake } from '../../source/protocol/handshake.ts'
import { type InfoHash, toPeerId } from '../../source/protocol/ids.ts'
import { filesBelow, startSeed, torrentOnDisk } from '../helpers/cli-torrents.ts'
import { runCli } from '../helpers/run-cli.ts'
import { freePort } from '../interop/clients/client-process.ts'

const limit = 64
const fileCount = 500
const peersAtATime = 50
const haveNone = Uint8Array.of(0, 0, 0, 1, 15)
const flags = { extended: false, fast: true, dht: false, v2: false }

/** Peers that say who they are, have nothing and stay. */
function crowd(port: number, infoHash: InfoHash, network: number): void {
	for (let host = 1; host <= peersAtATime; host += 1) {
		const socket: Socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.${network}.${host}` })
		socket.on('error', () => undefined)
		socket.resume()
		const peerId = toPeerId(new Uint8Array(20).fill(host).fill(network, 0, 8))
		socket.on('connect', () => {
			socket.write(encodeHandshake({ flags, infoHash, peerId }))
			socket.write(haveNone)
		})
		onTestFinished(() => void socket.destroy())
	}
}

it.skipIf(process.platform !== 'linux')(
	'with 64 descriptors, 500 files and 100 peers that stay, a download ends',
	async () => {
		const files = Array.from({ length: fileCount }, (_, index) => ({
			path: [`${index % 7}`, `${index}.bin`],
			content: 20_000,
		}))
		const torrent = torrentOnDisk({ name: 'many', files, pieceLength: 65_536 })
		const { peer } = await startSeed(torrent)
		const [to, state] = [join(torrent.folder, 'to'), join(torrent.folder, 'state')]
		mkdirSync(to)
		const port = await freePort()
		const run = runCli(
			[
				...[torrent.file, '--json', '--dir', to, '--state-dir', state, '--bind', '127.0.0.1'],
				...['--port', `${port}`, '--peer', peer, '--max-down', '6M'],
			],
			{ wrapper: ['sh', '-c', `ulimit -n ${limit}; exec "$@"`, 'sh'] },
		)
		await run.object('torrentStarted')
		crowd(port, torrent.made.infoHash, 1)
		await run.object('pieceVerified', ({ piecesHave }) => Number(piecesHave) > 60)
		crowd(port, torrent.made.infoHash, 2)
		const most = await run.object('progress', ({ peers }) => Number(peers) > 5)
		expect(Number(most['peers'])).toBeLessThan(limit)
		expect(await run.ended).toEqual({ code: 0, signal: null })
		expect(run.stderr).toBe('')
		expect(filesBelow(to)).toEqual(filesBelow(torrent.content))
	},
)
