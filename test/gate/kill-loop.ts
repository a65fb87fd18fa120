// Threats D1, gate G1: a download is killed at random moments and started again, over and over, in several
// lanes at once. After each kill every piece that its state claims is hashed independently, and what is not
// claimed although it had been verified counts as lost.
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createRandom, randomBelow } from '../../source/torrent/random.ts'
import { writeContentTree } from '../helpers/content.ts'
import { ClientProcess, freePort } from '../interop/clients/client-process.ts'
import { makeTorrentFile } from '../interop/torrent-file.ts'
import { falseAmong, readClaims, readSubject, type Subject } from './claims.ts'
import { type KillMoment, type Life, live } from './kill-life.ts'
import type { GateOptions, GateResult, GateStep } from './step.ts'

const mostLanes = 8
const killsALane = 5
const contentBytes = 32 << 20
const pieceSize = 256 << 10
/** Of one file: its pieces lie where they can be written past the page cache, those of the others do not. */
const firstBytes = 16 << 20
const bytesPerSecond = 3 << 20
/** What is verified may be lost for this long: the interval of the saves, and what a disk with eight downloads takes. */
const lossLimitMs = 5_000

type Tally = {
	/** Runs that are under way. */
	alive: number
	kills: number
	earlyKills: number
	savingKills: number
	completions: number
	claims: number
	falseClaims: number
	falseInDoubt: number
	damaged: number
	mostLostBytes: number
	longestLostMs: number
	readonly failures: string[]
}

type Field = {
	readonly options: GateOptions
	readonly torrentFile: string
	readonly subject: Subject
	readonly peer: string
	readonly tally: Tally
	readonly random: ReturnType<typeof createRandom>
}

export const killStep: GateStep = { name: 'kills', run: runKills }

async function runKills(options: GateOptions): Promise<GateResult> {
	const { folder, kills, progress } = options
	const content = join(folder, 'content', 'tree')
	const files = writeContentTree(content, {
		...{ fileCount: 30, totalBytes: contentBytes, firstBytes },
		seed: 'kills',
	})
	const torrentFile = join(folder, 'tree.torrent')
	makeTorrentFile({ path: torrentFile, contentPath: content, pieceBytes: pieceSize, files })
	const port = await freePort()
	const seed = await startSeed({ ...options, torrentFile, contentDir: join(folder, 'content'), port })
	const tally = createTally()
	const field: Field = {
		...{ options, torrentFile, tally, peer: `127.0.0.1:${port}` },
		subject: readSubject(torrentFile),
		random: createRandom(options.seed),
	}
	const lanes = [...Array(Math.min(mostLanes, Math.ceil(kills / killsALane))).keys()]
	const timer = setInterval(() => progress(`${tally.kills} of ${kills} kills`), 30_000)
	try {
		await Promise.all(lanes.map(lane => runLane(field, lane)))
	} finally {
		clearInterval(timer)
		await seed.stop()
	}
	return conclude(tally)
}

function createTally(): Tally {
	return {
		alive: 0,
		kills: 0,
		earlyKills: 0,
		savingKills: 0,
		completions: 0,
		claims: 0,
		falseClaims: 0,
		falseInDoubt: 0,
		damaged: 0,
		mostLostBytes: 0,
		longestLostMs: 0,
		failures: [],
	}
}

/** Seeds on loopback; its state goes to a folder below `folder`. */
export async function startSeed(
	options: Pick<GateOptions, 'cli' | 'folder'> & {
		readonly torrentFile: string
		readonly contentDir: string
		readonly port: number
	},
): Promise<ClientProcess> {
	let isWhole = false
	const child = new ClientProcess({
		name: 'seed',
		command: process.execPath,
		args: [
			...[options.cli, options.torrentFile, '--json', '--seed', '--dir', options.contentDir, '--state-dir'],
			...[join(options.folder, 'seed-state'), '--bind', '127.0.0.1', '--port', `${options.port}`],
		],
		onLine: line => {
			const { state, completedBytes, totalBytes } = JSON.parse(line) as Record<string, unknown>
			if (state === 'seeding' && completedBytes === totalBytes) isWhole = true
		},
	})
	await child.waitFor('seeding', () => (isWhole ? true : undefined), 30_000)
	return child
}

