// An engine in this process on the disk and the network of this machine, with waits for its events.
import { mkdirSync, readFileSync } from 'node:fs'
import type { Command, Engine, Update } from '../../source/engine/api.ts'
import { startInlineEngine } from '../../source/engine/inline.ts'
import type { TorrentEvent } from '../../source/torrent/boundary.ts'

export type EngineRunOptions = {
	readonly torrentFile: string
	/** Where a seed listens on loopback. */
	readonly port: number
	readonly data: string
	readonly state: string
	readonly bytesPerSecond: number
}

type EventOf<Type extends TorrentEvent['type']> = Extract<TorrentEvent, { readonly type: Type }>

const longestMs = 20_000

export class EngineRun {
	readonly #engine: Engine
	readonly #events: TorrentEvent[] = []
	#ending: Update | undefined
	#onNews: () => void = () => undefined

	constructor({ torrentFile, port, data, state, bytesPerSecond }: EngineRunOptions) {
		mkdirSync(state, { recursive: true })
		this.#engine = startInlineEngine({
			torrent: new Uint8Array(readFileSync(torrentFile)),
			...{ directory: data, stateDirectory: state, bind: '127.0.0.1', port: 0, portIsFixed: false },
			...{ peers: [{ host: '127.0.0.1', port }], seed: true, maxPeers: 50, only: undefined },
			...{ maxDownBytesPerSecond: bytesPerSecond, maxUpBytesPerSecond: undefined, sequential: false },
			...{ recheck: false, announceAll: false, randomSeed: 1, clockSpeed: 1, minimumIntervalS: undefined },
		})
		this.#engine.listen(update => {
			if (update.type === 'events') this.#events.push(...update.events.map(({ event }) => event))
			else if (update.type !== 'snapshot') this.#ending = update
			this.#onNews()
		})
	}

	send(command: Command): void {
		this.#engine.send(command)
	}

	/** The first such event that came or comes. Throws when the engine ends before, or it takes too long. */
	async event<Type extends TorrentEvent['type']>(
		type: Type,
		fits: (event: EventOf<Type>) => boolean = () => true,
	): Promise<EventOf<Type>> {
		const isIt = (event: TorrentEvent): event is EventOf<Type> =>
			event.type === type && fits(event as EventOf<Type>)
		await this.#until(type, () => this.#events.some(isIt))
		const found = this.#events.find(isIt)
		if (found === undefined) throw new Error(`no ${type} before the end: ${this.#tail()}`)
		return found
	}

	count(type: TorrentEvent['type']): number {
		return this.#events.filter(event => event.type === type).length
	}

	/** Bytes of blocks, as it said when it was complete; 0 where it never was downloading. */
	get downloadedBytes(): number {
		return this.#events.reduce(
			(sum, event) => (event.type === 'downloadCompleted' ? event.downloadedBytes : sum),
			0,
		)
	}

	async stop(): Promise<void> {
		this.send({ type: 'stop' })
		await this.#until('end', () => this.#ending !== undefined)
		this.expect(this.#ending?.type === 'stopped', 'did not end well')
	}

	expect(isSo: boolean, otherwise: string): void {
		if (!isSo) throw new Error(`${otherwise}: ${this.#tail()}`)
	}

	async #until(what: string, isSo: () => boolean): Promise<void> {
		await new Promise<void>((resolve, reject) => {
			const timer = setTimeout(() => reject(new Error(`no ${what} in time: ${this.#tail()}`)), longestMs)
			this.#onNews = () => {
				if (!isSo() && this.#ending === undefined) return
				clearTimeout(timer)
				resolve()
			}
			this.#onNews()
		})
	}

	#tail(): string {
		const said = this.#events.filter(({ type }) => type !== 'pieceVerified').slice(-5)
		return JSON.stringify([...said, ...(this.#ending === undefined ? [] : [this.#ending])])
	}
}
