// Threats S2, S3, S8 and H7 on real sockets: the machine sleeps, its network goes away in the middle of a
// download, is not there at the start, or comes back under another address, and the program is stopped meanwhile.
// All scenes run side by side, each with a seed, trackers and a network of its own.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createNodeClock, createNodeEnvironment } from '../../source/engine/node-environment.ts'
import { startPracticeTracker } from '../../source/practice/tracker.ts'
import { makeTorrent } from '../helpers/make-torrent.ts'
import { ClientProcess, freePort } from '../interop/clients/client-process.ts'
import { createNetSpace, type NetSpace } from './net-space.ts'
import type { GateOptions, GateResult, GateStep } from './step.ts'

const contentBytes = 16 << 20
const bytesPerSecond = 1 << 20
const awayMs = 20_000
/** Longer than a silent peer is kept (140 s); in a quick run just longer than what counts as standing still. */
const asleepMs = { thorough: 150_000, quick: 40_000 }
/** Trackers are to be asked again within ten seconds (H7); TCP itself tries again after 25 s at the latest. */
const askedWithinMs = 10_000
const flowsWithinMs = 15_000
const goneWithinMs = 5000
/** Silence, a look, and a dial. */
const noticedWithinMs = 30_000

export const hostTroubleStep: GateStep = {
	name: 'host-trouble',
	mostlyWaits: true,
	run: runHostTrouble,
}

type Line = { readonly type: string; readonly completedBytes?: number; readonly [field: string]: unknown }

type Scene = {
	readonly space: NetSpace
	/** The program under test; starts when asked for. */
	readonly start: () => ClientProcess
	readonly lines: Line[]
	/** Events of its announces so far. */
	readonly announces: string[]
	readonly isRight: () => boolean
	/** In ms. */
	readonly asleepFor: number
}

/** What was measured; throws what went wrong. */
type Play = (scene: Scene) => Promise<string>

const plays: Readonly<Record<string, Play>> = {
	cableOut,
	noNetworkAtFirst,
	stopWithoutNetwork,
	asleep,
	moved,
}

async function runHostTrouble(options: GateOptions): Promise<GateResult> {
	try {
		createNetSpace().remove()
	} catch (error) {
		const figure = `no network namespaces here: ${error instanceof Error ? error.message : String(error)}`
		return { ok: false, skipped: true, figures: [figure] }
	}
	const played = await Promise.all(
		Object.entries(plays).map(async ([name, play]) => {
			try {
				return { ok: true, figure: `${name}: ${await onStage(name, play, options)}` }
			} catch (error) {
				return {
					ok: false,
					figure: `${name} FAILED: ${error instanceof Error ? error.message : String(error)}`,
				}
			}
		}),
	)
	return { ok: played.every(({ ok }) => ok), figures: played.map(({ figure }) => figure) }
}

async function onStage(name: string, play: Play, options: GateOptions): Promise<string> {
	const { folder, cli, seed, faultStride } = options
	const own = join(folder, name)
	mkdirSync(join(own, 'seed'), { recursive: true })
	const space = createNetSpace()
	const announces: string[] = []
	const tracker = await startPracticeTracker({
		clock: createNodeClock(1),
		random: createNodeEnvironment().random,
		host: space.outside,
		intervalS: 1800,
		minIntervalS: 300,
		onAnnounce: ({ event }) => announces.push(event),
	})
	const torrent = makeTorrent({
		name: 'content.bin',
		bytes: contentBytes,
		pieceLength: 64 << 10,
		announceList: [[tracker.httpUrl], [tracker.udpUrl]],
		seed,
	})
	const file = join(own, 'content.torrent')
	writeFileSync(file, torrent.bytes)
	writeFileSync(join(own, 'seed', 'content.bin'), torrent.content)
	const argumentsFor = (place: string, port: number) => [
		...[cli, file, '--json', '--dir', join(own, place), '--state-dir', join(own, `${place}-state`)],
		...['--port', `${port}`],
	]
	const running: ClientProcess[] = []
	const lines: Line[] = []
	try {
		const other = new ClientProcess({
			name: `${name}: seed`,
			command: process.execPath,
			args: [...argumentsFor('seed', await freePort()), '--seed', '--bind', space.outside],
		})
		running.push(other)
		await other.waitFor('its announces', () => (announces.length >= 2 ? true : undefined), 20_000)
		announces.length = 0
		const port = await freePort()
		const start = () => {
			const client = new ClientProcess({
				name,
				wrapper: space.wrapper,
				command: process.execPath,
				args: [...argumentsFor('data', port), '--max-down', `${bytesPerSecond}`],
				onLine: line => lines.push(JSON.parse(line) as Line),
				isNoise: line => line.includes('pieceVerified'),
			})
			running.push(client)
			return client
		}
		const isRight = () => readFileSync(join(own, 'data', 'content.bin')).equals(torrent.content)
		const asleepFor = faultStride === 1 ? asleepMs.thorough : asleepMs.quick
		return await play({ space, start, lines, announces, isRight, asleepFor })
	} finally {
		await Promise.all(running.map(client => client.stop('SIGKILL')))
		await tracker.close()
		space.remove()
	}
}