async function runLane(field: Field, lane: number): Promise<void> {
	const { options, tally } = field
	const folder = join(options.folder, `lane-${lane}`)
	let known: ReadonlySet<number> = new Set()
	while (tally.kills + tally.alive < options.kills && tally.failures.length === 0) {
		tally.alive += 1
		const [dataDir, stateDir] = [join(folder, 'data'), join(folder, 'state')]
		const life = await attemptLife(field, dataDir, stateDir)
		tally.alive -= 1
		if (life === undefined) return
		if (life.ending === 'killed') {
			tally.kills += 1
			if (!life.hasStarted) tally.earlyKills += 1
			if (life.wasSaving) tally.savingKills += 1
			known = audit(field, { life, known, dataDir, stateDir })
			continue
		}
		tally.completions += 1
		const pieces = Array(field.subject.metainfo.geometry.pieceCount).keys()
		if (falseAmong(pieces, field.subject, dataDir).length > 0)
			tally.failures.push('a complete download is wrong')
		rmSync(folder, { recursive: true, force: true })
		known = new Set()
	}
}

async function attemptLife(field: Field, dataDir: string, stateDir: string): Promise<Life | undefined> {
	const { options, torrentFile, peer, random } = field
	const isFirst = !existsSync(stateDir)
	const moment = isFirst ? laterMoment(random) : drawMoment(random)
	try {
		return await live({ cli: options.cli, torrentFile, dataDir, stateDir, peer, bytesPerSecond, moment })
	} catch (error) {
		field.tally.failures.push(error instanceof Error ? error.message : String(error))
		return undefined
	}
}

// A first run comes as far as claiming something, else the kills after it would find nothing to break.
function laterMoment(random: Field['random']): KillMoment {
	return { type: 'afterStart', ms: 6_500 + randomBelow(random, 2_000) }
}

// A third while it starts, a third at any time, a third within the few ms in which a state is replaced.
function drawMoment(random: Field['random']): KillMoment {
	const kind = randomBelow(random, 3)
	if (kind === 0) return { type: 'afterStart', ms: randomBelow(random, 1_500) }
	if (kind === 1) return { type: 'afterStart', ms: randomBelow(random, 9_000) }
	return { type: 'whileSaving', save: 1 + randomBelow(random, 6), ms: randomBelow(random, 12) }
}

type Killed = {
	readonly life: Life
	readonly known: ReadonlySet<number>
	readonly dataDir: string
	readonly stateDir: string
}

/** Checks what is claimed after a kill and returns it. */
function audit(field: Field, { life, known, dataDir, stateDir }: Killed): ReadonlySet<number> {
	const { tally, subject } = field
	const { durable, inDoubt, damaged } = readClaims(stateDir, subject)
	tally.damaged += damaged
	tally.claims += durable.size
	tally.falseClaims += falseAmong(durable, subject, dataDir).length
	tally.falseInDoubt += falseAmong(inDoubt, subject, dataDir).length
	const claimed = new Set([...durable, ...inDoubt])
	const gone = [...known].filter(piece => !claimed.has(piece))
	if (gone.length > 0) tally.failures.push(`${gone.length} pieces are not claimed any more`)
	let lostBytes = 0
	for (const [piece, verifiedAt] of life.verifiedAt) {
		if (claimed.has(piece)) continue
		lostBytes += pieceSize
		tally.longestLostMs = Math.max(tally.longestLostMs, life.endedAt - verifiedAt)
	}
	tally.mostLostBytes = Math.max(tally.mostLostBytes, lostBytes)
	return claimed
}

function conclude(tally: Tally): GateResult {
	const lost = `${(tally.mostLostBytes / 2 ** 20).toFixed(1)} MiB`
	const figures = [
		`${tally.kills} kills (${tally.earlyKills} before the torrent was known, ${tally.savingKills} while its state was saved), ${tally.completions} downloads completed in between`,
		`${tally.claims} claims hashed: ${tally.falseClaims} false; ${tally.falseInDoubt} false among pieces in doubt; ${tally.damaged} states unreadable`,
		`at most ${lost} lost, verified at most ${(tally.longestLostMs / 1000).toFixed(1)} s before the kill (limit ${lossLimitMs / 1000} s)`,
		...tally.failures,
	]
	const isRight = tally.falseClaims === 0 && tally.falseInDoubt === 0 && tally.damaged === 0
	const isInTime = tally.longestLostMs <= lossLimitMs
	// Kills that hit nothing prove nothing.
	const isTelling = tally.claims > 0 && tally.kills > tally.earlyKills
	return { ok: isRight && isInTime && isTelling && tally.failures.length === 0, figures }
}
