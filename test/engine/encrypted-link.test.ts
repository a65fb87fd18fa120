import { describe, expect, test } from 'vitest'
import { PeerLink } from '../../source/engine/peer-link.ts'
import { AcceptedOpening, dialledOpening, type EncryptionTools } from '../../source/engine/stream-opening.ts'
import { encodeHandshake } from '../../source/protocol/handshake.ts'
import { type InfoHash, toInfoHash, toPeerId, toPeerNumber } from '../../source/protocol/ids.ts'
import type { BlockFields, Message } from '../../source/protocol/message.ts'
import { encodeMessage } from '../../source/protocol/message-encoder.ts'
import { applyRc4 } from '../../source/protocol/rc4.ts'
import { FakeConnection } from '../helpers/fake-connection.ts'
import { LinkRecorder } from '../helpers/link-recorder.ts'
import type { EncryptionPolicy } from '../../source/torrent/encryption.ts'
import { ManualClock } from '../helpers/manual-clock.ts'
import { drawnBytes } from '../helpers/drawn-bytes.ts'
import { sha1 } from '../helpers/sha1.ts'

const infoHash = toInfoHash(new Uint8Array(20).fill(7))
const otherHash = toInfoHash(new Uint8Array(20).fill(8))
const flags = { extended: true, fast: true, dht: false, v2: false }
const ours = (hash: InfoHash, fill: number) => ({
	flags,
	infoHash: hash,
	peerId: toPeerId(new Uint8Array(20).fill(fill)),
})

const tools = (policy: EncryptionTools['policy'], seed: number): EncryptionTools => {
	const draw = drawnBytes(seed)
	return { policy, sha1, random: { bytes: draw, uint32: () => new DataView(draw(4).buffer).getUint32(0) } }
}

type PairOptions = {
	readonly dialler?: EncryptionPolicy
	readonly accepter?: EncryptionPolicy
	readonly dialledHash?: InfoHash
	readonly admit?: () => boolean
}

/** Two links whose connections are one; bytes pass when the test says so, in parts of `partBytes`. */
function connect(options: PairOptions = {}) {
	const { dialler = 'prefer', accepter = 'prefer', dialledHash = infoHash, admit = () => true } = options
	const clock = new ManualClock()
	const [near, far] = [new FakeConnection(), new FakeConnection()]
	const [a, b] = [new LinkRecorder(ours(dialledHash, 1)), new LinkRecorder(ours(infoHash, 2))]
	const accepted = new PeerLink({
		connection: far,
		clock,
		incoming: true,
		peer: toPeerNumber(1),
		route: wanted => (wanted.every((byte, at) => byte === infoHash[at]) ? b : undefined),
		...(accepter === 'off'
			? {}
			: { opening: new AcceptedOpening(tools(accepter, 5), { infoHashes: [otherHash, infoHash], admit }) }),
	})
	const dialled = new PeerLink({
		connection: near,
		clock,
		incoming: false,
		peer: toPeerNumber(2),
		route: () => a,
	})
	near.handler = dialled
	far.handler = accepted
	dialled.greet(a, dialler === 'off' ? undefined : tools(dialler, 6))
	const onTheWire: Uint8Array[] = []
	const pass = (partBytes = Number.POSITIVE_INFINITY) => {
		for (let moved = true; moved; ) {
			moved = false
			for (const [from, to] of [
				[near, accepted],
				[far, dialled],
			] as const) {
				for (const bytes of from.written.splice(0)) {
					moved = true
					onTheWire.push(bytes.slice())
					for (let at = 0; at < bytes.length; at += partBytes) to.onData(bytes.slice(at, at + partBytes))
				}
			}
		}
	}
	return { near, far, a, b, dialled, accepted, pass, onTheWire, clock }
}

const block: BlockFields = { piece: 1, offset: 0, length: 16_384 }
const payload = Uint8Array.from({ length: block.length }, (_, at) => at * 31)
const blockMessage = () => {
	const bytes = new Uint8Array(13 + payload.length)
	new DataView(bytes.buffer).setUint32(0, 9 + payload.length)
	bytes[4] = 7
	new DataView(bytes.buffer).setUint32(5, 1)
	bytes.set(payload, 13)
	return bytes
}
const contains = (wire: readonly Uint8Array[], part: Uint8Array) =>
	Buffer.concat(wire).includes(Buffer.from(part))

