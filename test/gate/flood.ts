// Threats U3 and G15: a hundred thousand junk datagrams at the port of the DHT during a download leave its CPU
// within a tenth, and bring back no more than three bytes for each of theirs. Alone and flooded in turn.
import { randomFillSync } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { encodeBencode } from '../../source/protocol/bencode-encode.ts'
import { writeContentFile } from '../helpers/content.ts'
import { makeTorrentFile } from '../interop/torrent-file.ts'
import { Transfer } from './crowd-transfer.ts'
import type { GateOptions, GateResult, GateStep } from './step.ts'

const pieceBytes = 1 << 20
const contentPieces = 2048
const floodDatagrams = 100_000
const senders = 8
const rounds = 3
const mostCpuShare = 1.1
const mostBytesBack = 3
/** Clock ticks a second, as Linux has told programs since ever. */
const ticksPerSecond = 100

export const floodStep: GateStep = { name: 'flood', run: runFlood }

type Measured = { readonly cpuSeconds: number; readonly flood: Flood | undefined }

async function runFlood(gate: GateOptions): Promise<GateResult> {
	const contentDir = join(gate.folder, 'content')
	const torrentFile = join(gate.folder, 'flood.torrent')
	const contentPath = join(contentDir, 'data')
	writeContentFile(contentPath, contentPieces * pieceBytes, `flood ${gate.seed}`)
	makeTorrentFile({ path: torrentFile, contentPath, pieceBytes })
	const shares: number[] = []
	let [sentBytes, backBytes, datagrams] = [0, 0, 0]
	for (let round = 1; round <= rounds; round += 1) {
		const alone = await measure(gate, { torrentFile, contentDir, isFlooded: false })
		const flooded = await measure(gate, { torrentFile, contentDir, isFlooded: true })
		shares.push(flooded.cpuSeconds / alone.cpuSeconds)
		sentBytes += flooded.flood?.sentBytes ?? 0
		backBytes += flooded.flood?.backBytes ?? 0
		datagrams += flooded.flood?.datagrams ?? 0
		gate.progress(
			`${round} of ${rounds}: ${alone.cpuSeconds.toFixed(2)} s of CPU alone, ${flooded.cpuSeconds.toFixed(2)} s under ${flooded.flood?.datagrams ?? 0} datagrams`,
		)
	}
	const share = shares.sort((one, other) => one - other)[Math.floor(rounds / 2)] ?? Number.NaN
	const back = backBytes / Math.max(1, sentBytes)
	return {
		ok: share <= mostCpuShare && back <= mostBytesBack && datagrams >= rounds * floodDatagrams,
		figures: [
			`CPU of the download ${share.toFixed(2)} of what it is without (at most ${mostCpuShare}); ${datagrams} datagrams`,
			`${back.toFixed(2)} bytes came back for each that was sent (at most ${mostBytesBack})`,
		],
	}
}

/** One whole download. */
async function measure(
	gate: GateOptions,
	field: { readonly torrentFile: string; readonly contentDir: string; readonly isFlooded: boolean },
): Promise<Measured> {
	const dataDir = join(gate.folder, 'data')
	const transfer = await Transfer.create({ ...field, gate, dataDir })
	let flood: Flood | undefined
	try {
		await transfer.startSeed()
		const leech = await transfer.startLeech()
		if (field.isFlooded) {
			flood = await Flood.start(transfer.ports.leech)
			await flood.ended
		}
		await transfer.waitForPieces(contentPieces)
		return { cpuSeconds: cpuSecondsOf(leech.pid), flood }
	} finally {
		await flood?.close()
		await transfer.end()
		for (const name of ['data', 'leech-state', 'seed-state'])
			rmSync(join(gate.folder, name), { recursive: true, force: true })
	}
}

/** Noise, queries of the DHT that break its rules, and such that do not, from a few ports. */
class Flood {
	readonly ended: Promise<void>
	readonly #sockets: readonly Socket[]
	#sentBytes = 0
	#backBytes = 0
	#datagrams = 0

	static async start(port: number): Promise<Flood> {
		const sockets = Array.from({ length: senders }, () => createSocket('udp4'))
		await Promise.all(sockets.map(socket => once(socket.bind(0, '127.0.0.1'), 'listening')))
		return new Flood(sockets, port)
	}

	private constructor(sockets: readonly Socket[], port: number) {
		this.#sockets = sockets
		for (const socket of sockets) socket.on('message', bytes => (this.#backBytes += bytes.length))
		this.ended = this.#send(port)
	}

	get sentBytes(): number {
		return this.#sentBytes
	}

	get backBytes(): number {
		return this.#backBytes
	}

	get datagrams(): number {
		return this.#datagrams
	}

	async close(): Promise<void> {
		await Promise.all(this.#sockets.map(socket => new Promise<void>(done => socket.close(() => done()))))
	}

	async #send(port: number): Promise<void> {
		const kinds = junk()
		while (this.#datagrams < floodDatagrams) {
			for (let count = 0; count < 250; count += 1) {
				const bytes = kinds[this.#datagrams % kinds.length] ?? kinds[0]
				if (bytes === undefined) return
				this.#sockets[this.#datagrams % senders]?.send(bytes, port, '127.0.0.1')
				this.#datagrams += 1
				this.#sentBytes += bytes.length
			}
			await delay(1)
		}
	}
}

function junk(): Uint8Array[] {
	const id = randomFillSync(new Uint8Array(20))
	const query = (name: string, more: Record<string, Uint8Array | number>) =>
		encodeBencode(
			new Map<string, string | Map<string, Uint8Array | number>>([
				['a', new Map<string, Uint8Array | number>([['id', id], ...Object.entries(more)])],
				['q', name],
				['t', 'aa'],
				['y', 'q'],
			]),
		)
	return [
		randomFillSync(new Uint8Array(100)),
		randomFillSync(new Uint8Array(1400)),
		encodeBencode(new Map([['t', 'aa']])),
		query('ping', {}),
		query('get_peers', { info_hash: randomFillSync(new Uint8Array(20)) }),
		query('find_node', { target: randomFillSync(new Uint8Array(20)) }),
		query('announce_peer', { info_hash: id, port: 1, token: id }),
	]
}

function cpuSecondsOf(pid: number): number {
	const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
	return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}
