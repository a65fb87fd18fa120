// Threats D2, gate G2: the power of a disk is cut at random moments of a download. What is left is mounted as
// after a restart of the machine: every piece that the state claims is hashed independently, what is not claimed
// although it had been verified counts as lost, and the download is ended and compared. Run by power-cut.ts, in
// a name space whose mounts end with it.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createRandom, type RandomState, randomBelow } from '../../source/torrent/random.ts'
import { writeContentTree } from '../helpers/content.ts'
import { freePort } from '../interop/clients/client-process.ts'
import { makeTorrentFile } from '../interop/torrent-file.ts'
import { falseAmong, readClaims, readSubject, type Subject } from './claims.ts'
import { startSeed } from './kill-loop.ts'
import { optionsOfSpace } from './own-space.ts'
import { type Cut, CutDisk, prepareMemory } from './power-cut-disk.ts'
import { type CutLife, complete, type Download, liveUntilCut } from './power-cut-life.ts'
import type { GateOptions, GateResult } from './step.ts'

type PowerCutOptions = Omit<GateOptions, 'progress'>

const lanes = 2
const cutsALife = 6
const contentBytes = 32 << 20
const pieceSize = 256 << 10
/** Of one file: its pieces lie where they can be written past the page cache, those of the others do not. */
const firstBytes = 16 << 20
const bytesPerSecond = 3 << 20
/** What is verified may be lost for this long (threats D1). */
const lossLimitMs = 5_000

type Tally = {
	/** Cuts that are made or planned. */
	planned: number
	cuts: number
	cutsInSave: number
	chained: number
	claims: number
	falseClaims: number
	damaged: number
	fetchedAgain: number
	mostLostBytes: number
	longestLostMs: number
	readonly failures: string[]
}

type Field = {
	readonly options: PowerCutOptions
	readonly torrentFile: string
	readonly subject: Subject
	readonly peer: string
	readonly tally: Tally
	readonly random: RandomState
}

/** What one cut left, and what was claimed before the run that it ended. */
type Remains = { readonly cut: Cut; readonly life: CutLife; readonly known: ReadonlySet<number> }

async function cutPowers(options: PowerCutOptions): Promise<GateResult> {
	const { folder, powerCuts, seed } = options
	const content = join(folder, 'content', 'tree')
	const files = writeContentTree(content, {
		...{ fileCount: 30, totalBytes: contentBytes, firstBytes },
		seed: 'power cuts',
	})
	const torrentFile = join(folder, 'tree.torrent')
	makeTorrentFile({ path: torrentFile, contentPath: content, pieceBytes: pieceSize, files })
	const port = await freePort()
	const peer = await startSeed({ ...options, torrentFile, contentDir: join(folder, 'content'), port })
	const tally = createTally()
	const field: Field = {
		...{ options, torrentFile, tally, peer: `127.0.0.1:${port}` },
		subject: readSubject(torrentFile),
		random: createRandom(seed),
	}
	const memory = join(folder, 'memory')
	await prepareMemory(memory)
	const timer = setInterval(() => console.log(`${tally.cuts} of ${powerCuts} power cuts`), 30_000)
	try {
		await Promise.all([...Array(lanes).keys()].map(lane => runLane(field, join(memory, `lane-${lane}`))))
	} finally {
		clearInterval(timer)
		await peer.stop()
	}
	return conclude(tally)
}

function createTally(): Tally {
	return {
		planned: 0,
		cuts: 0,
		cutsInSave: 0,
		chained: 0,
		claims: 0,
		falseClaims: 0,
		damaged: 0,
		fetchedAgain: 0,
		mostLostBytes: 0,
		longestLostMs: 0,
		failures: [],
	}
}

