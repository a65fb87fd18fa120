// One torrent on a disk in memory, engines that download it one after the other, and what must hold of what they
// leave behind. Violations are thrown.
import type { TorrentOptions, Update } from '../../source/engine/api.ts'
import { type RunningEngine, startEngine } from '../../source/engine/engine.ts'
import { createNodeHasher } from '../../source/engine/node-hasher.ts'
import { decodeResumeState } from '../../source/engine/resume-codec.ts'
import { MemoryStorage } from '../../source/practice/memory-storage.ts'
import { forEachPiece } from '../../source/protocol/bitfield.ts'
import { equalBytes, toHex } from '../../source/protocol/bytes.ts'
import { type BlockFields, blockBytes, type Message } from '../../source/protocol/message.ts'
import type { TorrentEvent } from '../../source/torrent/boundary.ts'
import { type BytePeer, connectBytePeer } from './byte-peer.ts'
import { type MadeTorrent, makeTorrent, type TorrentRecipe } from './make-torrent.ts'
import { MemoryEnvironment } from './memory-environment.ts'
import { settle } from './torrent-disk.ts'

export type FaultCase = {
	readonly recipe: TorrentRecipe
	/** Indexes of the files that are wanted. */
	readonly only?: readonly number[]
	/** A run that was killed left one piece that it had saved and one that it had only written. */
	readonly wasKilled: boolean
}

const directory = '/save'
const stateDirectory = '/state'
const mostRounds = 20_000
const made = new Map<FaultCase, MadeTorrent>()

export type Run = {
	readonly world: MemoryEnvironment
	readonly engine: RunningEngine
	readonly updates: Update[]
	seed: BytePeer | undefined
	leecher: BytePeer | undefined
	/** Blocks that were asked for. */
	asked: number
	/** The seed brings no more than so many. */
	mayBring: number
	readonly waiting: BlockFields[]
	/** Most blocks that were asked for at a time. */
	window: number
}

export class FaultScene {
	readonly torrent: MadeTorrent
	readonly storage = new MemoryStorage()
	readonly #given: FaultCase
	readonly #hex: string

	constructor(given: FaultCase) {
		this.#given = given
		this.torrent = made.get(given) ?? makeTorrent({ name: 'made', ...given.recipe })
		made.set(given, this.torrent)
		this.#hex = toHex(this.torrent.infoHash)
	}

