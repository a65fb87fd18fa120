import { describe, expect, test } from 'vitest'
import { type LinkOwner, PeerLink } from '../../source/engine/peer-link.ts'
import { encodeHandshake, parseHandshake } from '../../source/protocol/handshake.ts'
import { toInfoHash, toPeerId, toPeerNumber } from '../../source/protocol/ids.ts'
import type { BlockFields, Message } from '../../source/protocol/message.ts'
import { encodedLength, writeMessage } from '../../source/protocol/message-encoder.ts'
import type { DropReason } from '../../source/torrent/reasons.ts'
import { FakeConnection } from '../helpers/fake-connection.ts'
import { ManualClock } from '../helpers/manual-clock.ts'

const infoHash = toInfoHash(new Uint8Array(20).fill(7))
const otherHash = toInfoHash(new Uint8Array(20).fill(8))
const flags = { extended: true, fast: true, dht: false, v2: false }
const ours = { flags, infoHash, peerId: toPeerId(new Uint8Array(20).fill(1)) }
const theirs = { flags, infoHash, peerId: toPeerId(new Uint8Array(20).fill(2)) }

function encode(...messages: Message[]): Uint8Array {
	const bytes = new Uint8Array(messages.reduce((sum, message) => sum + encodedLength(message), 0))
	let at = 0
	for (const message of messages) at = writeMessage(message, bytes, at)
	return bytes
}

class Owner implements LinkOwner {
	readonly handshake = ours
	readonly pieceCount = 8
	readonly messages: Message['type'][] = []
	readonly closed: DropReason[] = []
	readonly rejected: Uint8Array[] = []
	readonly blocks: [BlockFields, boolean][] = []
	handshakes = 0
	bursts = 0
	drains = 0
	target: Uint8Array | undefined
	onMessage: ((link: PeerLink) => void) | undefined
	handshakeSent(): void {
		return
	}
	handshakeReceived(): void {
		this.handshakes += 1
	}
	messageReceived(link: PeerLink, message: Message): void {
		this.messages.push(message.type)
		this.onMessage?.(link)
	}
	messageRejected(_link: PeerLink, raw: Uint8Array): void {
		this.rejected.push(raw)
	}
	blockStarted(): Uint8Array | undefined {
		return this.target
	}
	blockEnded(_link: PeerLink, block: BlockFields, taken: boolean): void {
		this.blocks.push([block, taken])
	}
	burstEnded(): void {
		this.bursts += 1
	}
	linkDrained(): void {
		this.drains += 1
	}
	linkClosed(_link: PeerLink, reason: DropReason): void {
		this.closed.push(reason)
	}
}

function open(incoming: boolean) {
	const clock = new ManualClock()
	const connection = new FakeConnection()
	const owner = new Owner()
	const link = new PeerLink({
		connection,
		clock,
		incoming,
		peer: toPeerNumber(incoming ? 1 : 2),
		route: wanted => (wanted.every((byte, at) => byte === infoHash[at]) ? owner : undefined),
	})
	connection.handler = link
	if (!incoming) link.greet(owner)
	return { clock, connection, owner, link }
}

describe('an accepted connection', () => {
	test('is answered as soon as the info hash is there', () => {
		const { connection, link } = open(true)
		const bytes = encodeHandshake(theirs)
		link.onData(bytes.subarray(0, 47))
		expect(connection.written).toHaveLength(0)
		link.onData(bytes.subarray(47, 48))
		expect(parseHandshake(connection.bytes).infoHash).toEqual(infoHash)
	})

	test('for a torrent that we do not have ends without a word', () => {
		const { connection, link } = open(true)
		link.onData(encodeHandshake({ ...theirs, infoHash: otherHash }))
		expect(connection.destroyed).toBe(true)
		expect(connection.written).toHaveLength(0)
	})

	test('has ten seconds for its handshake, however it is spread over them', () => {
		const { clock, connection, link, owner } = open(true)
		const bytes = encodeHandshake(theirs)
		for (let at = 0; at < 50 && !connection.destroyed; at += 1) {
			link.onData(bytes.subarray(at, at + 1))
			clock.advance(250)
		}
		expect(connection.destroyed).toBe(true)
		expect(owner.handshakes).toBe(0)
	})

	test('that is no BitTorrent ends at the first wrong byte, and leaves no timer', () => {
		const { clock, connection, link } = open(true)
		link.onData(new TextEncoder().encode('GET / HTTP/1.1\r\n'))
		expect(connection.destroyed).toBe(true)
		expect(clock.waiting).toBe(0)
	})
})