/** S3: twenty seconds without a network in the middle of a download. */
async function cableOut({ space, start, lines, isRight }: Scene): Promise<string> {
	const client = start()
	await client.waitFor('a third of the content', () => has(lines, contentBytes / 3), 30_000)
	space.setLink('down')
	await delay(awayMs)
	const before = bytesOf(lines)
	space.setLink('up')
	const upAt = performance.now()
	await client.waitFor('blocks again', () => has(lines, before + 1), flowsWithinMs)
	const flowsIn = performance.now() - upAt
	await endsWhole(client, lines, isRight)
	return `blocks again ${seconds(flowsIn)} after the cable was in`
}

/** H7: trackers and peers are unreachable at the start. */
async function noNetworkAtFirst({ space, start, lines, announces, isRight }: Scene): Promise<string> {
	space.setLink('down')
	const client = start()
	await client.waitFor('failures', () => count(lines, 'trackerFailed') >= 2 || undefined, 20_000)
	await delay(awayMs)
	space.setLink('up')
	const upAt = performance.now()
	await client.waitFor('announces', () => (announces.length >= 2 ? true : undefined), askedWithinMs)
	const askedIn = performance.now() - upAt
	await client.waitFor('blocks', () => has(lines, 1), flowsWithinMs)
	await endsWhole(client, lines, isRight)
	return `both trackers asked ${seconds(askedIn)} after the cable was in`
}

/** S8: told to stop while nobody can be told. */
async function stopWithoutNetwork({ space, start, lines }: Scene): Promise<string> {
	const client = start()
	await client.waitFor('some content', () => has(lines, contentBytes / 8), 30_000)
	space.setLink('down')
	await delay(1000)
	const askedAt = performance.now()
	const { code } = await client.stop('SIGTERM')
	const tookMs = performance.now() - askedAt
	const result = lines.at(-1)
	if (code !== 143 || tookMs > goneWithinMs || result?.['stopped'] !== true)
		throw client.failure(`gone after ${seconds(tookMs)} with code ${code}`)
	return `gone ${seconds(tookMs)} after SIGTERM`
}

/** S2: the process stands still, and with it all that it hears. */
async function asleep({ start, lines, isRight, asleepFor }: Scene): Promise<string> {
	const client = start()
	await client.waitFor('a third of the content', () => has(lines, contentBytes / 3), 30_000)
	client.signal('SIGSTOP')
	await delay(asleepFor)
	const before = { bytes: bytesOf(lines), lines: lines.length }
	client.signal('SIGCONT')
	const awakeAt = performance.now()
	await client.waitFor('blocks again', () => has(lines, before.bytes + 1), flowsWithinMs)
	const flowsIn = performance.now() - awakeAt
	// Who gave us up meanwhile may do so; we have no reason to drop anybody.
	const theirs: unknown[] = ['remote-closed', 'connection-failed']
	const isUnfair = (line: Line) =>
		line.type === 'peerBanned' || (line.type === 'peerDropped' && !theirs.includes(line['reason']))
	const unfair = lines.slice(before.lines).find(isUnfair)
	if (unfair !== undefined) throw client.failure(`somebody paid for it: ${JSON.stringify(unfair)}`)
	await endsWhole(client, lines, isRight)
	return `blocks again ${seconds(flowsIn)} after SIGCONT`
}

/**
 * S3: the machine gets another address; what was connected from the former one is dead. When the seed takes us
 * again is its own affair: to it we are still there.
 */
async function moved({ space, start, lines }: Scene): Promise<string> {
	const client = start()
	await client.waitFor('a third of the content', () => has(lines, contentBytes / 3), 30_000)
	const before = count(lines, 'peerConnected')
	space.readdress()
	const movedAt = performance.now()
	const isAgain = () => (count(lines, 'peerConnected') > before ? true : undefined)
	await client.waitFor('a new connection', isAgain, noticedWithinMs)
	const againIn = performance.now() - movedAt
	if (!lines.some(line => line.type === 'peerDropped' && line['error'] === 'EADDRNOTAVAIL'))
		throw client.failure('the dead connection was not told from others')
	return `connected anew ${seconds(againIn)} after the address changed`
}

async function endsWhole(
	client: ClientProcess,
	lines: readonly Line[],
	isRight: () => boolean,
): Promise<void> {
	await client.waitFor('the result', () => lines.find(({ type }) => type === 'result'), 60_000)
	const { code } = await client.ended
	if (code !== 0) throw client.failure(`ended with code ${code}`)
	if (!isRight()) throw client.failure('ended with wrong data')
}

function bytesOf(lines: readonly Line[]): number {
	return lines.findLast(({ type }) => type === 'progress')?.completedBytes ?? 0
}

function has(lines: readonly Line[], bytes: number): true | undefined {
	return bytesOf(lines) >= bytes ? true : undefined
}

function count(lines: readonly Line[], type: string): number {
	return lines.filter(line => line.type === type).length
}

function seconds(ms: number): string {
	return `${(ms / 1000).toFixed(1)} s`
}