async function runLane(field: Field, folder: string): Promise<void> {
	const { options, tally, random } = field
	const disk = await CutDisk.create(folder)
	let last: Remains | undefined
	while (tally.planned < options.powerCuts && tally.failures.length === 0) {
		const count = Math.min(options.powerCuts - tally.planned, cutsALife)
		tally.planned += count
		// Every other life goes on with what a cut left instead of an empty disk.
		const before = randomBelow(random, 2) === 0 ? last : undefined
		if (before !== undefined) tally.chained += 1
		await disk.insert(before?.cut)
		const known = before === undefined ? new Set<number>() : durableIn(field.subject, disk.root)
		const life = await liveUntilCut(
			{ ...downloadOn(field, disk.root), bytesPerSecond },
			{ disk, count, random },
		)
		tally.planned += life.cuts.length - count
		if (last !== undefined) disk.drop(last.cut)
		last = undefined
		for (const cut of life.cuts) {
			await audit(field, disk, { cut, life, known })
			if (last !== undefined) disk.drop(last.cut)
			last = { cut, life, known }
		}
	}
}

function downloadOn({ options, torrentFile, peer }: Field, root: string): Download {
	return { cli: options.cli, torrentFile, peer, root }
}

function durableIn(subject: Subject, root: string): ReadonlySet<number> {
	return readClaims(join(root, 'state'), subject).durable
}

async function audit(field: Field, disk: CutDisk, remains: Remains): Promise<void> {
	const { tally, subject } = field
	const pieces = [...Array(subject.metainfo.geometry.pieceCount).keys()]
	await disk.look(remains.cut, async root => {
		const data = join(root, 'data')
		const durable = auditClaims(field, root, remains)
		const fetched = await complete(downloadOn(field, root))
		tally.fetchedAgain += [...durable].filter(piece => fetched.has(piece)).length
		if (falseAmong(pieces, subject, data).length > 0) tally.failures.push('a complete download is wrong')
	})
	tally.cuts += 1
}

/** Looks at the state that a cut left and returns the pieces that it claims. */
function auditClaims({ tally, subject }: Field, root: string, { cut, life, known }: Remains) {
	const [data, state] = [join(root, 'data'), join(root, 'state')]
	if (existsSync(state) && readdirSync(state).some(name => name.endsWith('.tmp'))) tally.cutsInSave += 1
	const { durable, inDoubt, damaged } = readClaims(state, subject)
	tally.damaged += damaged
	tally.claims += durable.size
	tally.falseClaims += falseAmong(durable, subject, data).length
	const gone = [...known].filter(piece => !durable.has(piece))
	if (gone.length > 0) tally.failures.push(`${gone.length} pieces are not claimed any more`)
	const doubtful = new Set(falseAmong(inDoubt, subject, data))
	let lostBytes = 0
	for (const [piece, verifiedAt] of life.verifiedAt) {
		const isKept = durable.has(piece) || (inDoubt.has(piece) && !doubtful.has(piece))
		if (isKept || verifiedAt > cut.at) continue
		lostBytes += pieceSize
		tally.longestLostMs = Math.max(tally.longestLostMs, cut.at - verifiedAt)
	}
	tally.mostLostBytes = Math.max(tally.mostLostBytes, lostBytes)
	return durable
}

function conclude(tally: Tally): GateResult {
	const lost = `${(tally.mostLostBytes / 2 ** 20).toFixed(1)} MiB`
	const figures = [
		`${tally.cuts} power cuts (${tally.cutsInSave} with a state half written), ${tally.chained} downloads went on with what one left; after each the download was ended and compared`,
		`${tally.claims} claims hashed: ${tally.falseClaims} false; ${tally.damaged} states unreadable; ${tally.fetchedAgain} claimed pieces fetched again`,
		`at most ${lost} lost, verified at most ${(tally.longestLostMs / 1000).toFixed(1)} s before the cut (limit ${lossLimitMs / 1000} s)`,
		...tally.failures,
	]
	const isRight = tally.falseClaims === 0 && tally.damaged === 0 && tally.fetchedAgain === 0
	const isInTime = tally.longestLostMs <= lossLimitMs
	// Cuts that hit nothing prove nothing.
	return { ok: isRight && isInTime && tally.claims > 0 && tally.failures.length === 0, figures }
}

console.log(JSON.stringify(await cutPowers(optionsOfSpace())))
