// The message stream of a peer: any split gives the same messages, nothing is read after its buffer went away,
// and no message moves the session out of its bounds.
import { concatBytes } from '../../../source/protocol/bytes.ts'
import { FrameDecoder } from '../../../source/protocol/frame-decoder.ts'
import type { Message } from '../../../source/protocol/message.ts'
import { createPeerSession, type PeerSession } from '../../../source/protocol/peer-session.ts'
import { receive } from '../../../source/protocol/receive-message.ts'
import { blockPayload, wireBytes } from '../../helpers/arbitrary-message.ts'
import { type Collected, frameCollector } from '../../helpers/frame-collector.ts'
import { Draw, splitBy } from '../draw.ts'
import { attempt, check, checkSame, type Target } from '../target.ts'

const pieceCount = 21
const block = { piece: 1, offset: 16_384, length: 300 }

export const framesTarget: Target = {
	name: 'frames',
	mutation: 'bytes',
	seeds: () => [
		stream(3, [
			{ type: 'bitfield', bits: Uint8Array.of(0xff, 0x0f, 0xf8) },
			{ type: 'extended', id: 0, payload: new TextEncoder().encode('d1:md11:ut_metadatai3eee') },
			{ type: 'unchoke' },
			{ type: 'interested' },
			{ type: 'piece', ...block },
			{ type: 'have', piece: 20 },
		]),
		stream(3, [
			{ type: 'haveAll' },
			{ type: 'allowedFast', piece: 4 },
			{ type: 'suggest', piece: 5 },
			{ type: 'reject', ...block },
			{ type: 'request', ...block },
			{ type: 'cancel', ...block },
			{ type: 'haveNone' },
		]),
		stream(0, [
			{ type: 'port', port: 6881 },
			{ type: 'keepAlive' },
			{ type: 'unknown', id: 99, length: 40 },
			{ type: 'choke' },
			{ type: 'notInterested' },
			{ type: 'have', piece: 2_000_000 },
		]),
	],
	maxBytes: 40_000,
	run(input) {
		const draw = new Draw(input)
		const flags = draw.byte()
		const lengths = new Draw(draw.bytes(12))
		const bytes = draw.rest()
		const known = (flags & 1) === 1 ? pieceCount : undefined
		const whole = decode([bytes.slice()], known)
		const split = decode(splitBy(bytes, lengths), known)
		checkSame(split.error, whole.error, 'any split fails alike')
		checkSame(split.collected, whole.collected, 'any split gives the same messages')
		const outcomes = converse(whole.collected, flags, known)
		return [whole.error?.code ?? 'whole', ...outcomes]
	},
}

function stream(flags: number, messages: readonly Message[]): Uint8Array {
	return concatBytes([
		Uint8Array.of(flags, 3, 60, 1, 1, 9, 17, 4, 33, 2, 2, 50, 8),
		...messages.map(wireBytes),
		blockPayload(0, 0),
	])
}

function decode(parts: Iterable<Uint8Array>, known: number | undefined) {
	const { sink, collected } = frameCollector(({ piece }) => piece % 2 === 1)
	const decoder = new FrameDecoder(known)
	const result = attempt(() => {
		for (const part of parts) {
			decoder.push(part, sink)
			part.fill(0xaa)
		}
	})
	if (result.ok) return { collected, error: undefined }
	const again = attempt(() => decoder.push(Uint8Array.of(0, 0, 0, 0), sink))
	check(!again.ok && again.error === result.error, 'a stream that failed stays failed')
	const { code, offset } = result.error
	return { collected, error: { code, offset } }
}

function converse(collected: readonly Collected[], flags: number, known: number | undefined): string[] {
	const both = { extended: (flags & 2) === 2, fast: (flags & 2) === 2, dht: false, v2: false }
	const session = createPeerSession({ ours: both, theirs: both, pieceCount: known })
	const outcomes: string[] = []
	for (const item of collected) {
		const message: Message = 'block' in item ? { type: 'piece', ...item.block } : item.message
		const change = attempt(() => receive(session, message))
		checkSession(session)
		if (!change.ok) return [...outcomes, change.error.code]
		outcomes.push(change.value.type === 'ignored' ? change.value.why : `${message.type} ${change.value.type}`)
	}
	return outcomes
}

function checkSession({ allowedFast, suggested, peerHave, peerExtensions, grantedFast }: PeerSession): void {
	check(allowedFast.size <= 128 && suggested.size <= 32 && grantedFast.size === 0, 'advice is bounded')
	check(peerExtensions.ids.size <= 4 && peerExtensions.others.size <= 32, 'extensions are bounded')
	if (peerHave === undefined) return
	let count = 0
	for (const byte of peerHave.bytes) for (let bits = byte; bits > 0; bits >>= 1) count += bits & 1
	check(count === peerHave.count && count <= peerHave.size, 'the bitfield counts its bits')
}
