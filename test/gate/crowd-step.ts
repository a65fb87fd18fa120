// Threats P5, P6, P8: a thousand hostile connections at once leave an honest transfer at half its rate or better,
// with bounded memory; for a program that downloads, and for one that seeds. Alone and in the crowd in turn, on
// the same machine in the same minute.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { toInfoHash } from '../../source/protocol/ids.ts'
import { parseMetainfo } from '../../source/protocol/metainfo.ts'
import { compareTrees, writeContentFile } from '../helpers/content.ts'
import { makeTorrentFile } from '../interop/torrent-file.ts'
import { Crowd } from './crowd.ts'
import { peakBytes, Transfer } from './crowd-transfer.ts'
import type { GateOptions, GateResult, GateStep } from './step.ts'

const pieceBytes = 1 << 20
const contentPieces = 1024
const crowdSize = 1_000
const rounds = 3
/** For the crowd to come. */
const arrivalMs = 1_000
/** Fewer measure nothing. */
const fewestPieces = 100
const memoryLimitBytes = 64 << 20
const leastShare = 0.5

export const crowdStep: GateStep = { name: 'crowd', run: runCrowd }

type Role = 'downloading' | 'seeding'
type Measured = {
	readonly piecesPerSecond: number
	readonly peakBytes: number
	readonly connections: number
	readonly open: number
}
type Field = {
	readonly gate: GateOptions
	readonly torrentFile: string
	readonly contentDir: string
	readonly gather: (port: number) => Crowd
}

async function runCrowd(gate: GateOptions): Promise<GateResult> {
	const contentDir = join(gate.folder, 'content')
	const torrentFile = join(gate.folder, 'crowd.torrent')
	const contentPath = join(contentDir, 'data')
	writeContentFile(contentPath, contentPieces * pieceBytes, `crowd ${gate.seed}`)
	const made = makeTorrentFile({ path: torrentFile, contentPath, pieceBytes })
	const { pieceCount } = parseMetainfo(readFileSync(torrentFile)).geometry
	const infoHash = toInfoHash(Uint8Array.from(Buffer.from(made.infoHash, 'hex')))
	const gather = (port: number) => new Crowd({ port, infoHash, pieceCount, size: crowdSize })
	const results: GateResult[] = []
	for (const role of ['downloading', 'seeding'] as const) {
		const alone: Measured[] = []
		const crowded: Measured[] = []
		for (let round = 1; round <= rounds; round += 1) {
			alone.push(await measure({ gate, torrentFile, contentDir, gather }, role, false))
			crowded.push(await measure({ gate, torrentFile, contentDir, gather }, role, true))
			gate.progress(
				`${role}, ${round} of ${rounds}: ${rate(alone.slice(-1))} alone, ${rate(crowded.slice(-1))} in the crowd`,
			)
		}
		results.push(judge(role, alone, crowded))
	}
	return { ok: results.every(({ ok }) => ok), figures: results.flatMap(({ figures }) => figures) }
}

/** One whole transfer; the crowd is at whoever has the role. */
async function measure(field: Field, role: Role, isCrowded: boolean): Promise<Measured> {
	const { folder } = field.gate
	const dataDir = join(folder, 'data')
	const transfer = await Transfer.create({ ...field, dataDir })
	let crowd: Crowd | undefined
	const gather = async (port: number) => {
		if (!isCrowded) return
		crowd = field.gather(port)
		await delay(arrivalMs)
	}
	try {
		let subject
		let since = 0
		if (role === 'downloading') {
			// The crowd comes first and takes every place that it can get.
			subject = await transfer.startLeech()
			await gather(transfer.ports.leech)
			await transfer.startSeed()
		} else {
			subject = await transfer.startSeed()
			await transfer.startLeech()
			await transfer.waitForPieces(1)
			await gather(transfer.ports.seed)
			since = Date.now()
		}
		const open = crowd?.open ?? 0
		await transfer.waitForPieces(contentPieces)
		const { pieces, piecesPerSecond } = transfer.rateSince(isCrowded ? since : 0)
		if (pieces < fewestPieces) throw new Error(`expected ${fewestPieces} pieces in the crowd, got ${pieces}`)
		if (compareTrees(join(field.contentDir, 'data'), join(dataDir, 'data')).different.length > 0)
			throw new Error('the download is wrong')
		return { piecesPerSecond, peakBytes: peakBytes(subject.pid), connections: crowd?.connections ?? 0, open }
	} finally {
		crowd?.close()
		await transfer.end()
		for (const name of ['data', 'leech-state', 'seed-state'])
			rmSync(join(folder, name), { recursive: true, force: true })
	}
}

function judge(role: Role, alone: readonly Measured[], crowded: readonly Measured[]): GateResult {
	const share =
		middle(crowded.map(one => one.piecesPerSecond)) / middle(alone.map(one => one.piecesPerSecond))
	const peak = Math.max(...crowded.map(one => one.peakBytes))
	const growth = peak - Math.max(...alone.map(one => one.peakBytes))
	const connections = crowded.reduce((sum, one) => sum + one.connections, 0)
	const open = Math.min(...crowded.map(one => one.open))
	return {
		ok: share >= leastShare && growth <= memoryLimitBytes && connections >= rounds * crowdSize,
		figures: [
			`${role}: ${rate(alone)} alone, ${rate(crowded)} in a crowd of ${crowdSize} (${Math.round(100 * share)} %, at least ${100 * leastShare} %), ${connections} hostile connections, ${open} or more open`,
			`${role}: peak ${mebibytes(peak)}, ${mebibytes(growth)} more than alone (limit ${mebibytes(memoryLimitBytes)})`,
		],
	}
}

function rate(measured: readonly Measured[]): string {
	return `${middle(measured.map(one => one.piecesPerSecond)).toFixed(0)} MiB/s`
}

function middle(values: readonly number[]): number {
	return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}

function mebibytes(bytes: number): string {
	return `${(bytes / 2 ** 20).toFixed(0)} MiB`
}