describe('a dialled connection', () => {
	test('greets first', () => {
		expect(open(false).connection.bytes).toEqual(encodeHandshake(ours))
	})

	test('that answers for another torrent is dropped, and never becomes a peer', () => {
		const { connection, link, owner } = open(false)
		link.onData(encodeHandshake({ ...theirs, infoHash: otherHash }))
		expect(connection.destroyed).toBe(true)
		expect(owner.handshakes).toBe(0)
		expect(owner.closed.map(({ code }) => code)).toEqual(['protocol-error'])
	})
})

describe('a stream', () => {
	const stream = () => {
		const bytes = new Uint8Array(68 + encode({ type: 'haveAll' }, { type: 'unchoke' }).length)
		bytes.set(encodeHandshake(theirs))
		bytes.set(encode({ type: 'haveAll' }, { type: 'unchoke' }), 68)
		return bytes
	}

	test('in one segment or cut at every byte is the same', () => {
		for (let cut = 0; cut <= stream().length; cut += 1) {
			const { link, owner } = open(true)
			link.onData(stream().subarray(0, cut))
			link.onData(stream().subarray(cut))
			expect(owner.messages).toEqual(['haveAll', 'unchoke'])
			expect(owner.handshakes).toBe(1)
		}
	})

	test('that breaks a rule ends this link with the rule as the reason', () => {
		const { link, owner, connection } = open(true)
		link.onData(encodeHandshake(theirs))
		link.onData(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0))
		expect(connection.destroyed).toBe(true)
		expect(owner.closed).toMatchObject([{ code: 'protocol-error', error: 'message-too-long' }])
		expect(owner.rejected).toEqual([Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0)])
	})

	test('is not read on once the owner let go in the middle of it', () => {
		const { link, owner } = open(true)
		owner.onMessage = gone => gone.abandon()
		link.onData(stream())
		link.onData(encode({ type: 'choke' }))
		expect(owner.messages).toEqual(['haveAll'])
		expect(owner.closed).toEqual([])
	})

	test('puts a block where the owner said, and says whether it got there', () => {
		const { link, owner } = open(true)
		link.onData(encodeHandshake(theirs))
		owner.target = new Uint8Array(3)
		const block = Uint8Array.of(0, 0, 0, 12, 7, 0, 0, 0, 1, 0, 0, 0, 0, 9, 8, 7)
		link.onData(block)
		expect(owner.target).toEqual(Uint8Array.of(9, 8, 7))
		link.onData(block.subarray(0, 14))
		link.withdrawTarget(1)
		link.onData(block.subarray(14))
		expect(owner.blocks.map(([, taken]) => taken)).toEqual([true, false])
	})
})

describe('reading', () => {
	test('goes on when every reason to wait is gone', () => {
		const { connection, link } = open(true)
		link.hold('disk', true)
		link.hold('queue', true)
		link.hold('disk', false)
		expect(connection.paused).toBe(true)
		link.hold('queue', false)
		expect(connection.paused).toBe(false)
	})
})

describe('the end', () => {
	test('is told once, whoever makes it', () => {
		const { link, owner, connection } = open(false)
		link.close({ code: 'by-user' })
		link.onClose('ECONNRESET')
		connection.destroy()
		expect(owner.closed).toEqual([{ code: 'by-user' }])
	})

	test('is not told to an owner that asked for it', () => {
		const { link, owner, clock } = open(false)
		link.abandon()
		clock.advance(60_000)
		expect(owner.closed).toEqual([])
	})
})

describe('writing', () => {
	test('puts all messages into one write', () => {
		const { link, connection } = open(false)
		link.send([{ type: 'interested' }, { type: 'have', piece: 3 }])
		expect(connection.written).toHaveLength(2)
		expect(connection.written[1]).toEqual(encode({ type: 'interested' }, { type: 'have', piece: 3 }))
	})

	test('to somebody who does not read is bounded: the link ends', () => {
		const { link, connection, owner } = open(false)
		connection.isStuck = true
		const reject: Message = { type: 'reject', piece: 0, offset: 0, length: 16_384 }
		let writes = 0
		for (; writes < 1_000_000 && !connection.destroyed; writes += 1) link.send([reject])
		expect(connection.destroyed).toBe(true)
		expect(connection.queuedBytes).toBeLessThan(4 << 20)
		expect(owner.closed.map(({ code }) => code)).toEqual(['slow-reader'])
	})
})
