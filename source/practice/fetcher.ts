// What a leecher of the practice swarm asks for: one piece at a time from each peer, the rarest by lot. Nothing is
// kept: what a block must be is known, so a block is compared and forgotten.
import { type Bitfield, hasPiece, setPiece } from '../protocol/bitfield.ts'
import { equalBytes } from '../protocol/bytes.ts'
import { blockCount, blockLength } from '../protocol/geometry.ts'
import { type BlockFields, blockBytes } from '../protocol/message.ts'
import { type RandomState, randomBelow } from '../torrent/random.ts'
import type { Payload } from './content.ts'
import type { ScriptedWire } from './scripted-wire.ts'

export type FetcherOptions = {
	readonly payload: Payload
	readonly have: Bitfield
	readonly wires: ReadonlySet<ScriptedWire>
	readonly random: RandomState
}

/** A piece that was begun; `wire` gives it, if anybody does at present. Offsets of its blocks, asked or received. */
type Job = { wire: ScriptedWire | undefined; readonly asked: Set<number>; readonly received: Set<number> }

const requestsAWire = 8

export class Fetcher {
	readonly #options: FetcherOptions
	readonly #jobs = new Map<number, Job>()
	readonly #expected = new Uint8Array(blockBytes)
	#turn = 0

	constructor(options: FetcherOptions) {
		this.#options = options
	}

	/** Asks for one block of somebody; its bytes, or undefined when nobody can be asked. */
	ask(): number | undefined {
		const wires = [...this.#options.wires]
		for (let step = 0; step < wires.length; step += 1) {
			this.#turn += 1
			const wire = wires[this.#turn % wires.length]
			const bytes = wire === undefined ? undefined : this.#askOf(wire)
			if (bytes !== undefined) return bytes
		}
		return undefined
	}

	/** Takes a block: `piece` when it was the last one of a piece, `lie` when its bytes are wrong. */
	take(wire: ScriptedWire, block: BlockFields, bytes: Uint8Array): 'block' | 'piece' | 'lie' {
		const expected = this.#expected.subarray(0, block.length)
		this.#options.payload.fill(block, expected)
		if (!equalBytes(bytes, expected)) return 'lie'
		const job = this.#jobs.get(block.piece)
		if (job?.wire !== wire) return 'block'
		job.received.add(block.offset)
		if (job.received.size < blockCount(this.#options.payload.geometry, block.piece)) return 'block'
		this.#jobs.delete(block.piece)
		setPiece(this.#options.have, block.piece)
		return 'piece'
	}

	/** Nothing is expected of this wire any more; others go on with what it began. */
	giveUp(wire: ScriptedWire): void {
		wire.asked.clear()
		for (const job of this.#jobs.values()) {
			if (job.wire !== wire) continue
			job.wire = undefined
			job.asked.clear()
		}
	}

	#askOf(wire: ScriptedWire): number | undefined {
		const { session } = wire
		if (session === undefined || session.peerChoking || !session.amInterested) return undefined
		if (wire.asked.size >= requestsAWire) return undefined
		const block = this.#nextOfBegun(wire) ?? this.#firstOfFresh(wire)
		if (block === undefined) return undefined
		wire.asked.set(wire.numberOf(block), block)
		wire.send({ type: 'request', ...block })
		return block.length
	}

	#nextOfBegun(wire: ScriptedWire): BlockFields | undefined {
		const theirs = wire.session?.peerHave
		for (const [piece, job] of this.#jobs) {
			const isIdle = job.wire === undefined && theirs !== undefined && hasPiece(theirs, piece)
			const block = job.wire === wire || isIdle ? this.#nextBlock(piece, job) : undefined
			if (block === undefined) continue
			job.wire = wire
			return block
		}
		return undefined
	}

	#firstOfFresh(wire: ScriptedWire): BlockFields | undefined {
		const { have, random } = this.#options
		const theirs = wire.session?.peerHave
		if (theirs === undefined) return undefined
		let choices: number[] = []
		let fewest = Number.POSITIVE_INFINITY
		for (let piece = 0; piece < have.size; piece += 1) {
			if (!hasPiece(theirs, piece) || hasPiece(have, piece) || this.#jobs.has(piece)) continue
			const copies = this.#copiesOf(piece)
			if (copies < fewest) choices = []
			fewest = Math.min(fewest, copies)
			if (copies === fewest) choices.push(piece)
		}
		const piece = choices[randomBelow(random, choices.length)]
		if (piece === undefined) return undefined
		const job: Job = { wire, asked: new Set(), received: new Set() }
		this.#jobs.set(piece, job)
		return this.#nextBlock(piece, job)
	}

	#copiesOf(piece: number): number {
		let copies = 0
		for (const { session } of this.#options.wires)
			if (session?.peerHave !== undefined && hasPiece(session.peerHave, piece)) copies += 1
		return copies
	}

	#nextBlock(piece: number, job: Job): BlockFields | undefined {
		const { geometry } = this.#options.payload
		for (let index = 0; index < blockCount(geometry, piece); index += 1) {
			const offset = index * blockBytes
			if (job.asked.has(offset) || job.received.has(offset)) continue
			job.asked.add(offset)
			return { piece, offset, length: blockLength(geometry, piece, index) }
		}
		return undefined
	}
}