	/** The disk as a run before left it that was killed. */
	async prepare(): Promise<void> {
		this.storage.put(`${directory}/.keep`, new Uint8Array())
		if (!this.#given.wasKilled) return
		const run = await this.start()
		run.mayBring = 1
		await this.run(run, () => this.#verified(run) === 1)
		await this.pass(run, 5)
		run.mayBring = 1
		await this.run(run, () => this.#verified(run) === 2)
		await this.kill()
	}

	async start(): Promise<Run> {
		const world = new MemoryEnvironment(this.storage)
		const updates: Update[] = []
		const engine = startEngine(this.#options(), world, update => updates.push(update))
		const run: Run = {
			world,
			engine,
			updates,
			seed: undefined,
			leecher: undefined,
			...{ asked: 0, mayBring: Number.POSITIVE_INFINITY, waiting: [], window: 0 },
		}
		await settle()
		return run
	}

	/** What it had open stays so; nobody holds its lock any more. */
	async kill(): Promise<void> {
		await settle()
		await this.storage.unlink(`${stateDirectory}/${this.#hex}.lock`)
	}

	has(run: Run, type: Update['type']): boolean {
		return run.updates.some(update => update.type === type)
	}

	isOver(run: Run): boolean {
		return this.has(run, 'refused') || this.#state(run) === 'seeding'
	}

	isStopped(run: Run): boolean {
		return this.#state(run) === 'diskStopped'
	}

	/** Lets the engine go on until something is so. */
	async run(run: Run, isSo: () => boolean): Promise<void> {
		for (let round = 0; !isSo(); round += 1) {
			if (round > mostRounds) throw new Error(`it does not go on: ${describe(run.updates)}`)
			await this.#round(run, 20)
		}
	}

	async pass(run: Run, seconds: number): Promise<void> {
		for (let half = 0; half < 2 * seconds; half += 1) await this.#round(run, 500)
	}

	/** With nothing that fails any more: all is downloaded, and the engine ends. */
	async finish(run: Run): Promise<void> {
		await this.run(run, () => {
			if (this.has(run, 'refused')) throw new Error(`refused: ${describe(run.updates)}`)
			if (this.isStopped(run)) run.engine.command({ type: 'retryDisk' })
			return this.#state(run) === 'seeding'
		})
		await this.pass(run, 1)
		await this.stop(run)
	}

	async stop(run: Run): Promise<void> {
		run.engine.command({ type: 'stop' })
		await this.run(run, () => this.has(run, 'stopped') || this.has(run, 'refused'))
		if (run.world.clock.waiting > 0) throw new Error(`${run.world.clock.waiting} timers are left`)
	}

	/** A new run fetches nothing, and needs no word from anybody. */
	async expectNothingMissing(): Promise<void> {
		const run = await this.start()
		await this.finish(run)
		if (run.asked > 0) throw new Error(`${run.asked} blocks were fetched again`)
	}

	/** Every piece that a state calls durable is on disk. */
	expectTrueClaims(): void {
		const { pieceCount, infoHash } = this.torrent
		const shape = { infoHash, pieceCount, fileCount: (this.#given.recipe.files?.length ?? 1) + 1 }
		for (const slot of [0, 1]) {
			const bytes = this.storage.get(`${stateDirectory}/${this.#hex}.state.${slot}`)
			if (bytes === undefined) continue
			const state = decodeResumeState(bytes, shape, createNodeHasher())
			if (state === undefined) throw new Error(`generation ${slot} is damaged`)
			forEachPiece(state.durable, piece => {
				if (!this.#isOnDisk(piece)) throw new Error(`piece ${piece} is claimed and not there`)
			})
		}
	}

	/** As far as it lies in chosen files. */
	#isOnDisk(piece: number): boolean {
		const { pieceLength } = this.torrent
		const [start, end] = [piece * pieceLength, (piece + 1) * pieceLength]
		return this.#wantedFiles().every(({ path, from, bytes }) => {
			const part = bytes.subarray(Math.max(0, start - from), Math.max(0, end - from))
			const at = Math.max(0, start - from)
			const found = this.storage.get(path)?.subarray(at, at + part.length)
			return part.length === 0 || (found !== undefined && equalBytes(found, part))
		})
	}

	/** Every chosen file is there, whole and right, or every one that is not empty: those may come ten minutes later. */
	expectContent(of: 'all' | 'filled'): void {
		for (const { path, bytes } of this.#wantedFiles()) {
			if (of === 'filled' && bytes.length === 0) continue
			const found = this.storage.get(path)
			if (found === undefined || !equalBytes(found, bytes))
				throw new Error(`${path} is ${found === undefined ? 'missing' : 'wrong'}`)
		}
	}

	async #round(run: Run, ms: number): Promise<void> {
		await settle()
		if (run.world.listeners.size > 0) {
			this.#feed(run)
			this.#ask(run)
		}
		run.world.clock.advance(ms)
	}

	/** A seed that is there whenever something is missing. */
	#feed(run: Run): void {
		if (this.#state(run) !== 'downloading') return
		if (run.seed === undefined || run.seed.connection.destroyed) {
			run.seed = connectBytePeer(run.world, this.torrent)
			run.waiting.length = 0
			run.seed.say({ type: 'haveAll' }, { type: 'unchoke' })
		}
		const asked = run.seed.hear().filter(message => message.type === 'request')
		run.asked += asked.length
		run.waiting.push(...asked)
		run.window = Math.max(run.window, run.waiting.length)
		const now = run.waiting.splice(0, run.mayBring)
		run.mayBring -= now.length
		run.seed.bring(...now)
	}

	/** Somebody who wants all that we have, and gets it right or not at all. */
	#ask(run: Run): void {
		if (run.leecher?.connection.destroyed === true || this.#state(run) !== 'seeding') return
		if (run.leecher === undefined) {
			run.leecher = connectBytePeer(run.world, this.torrent)
			run.leecher.say({ type: 'haveNone' }, { type: 'interested' })
		}
		for (const message of run.leecher.hear()) {
			if (message.type === 'unchoke') run.leecher.say(...this.#firstBlocks())
			if (message.type !== 'piece') continue
			const start = message.piece * this.torrent.pieceLength + message.offset
			const right = this.torrent.content.subarray(start, start + message.length)
			if (message.payload === undefined || !equalBytes(message.payload, right))
				throw new Error(`wrong bytes of piece ${message.piece} were sent`)
		}
	}

	#firstBlocks(): Message[] {
		const { content, pieceLength, pieceCount } = this.torrent
		return [...Array(pieceCount).keys()].map(piece => ({
			...{ type: 'request', piece, offset: 0 },
			length: Math.min(blockBytes, content.length - piece * pieceLength),
		}))
	}

	#verified({ updates }: Run): number {
		return eventsOf(updates).filter(({ type }) => type === 'pieceVerified').length
	}

	#state({ updates }: Run): string | undefined {
		return eventsOf(updates)
			.flatMap(event => (event.type === 'stateChanged' ? [event.state] : []))
			.at(-1)
	}

	#wantedFiles(): { readonly path: string; readonly from: number; readonly bytes: Uint8Array }[] {
		const { recipe, only } = this.#given
		const { content } = this.torrent
		if (recipe.files === undefined) return [{ path: `${directory}/made`, from: 0, bytes: content }]
		let end = 0
		return recipe.files.flatMap(({ path, content: length }, index) => {
			const from = end
			end += Number(length)
			if (only?.includes(index) === false) return []
			const place = [directory, 'made', path].flat().join('/')
			return [{ path: place, from, bytes: content.subarray(from, end) }]
		})
	}

	#options(): TorrentOptions {
		return {
			torrent: this.torrent.bytes,
			...{ directory, stateDirectory },
			port: 6881,
			portIsFixed: false,
			bind: undefined,
			peers: [],
			seed: true,
			maxPeers: 50,
			maxDownBytesPerSecond: undefined,
			maxUpBytesPerSecond: undefined,
			only: this.#given.only,
			sequential: false,
			recheck: false,
			announceAll: false,
			randomSeed: 1,
			clockSpeed: 1,
			minimumIntervalS: undefined,
		}
	}
}

function eventsOf(updates: readonly Update[]): TorrentEvent[] {
	return updates.flatMap(update => (update.type === 'events' ? update.events.map(({ event }) => event) : []))
}

/** What it said last. */
function describe(updates: readonly Update[]): string {
	const said = updates.flatMap((update): readonly unknown[] =>
		update.type === 'events'
			? update.events.flatMap(({ event }) => (event.type === 'pieceVerified' ? [] : [event]))
			: [update],
	)
	return JSON.stringify(said.slice(-4))
}
