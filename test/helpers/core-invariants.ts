// Looks at a torrent's core after every input that it takes, and throws where something must never be.
import { geometryOf } from '../../source/torrent/content.ts'
import { invariant } from '../../source/protocol/errors.ts'
import { hasPiece } from '../../source/protocol/bitfield.ts'
import { blockBytes } from '../../source/protocol/message.ts'
import type { Effect, Input } from '../../source/torrent/boundary.ts'
import { uploadSlots } from '../../source/torrent/choker.ts'
import type { Core } from '../../source/torrent/core.ts'
import { inEndgame } from '../../source/torrent/endgame.ts'
import { maxHeldBytes } from '../../source/torrent/metadata-state.ts'
import { Torrent } from '../../source/torrent/torrent.ts'

export type CoreWatch = {
	inputs(): number
	/** The core that was looked at last. */
	core(): Core | undefined
	restore(): void
}

/** Watches every torrent from here on until `restore`. */
export function watchCore(): CoreWatch {
	// eslint-disable-next-line @typescript-eslint/unbound-method -- called with the torrent as `this`
	const original = Torrent.prototype.handle
	const proven = new WeakMap<Core, Set<number>>()
	let inputs = 0
	let core: Core | undefined
	Torrent.prototype.handle = function (input: Input, now: number): readonly Effect[] {
		const wasEndgame = this.core.picker !== undefined && inEndgame(this.core.picker)
		const effects = original.call(this, input, now)
		inputs += 1
		core = this.core
		const pieces = proven.get(core) ?? new Set()
		proven.set(core, pieces)
		checkClaims(core, input, pieces)
		checkUploads(core)
		checkCounts(core)
		checkMetadata(core)
		if (effects.some(isRequest)) checkRequests(core, effects, wasEndgame)
		return effects
	}
	return {
		inputs: () => inputs,
		core: () => core,
		restore: () => {
			Torrent.prototype.handle = original
		},
	}
}

/** What is held of metadata agrees with its sum, and stays in bounds. */
function checkMetadata({ metadata, content }: Core): void {
	let held = 0
	for (const { pieces } of [
		...metadata.copies,
		...(metadata.checking === undefined ? [] : [metadata.checking]),
	])
		for (const { bytes } of pieces.values()) held += bytes.length
	invariant(held === metadata.heldBytes && held <= maxHeldBytes, 'the metadata that is held is counted')
	invariant(content === undefined || held === 0, 'nothing is held once the content is known')
}

function isRequest(effect: Effect): boolean {
	return effect.type === 'SendMessages' && effect.messages.some(({ type }) => type === 'request')
}

/** A piece is claimed only after its hash matched and its bytes were written. */
function checkClaims({ picker }: Core, input: Input, proven: Set<number>): void {
	if (input.type === 'PieceHashed' && input.matches) proven.add(input.piece)
	if (picker === undefined || input.type !== 'PieceWritten') return
	invariant(proven.has(input.piece), `piece ${input.piece} was written without a matching hash`)
	for (let piece = 0; piece < picker.have.size; piece += 1) {
		invariant(!hasPiece(picker.have, piece) || proven.has(piece), `piece ${piece} is claimed unproven`)
	}
}

function checkUploads(core: Core): void {
	let unchoked = 0
	for (const { session } of core.peers.values()) {
		if (!session.amChoking && session.peerInterested) unchoked += 1
	}
	const slots = uploadSlots(core.upBucket.bytesPerSecond) + 1
	invariant(unchoked <= slots, `${unchoked} peers are unchoked, ${slots} may be`)
}

/** The picker's sums are what one would count. */
function checkCounts({ peers, picker, hashing, writing }: Core): void {
	if (picker === undefined) return
	let inFlight = 0
	for (const { pipeline } of peers.values()) inFlight += pipeline.requests.size
	invariant(
		inFlight === picker.inFlight,
		`${inFlight} requests in pipelines, ${picker.inFlight} in the picker`,
	)
	invariant(hashing >= 0 && writing >= 0, `hashing ${hashing}, writing ${writing}`)
	invariant(picker.open.size <= picker.maxOpenPieces, `${picker.open.size} pieces are open`)
}

function checkRequests(core: Core, effects: readonly Effect[], wasEndgame: boolean): void {
	const isEndgame = wasEndgame || (core.picker !== undefined && inEndgame(core.picker))
	const askedOf = new Map<number, number>()
	for (const { number, pipeline } of core.peers.values()) {
		for (const block of pipeline.requests.keys()) {
			const times = (askedOf.get(block) ?? 0) + 1
			askedOf.set(block, times)
			invariant(times <= 3, `block ${block} is asked of ${times} peers`)
			invariant(times === 1 || isEndgame || core.endgame, `block ${block} is asked twice before the end`)
			const piece = Math.floor((block * blockBytes) / geometryOf(core).pieceLength)
			invariant(
				core.picker === undefined || !hasPiece(core.picker.have, piece),
				`piece ${piece} is asked again`,
			)
		}
		const asksNow = effects.some(effect => isRequest(effect) && 'peer' in effect && effect.peer === number)
		invariant(
			!asksNow || pipeline.requests.size <= pipeline.window,
			`${pipeline.requests.size} requests in a window of ${pipeline.window}`,
		)
	}
	for (const effect of effects) {
		if (effect.type !== 'SendMessages') continue
		const peer = core.peers.get(effect.peer)
		for (const message of effect.messages) {
			if (message.type !== 'request' || peer === undefined) continue
			const { peerChoking, allowedFast } = peer.session
			invariant(
				!peerChoking || allowedFast.has(message.piece),
				`piece ${message.piece} is asked while choked`,
			)
		}
	}
}