describe.each([
	['prefer', 'prefer', 'plain'],
	['require', 'prefer', 'rc4'],
	['prefer', 'require', 'rc4'],
	['require', 'require', 'rc4'],
] as const)('a link that begins encrypted (%s) to one that accepts it (%s)', (dialler, accepter, agreed) => {
	test.each([Number.POSITIVE_INFINITY, 1000, 7, 1])(
		`agrees on ${agreed} and carries messages, in parts of %d`,
		partBytes => {
			const { a, b, dialled, accepted, pass, onTheWire } = connect({ dialler, accepter })
			pass(partBytes)
			expect([dialled.encryption, accepted.encryption]).toEqual([agreed, agreed])
			expect([a.handshakes, b.handshakes]).toEqual([1, 1])
			expect(contains(onTheWire, encodeHandshake(ours(infoHash, 1)))).toBe(false)
			b.target = new Uint8Array(block.length)
			onTheWire.length = 0
			dialled.send([{ type: 'haveNone' }, { type: 'interested' }])
			dialled.write(blockMessage())
			accepted.send([{ type: 'unchoke' }])
			pass(partBytes)
			expect(b.messages).toEqual(['haveNone', 'interested'])
			expect(a.messages).toEqual(['unchoke'])
			expect(Buffer.compare(b.target, payload)).toBe(0)
			expect(contains(onTheWire, payload)).toBe(agreed === 'plain')
			expect(contains(onTheWire, encodeMessage({ type: 'interested' }))).toBe(agreed === 'plain')
		},
	)
})

describe('an accepted connection', () => {
	test.each(['off', 'prefer'] as const)('that begins plainly is plain under the policy %s', accepter => {
		for (const partBytes of [Number.POSITIVE_INFINITY, 1]) {
			const { a, b, dialled, accepted, pass } = connect({ dialler: 'off', accepter })
			pass(partBytes)
			expect([a.handshakes, b.handshakes]).toEqual([1, 1])
			expect([dialled.encryption, accepted.encryption]).toEqual([undefined, undefined])
		}
	})

	test('that begins plainly is hung up on without a word where encryption is required', () => {
		const { far, pass, onTheWire, near } = connect({ dialler: 'off', accepter: 'require' })
		near.written.splice(0)
		far.handler?.onData(Uint8Array.of(19))
		expect(far.destroyed).toBe(true)
		pass()
		expect(onTheWire).toEqual([])
	})

	test('that begins encrypted is hung up on without a word where encryption is off', () => {
		const { far, pass, onTheWire } = connect({ accepter: 'off', dialler: 'prefer' })
		pass()
		expect(far.destroyed).toBe(true)
		expect(onTheWire).toHaveLength(1)
	})

	test('that begins with 19 and another name may be encrypted: all of the name counts', () => {
		const { far } = connect()
		far.handler?.onData(Uint8Array.of(19, 0x42))
		expect(far.destroyed).toBe(false)
		far.handler?.onData(drawnBytes(1)(94))
		expect(far.written.length).toBe(1)
	})

	test('is sent a key and a pad, and nothing more, before it named a torrent; then noise ends it', () => {
		const { far } = connect()
		const noise = drawnBytes(3)
		for (let sent = 0; sent < 5000 && !far.destroyed; sent += 100) far.handler?.onData(noise(100))
		expect(far.destroyed).toBe(true)
		expect(far.bytes.length).toBeGreaterThanOrEqual(96)
		expect(far.bytes.length).toBeLessThanOrEqual(608)
	})

	test('is hung up on without a word when too many strangers want keys', () => {
		const { far, pass, onTheWire } = connect({ admit: () => false })
		pass()
		expect(far.destroyed).toBe(true)
		expect(onTheWire).toHaveLength(1)
	})

	test('about a torrent that is not here hears a key and no more', () => {
		const { far, pass, b } = connect({ dialledHash: toInfoHash(new Uint8Array(20).fill(3)) })
		pass()
		expect(far.destroyed).toBe(true)
		expect(b.handshakes).toBe(0)
	})

	test('whose handshake names another torrent than the key is dropped', () => {
		const { far, b } = connect()
		const initial = encodeHandshake(ours(infoHash, 1))
		const liar = dialledOpening(tools('prefer', 9), { infoHash: otherHash, initial })
		for (const bytes of liar.start?.().send ?? []) far.handler?.onData(bytes)
		const [offer] = liar.push(far.bytes).send
		far.handler?.onData(offer ?? new Uint8Array(0))
		expect(b.closed).toMatchObject([{ error: 'handshake-info-hash' }])
		expect(b.handshakes).toBe(0)
	})

	test.each(['prefer', 'require'] as const)(
		'that says part of its handshake with the request is understood: offers of %s',
		policy => {
			const handshake = encodeHandshake(ours(infoHash, 1))
			for (let said = 0; said <= handshake.length; said += 17) {
				const { far, b } = connect()
				const dialler = dialledOpening(tools(policy, 9), { infoHash, initial: handshake.subarray(0, said) })
				for (const bytes of dialler.start?.().send ?? []) far.handler?.onData(bytes)
				const [request = new Uint8Array(0)] = dialler.push(far.bytes.slice()).send
				far.written.length = 0
				far.handler?.onData(request)
				expect(b.handshakes).toBe(said === handshake.length ? 1 : 0)
				const agreement = dialler.push(far.bytes).end?.agreement
				const rest = handshake.slice(said)
				far.handler?.onData(agreement?.sending === undefined ? rest : applyRc4(agreement.sending, rest))
				expect(agreement?.payload).toBe(policy === 'prefer' ? 'plain' : 'rc4')
				expect(b.handshakes).toBe(1)
			}
		},
	)

	test('has ten seconds in all, agreeing on a key included', () => {
		const { far, near, clock } = connect()
		const [key = new Uint8Array(0)] = near.written
		for (let at = 0; at < key.length && !far.destroyed; at += 4) {
			far.handler?.onData(key.subarray(at, at + 4))
			clock.advance(500)
		}
		expect(far.destroyed).toBe(true)
		expect(clock.waiting).toBe(0)
	})
})

