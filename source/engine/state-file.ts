// The files in the state folder that belong to one torrent: two generations of its state, written in turn so
// that the older one is whole whatever happens to the newer, and the .torrent file they are about.
import { toHex } from '../protocol/bytes.ts'
import { outcomeOf } from './disk-errors.ts'
import type { Hasher, Outcome, Storage } from './environment.ts'
import { makeDirectories } from './file-places.ts'
import { decodeResumeState, encodeResumeState, type ResumeShape, type ResumeState } from './resume-codec.ts'

export type StateFileOptions = {
	readonly storage: Storage
	readonly hasher: Hasher
	readonly stateDirectory: string
	readonly shape: ResumeShape
}

export type FoundState = {
	/** The newest generation that is whole. */
	readonly state: ResumeState | undefined
	/** How many generations are there and cannot be used. */
	readonly damaged: number
}

const stateLimitBytes = 64 << 20

/** Absolute path of a file in the state folder: the part file, the lock, a generation. */
export function statePath(stateDirectory: string, infoHash: Uint8Array, suffix: string): string {
	return `${stateDirectory}/${toHex(infoHash)}.${suffix}`
}

export class StateFile {
	readonly #options: StateFileOptions
	#generation = 0
	#torrentIsKept = false

	constructor(options: StateFileOptions) {
		this.#options = options
	}

	/** Never rejects: a file that cannot be read counts as damaged. Takes away what a killed run left half-done. */
	async load(): Promise<FoundState> {
		await outcomeOf(() => this.#removeTemporaries())
		const found = await Promise.all([this.#read(0), this.#read(1)])
		let newest: ResumeState | undefined
		let damaged = 0
		for (const state of found) {
			if (state === 'damaged') damaged += 1
			else if (state !== undefined && state.generation > (newest?.generation ?? -1)) newest = state
		}
		this.#generation = newest?.generation ?? 0
		return { state: newest, damaged }
	}

	/** Replaces the older generation. A failure leaves both as they were. */
	async save(state: Omit<ResumeState, 'generation'>, torrent: Uint8Array): Promise<Outcome<undefined>> {
		const { storage, hasher, stateDirectory } = this.#options
		return await outcomeOf<undefined>(async () => {
			if (!this.#torrentIsKept) {
				await makeDirectories(storage, stateDirectory, 'private')
				await this.#keepTorrent(torrent)
				this.#torrentIsKept = true
			}
			const generation = this.#generation + 1
			await storage.replaceFile(
				this.#path(generation % 2),
				encodeResumeState({ ...state, generation }, hasher),
			)
			this.#generation = generation
			return undefined
		})
	}

	async #read(slot: number): Promise<ResumeState | 'damaged' | undefined> {
		const { storage, hasher, shape } = this.#options
		const read = await outcomeOf(() => storage.readFile(this.#path(slot), stateLimitBytes))
		if (!read.ok) return 'damaged'
		if (read.value === undefined) return undefined
		return decodeResumeState(read.value, shape, hasher) ?? 'damaged'
	}

	async #keepTorrent(torrent: Uint8Array): Promise<void> {
		const { storage, stateDirectory, shape } = this.#options
		const path = statePath(stateDirectory, shape.infoHash, 'torrent')
		if ((await storage.stat(path))?.sizeBytes !== torrent.length) await storage.replaceFile(path, torrent)
	}

	async #removeTemporaries(): Promise<void> {
		const { storage, stateDirectory, shape } = this.#options
		const start = `${toHex(shape.infoHash)}.`
		for (const name of await storage.list(stateDirectory)) {
			if (name.startsWith(start) && name.endsWith('.tmp')) await storage.unlink(`${stateDirectory}/${name}`)
		}
	}

	#path(slot: number): string {
		return statePath(this.#options.stateDirectory, this.#options.shape.infoHash, `state.${slot}`)
	}
}
