// Two sessions wired back to back: handshakes and messages go through the real encoder and decoder, so what
// one side says is what the other side reads.
import { invariant } from '../../source/protocol/errors.ts'
import { FrameDecoder } from '../../source/protocol/frame-decoder.ts'
import {
	encodeHandshake,
	type Handshake,
	type HandshakeFlags,
	HandshakeReader,
} from '../../source/protocol/handshake.ts'
import { toInfoHash, toPeerId } from '../../source/protocol/ids.ts'
import type { Message } from '../../source/protocol/message.ts'
import { createPeerSession, type PeerSession } from '../../source/protocol/peer-session.ts'
import { receive, type SessionChange } from '../../source/protocol/receive-message.ts'
import { send } from '../../source/protocol/send-message.ts'
import { wireBytes } from './arbitrary-message.ts'

export type Side = 'left' | 'right'

export const noFlags: HandshakeFlags = { extended: false, dht: false, fast: false, v2: false }

type SideOptions = Partial<HandshakeFlags> & { readonly pieceCount?: number | undefined }

/** Each side speaks nothing but BEP 3, and knows 16 pieces, where its options do not say otherwise. */
export function createConnectionPair(left: SideOptions = {}, right: SideOptions = {}) {
	const flags = { left: flagsOf(left), right: flagsOf(right) }
	const sessions = {
		left: openSession(flags.left, flags.right, left),
		right: openSession(flags.right, flags.left, right),
	}
	const decoders = {
		left: new FrameDecoder(sessions.left.pieceCount),
		right: new FrameDecoder(sessions.right.pieceCount),
	}
	/** The side says something; returned is what it changed on the other side. */
	function say(from: Side, message: Message): SessionChange {
		send(sessions[from], message)
		return deliver(from, wireBytes(message))
	}
	/** Bytes that no session of ours would send. */
	function deliver(from: Side, bytes: Uint8Array): SessionChange {
		const to = from === 'left' ? 'right' : 'left'
		const changes: SessionChange[] = []
		const take = (heard: Message) => changes.push(structuredClone(receive(sessions[to], heard)))
		decoders[to].push(bytes, {
			onMessage: take,
			onBlockStart: block => new Uint8Array(block.length),
			onBlockEnd: block => take({ type: 'piece', ...block }),
		})
		const [change] = changes
		invariant(changes.length === 1 && change !== undefined, 'one message, one change')
		return change
	}
	return { ...sessions, say, deliver }
}

function flagsOf({ extended = false, dht = false, fast = false, v2 = false }: SideOptions): HandshakeFlags {
	return { extended, dht, fast, v2 }
}

function openSession(ours: HandshakeFlags, theirs: HandshakeFlags, options: SideOptions): PeerSession {
	const pieceCount = 'pieceCount' in options ? options.pieceCount : 16
	return createPeerSession({ ours, theirs: shakeHands(theirs).flags, pieceCount })
}

function shakeHands(flags: HandshakeFlags): Handshake {
	const reader = new HandshakeReader()
	const infoHash = toInfoHash(new Uint8Array(20).fill(1))
	const peerId = toPeerId(new Uint8Array(20).fill(2))
	reader.push(encodeHandshake({ flags, infoHash, peerId }))
	invariant(reader.handshake !== undefined, 'a whole handshake')
	return reader.handshake
}