describe('a dialled connection', () => {
	test('that is answered plainly says so, and is closed', () => {
		const { near, a } = connect()
		near.handler?.onData(encodeHandshake(ours(infoHash, 2)))
		near.handler?.onData(new Uint8Array(700))
		expect(near.destroyed).toBe(true)
		expect(a.closed).toMatchObject([{ code: 'protocol-error', error: 'mse-sync' }])
	})

	test('tells every step to its owner, and the handshake that went with it', () => {
		const { a, b, pass } = connect({ dialler: 'require', accepter: 'prefer' })
		pass()
		expect(a.steps).toEqual(['out key', 'in key', 'out request', 'out handshake', 'in answer'])
		expect(b.steps).toEqual(['in key', 'out key', 'in request', 'out answer', 'out handshake'])
	})
})

test('bytes that came in a Buffer stay as they came: it may be a view into memory of others', () => {
	const { near, far, accepted, b } = connect({ dialler: 'require', accepter: 'require' })
	const feed = (bytes: Uint8Array, to: FakeConnection) => {
		const came = Buffer.from(bytes)
		to.handler?.onData(came)
		expect(came.equals(bytes)).toBe(true)
	}
	for (let moved = 1; moved > 0; ) {
		const [there, back] = [near.written.splice(0), far.written.splice(0)]
		for (const bytes of there) feed(bytes, far)
		for (const bytes of back) feed(bytes, near)
		moved = there.length + back.length
	}
	expect(accepted.encryption).toBe('rc4')
	expect(b.handshakes).toBe(1)
})

test('messages that are sent stay as they were in memory of others', () => {
	const { dialled, pass } = connect({ dialler: 'require', accepter: 'require' })
	pass()
	const message: Message = { type: 'bitfield', bits: Uint8Array.of(0xf0) }
	dialled.send([message])
	expect(message.bits).toEqual(Uint8Array.of(0xf0))
})
