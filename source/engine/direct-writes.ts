// Writes past the system's page cache. What nobody will read soon need not be copied into memory of the system,
// which costs CPU (on a virtual machine that lends free memory to its host up to four times the usual) and drives
// out what others use. The disk has to be quick: a slow one is better hidden by the cache, which gathers and
// orders writes. So the cache is used again for a while when every other direct write is slow, and for good
// where the file system knows no direct writes.
import { isAligned } from './aligned-memory.ts'
import type { DiskMode } from './disk-mode.ts'
import type { Clock, FileHandle } from './environment.ts'
import { errorCode } from './world-failure.ts'

const slowMs = 20
const watchedWrites = 8
const slowWrites = 4
const leastRest = 64
const mostRest = 4096
const refusals: readonly string[] = ['EINVAL', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'EPERM']

export class DirectWrites {
	readonly #clock: Clock
	readonly #mode: Pick<DiskMode, 'syncing'>
	#refused = false
	/** Of the last writes, newest first, a bit each: 1 where it was slow. */
	#slowness = 0
	/** Writes through the cache before the disk is tried again. */
	#rest = 0
	#nextRest = leastRest

	constructor(clock: Clock, mode: Pick<DiskMode, 'syncing'>) {
		this.#clock = clock
		this.#mode = mode
	}

	/**
	 * How many bytes of `parts`, from the first, are on the disk now, one after the other; the others are to be
	 * written as usual. Rejects with the system's errors.
	 */
	async write(handle: FileHandle, parts: readonly Uint8Array[], position: number): Promise<number> {
		const { writeDirect } = handle
		if (this.#refused || writeDirect === undefined) return 0
		if (!isAligned(parts, position)) return 0
		if (this.#rest > 0) {
			this.#rest -= 1
			return 0
		}
		const startedAt = this.#waitedMs()
		const isWitness = this.#isWitness()
		try {
			return await writeDirect(parts, position)
		} catch (error) {
			if (!refusals.includes(errorCode(error))) throw error
			this.#refused = true
			return 0
		} finally {
			if (isWitness && this.#isWitness()) this.#learn(this.#waitedMs() - startedAt)
		}
	}

	/** A loop that is busy sees the end of a write late, and did not wait for the disk: only its idle time counts. */
	#waitedMs(): number {
		return this.#clock.idleMs?.() ?? this.#clock.now() / this.#clock.speed
	}

	/** While files are synced a slow write says nothing of the disk. */
	#isWitness(): boolean {
		return !this.#mode.syncing
	}

	#learn(elapsedMs: number): void {
		this.#slowness = ((this.#slowness << 1) | (elapsedMs > slowMs ? 1 : 0)) & ((1 << watchedWrites) - 1)
		if (countBits(this.#slowness) < slowWrites) return
		this.#slowness = 0
		this.#rest = this.#nextRest
		this.#nextRest = Math.min(this.#nextRest * 4, mostRest)
	}
}

function countBits(bits: number): number {
	let count = 0
	for (let left = bits; left !== 0; left &= left - 1) count += 1
	return count
}
