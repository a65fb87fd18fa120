// What a leecher of the practice swarm asks for: one piece at a time from each peer, drawn by chance. Nothing is
// kept: what a block must be is known, so a block is compared and forgotten.
import { type Bitfield, hasPiece, setPiece } from '../protocol/bitfield.ts'
import { equalBytes } from '../protocol/bytes.ts'
import { pieceBytes } from '../protocol/geometry.ts'
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

/** A piece that is being fetched over one wire. */
type Job = { readonly wire: ScriptedWire; nextOffset: number; missing: number }

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
		job.missing -= block.length
		if (job.missing > 0) return 'block'
		this.#jobs.delete(block.piece)
		setPiece(this.#options.have, block.piece)
		return 'piece'
	}

	/** Nothing is expected of this wire any more; begun pieces are begun anew. */
	giveUp(wire: ScriptedWire): void {
		wire.asked.clear()
		for (const [piece, job] of this.#jobs) if (job.wire === wire) this.#jobs.delete(piece)
	}

	#askOf(wire: ScriptedWire): number | undefined {
		const { session } = wire
		if (session === undefined || session.peerChoking || !session.amInterested) return undefined
		if (wire.asked.size >= requestsAWire) return undefined
		const { geometry } = this.#options.payload
		const piece = this.#begunPiece(wire) ?? this.#freshPiece(wire)
		const job = piece === undefined ? undefined : this.#jobs.get(piece)
		if (piece === undefined || job === undefined) return undefined
		const length = Math.min(blockBytes, pieceBytes(geometry, piece) - job.nextOffset)
		const block = { piece, offset: job.nextOffset, length }
		job.nextOffset += length
		wire.asked.set(wire.numberOf(block), block)
		wire.send({ type: 'request', ...block })
		return length
	}

	#begunPiece(wire: ScriptedWire): number | undefined {
		for (const [piece, job] of this.#jobs) {
			if (job.wire === wire && job.nextOffset < pieceBytes(this.#options.payload.geometry, piece))
				return piece
		}
		return undefined
	}

	#freshPiece(wire: ScriptedWire): number | undefined {
		const { have, payload, random } = this.#options
		const theirs = wire.session?.peerHave
		if (theirs === undefined) return undefined
		const choices: number[] = []
		for (let piece = 0; piece < have.size; piece += 1) {
			if (hasPiece(theirs, piece) && !hasPiece(have, piece) && !this.#jobs.has(piece)) choices.push(piece)
		}
		const piece = choices[randomBelow(random, choices.length)]
		if (piece === undefined) return undefined
		this.#jobs.set(piece, { wire, nextOffset: 0, missing: pieceBytes(payload.geometry, piece) })
		return piece
	}
}
