import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
	createBitfield,
	forEachPiece,
	hasPiece,
	isFull,
	type Bitfield,
} from '../../source/protocol/bitfield.ts'
import { utf8 } from '../../source/protocol/bytes.ts'
import type { Message } from '../../source/protocol/message.ts'
import {
	createPeerSession,
	isSeed,
	learnPieceCount,
	mayRequest,
	totalCount,
} from '../../source/protocol/peer-session.ts'
import { receive } from '../../source/protocol/receive-message.ts'
import { send } from '../../source/protocol/send-message.ts'
import { arbitraryMessage } from '../helpers/arbitrary-message.ts'
import { createConnectionPair, noFlags } from '../helpers/connection-pair.ts'

const fast = { ...noFlags, fast: true }
const block = { piece: 3, offset: 0, length: 16_384 }
const request = { type: 'request', ...block } as const
const bits = (...bytes: number[]): Message => ({ type: 'bitfield', bits: Uint8Array.of(...bytes) })

const piecesOf = (have: Bitfield | undefined) => {
	const pieces: number[] = []
	if (have !== undefined) forEachPiece(have, piece => pieces.push(piece))
	return pieces
}
const session = (pieceCount?: number, flags = noFlags) =>
	createPeerSession({ ours: flags, theirs: flags, pieceCount })
const error = (code: string): unknown => expect.objectContaining({ name: 'ProtocolError', code })

describe('a conversation', () => {
	test('begins with both sides choking and not interested, and with nothing had', () => {
		const { left, right } = createConnectionPair()
		for (const side of [left, right]) {
			expect(side).toMatchObject({
				amChoking: true,
				amInterested: false,
				peerChoking: true,
				peerInterested: false,
				peerHave: createBitfield(16),
			})
		}
	})

	test('uses only what both sides can', () => {
		const { left, right } = createConnectionPair({ fast: true, extended: true }, { fast: true, dht: true })
		expect(left.common).toEqual({ ...noFlags, fast: true })
		expect(right.common).toEqual(left.common)
	})

	test('goes from bitfield to block, and both sides agree at every step', () => {
		const { left, right, say } = createConnectionPair()
		expect(say('left', bits(0b0001_0000, 0))).toEqual({
			type: 'peerHaveReplaced',
			before: createBitfield(16),
		})
		expect(say('right', { type: 'interested' })).toEqual({ type: 'interestChanged', interested: true })
		expect(say('left', { type: 'unchoke' })).toEqual({ type: 'unchoked' })
		expect(say('right', request)).toEqual({ type: 'requested', block, whileChoked: false })
		expect(say('left', { type: 'piece', ...block })).toEqual({ type: 'blockReceived', block })
		expect(say('right', { type: 'have', piece: 3 })).toEqual({ type: 'peerHaveAdded', piece: 3 })
		expect(say('left', { type: 'choke' })).toEqual({ type: 'choked' })
		expect(say('right', { type: 'notInterested' })).toEqual({ type: 'interestChanged', interested: false })
		expect([left.amChoking, right.peerChoking, left.peerInterested, right.amInterested]).toEqual([
			true,
			true,
			false,
			false,
		])
		expect(left.sent).toEqual(right.received)
		expect(right.sent).toEqual(left.received)
		expect(totalCount(left.sent)).toBe(4)
	})

	test('says nothing new where nothing changed', () => {
		const peer = session(16)
		for (const type of ['choke', 'notInterested', 'keepAlive'] as const) {
			expect(receive(peer, { type })).toEqual({ type: 'nothing' })
		}
		receive(peer, { type: 'have', piece: 1 })
		expect(receive(peer, { type: 'have', piece: 1 })).toEqual({ type: 'nothing' })
		expect(peer.peerHave?.count).toBe(1)
	})

	test('is plain data that structuredClone copies', () => {
		const peer = session(16, { ...fast, extended: true })
		receive(peer, bits(0xff, 0))
		receive(peer, { type: 'allowedFast', piece: 1 })
		receive(peer, { type: 'extended', id: 0, payload: utf8('d1:md6:ut_pexi1eee') })
		expect(structuredClone(peer)).toEqual(peer)
	})

	test('passes by what it does not know', () => {
		const peer = session(16)
		expect(receive(peer, { type: 'unknown', id: 99, length: 3 })).toEqual({
			type: 'ignored',
			why: 'unknown-message',
		})
		expect(receive(peer, { type: 'port', port: 0 })).toEqual({ type: 'ignored', why: 'port-zero' })
		expect(receive(peer, { type: 'port', port: 6881 })).toEqual({ type: 'port', port: 6881 })
	})
})

describe('what the peer has', () => {
	test('may be told late or again: the last word counts and what it replaces is handed back', () => {
		const peer = session(16, fast)
		receive(peer, { type: 'have', piece: 5 })
		const first = peer.peerHave
		expect(receive(peer, bits(0x81, 0x06))).toEqual({ type: 'peerHaveReplaced', before: first })
		expect(piecesOf(peer.peerHave)).toEqual([0, 7, 13, 14])
		expect(receive(peer, { type: 'haveAll' })).toMatchObject({
			type: 'peerHaveReplaced',
			before: { count: 4 },
		})
		expect(isSeed(peer)).toBe(true)
		expect(receive(peer, { type: 'haveAll' })).toEqual({ type: 'nothing' })
		expect(receive(peer, { type: 'haveNone' })).toMatchObject({ before: { count: 16 } })
		expect(piecesOf(peer.peerHave)).toEqual([])
	})

	test('cannot be replaced without end', () => {
		const peer = session(16, fast)
		const flip = () => {
			for (let round = 0; round < 1000; round += 1) {
				receive(peer, { type: round % 2 === 0 ? 'haveAll' : 'haveNone' })
			}
		}
		expect(flip).toThrow(error('have-replaced-too-often'))
		expect(totalCount(peer.received)).toBe(64)
	})

	test('lies within the torrent', () => {
		for (const piece of [16, 2 ** 31, 2 ** 32 - 1]) {
			expect(() => receive(session(16), { type: 'have', piece })).toThrow(error('have-out-of-range'))
		}
		expect(() => receive(session(16), bits(0xff))).toThrow(error('bitfield-length'))
		expect(() => receive(session(16), bits(0xff, 0xff, 0xff))).toThrow(error('bitfield-length'))
		expect(() => receive(session(11), bits(0xff, 0xf0))).toThrow(error('bitfield-spare-bits'))
	})

	test('keeps nothing of the read buffer', () => {
		const peer = session(8)
		const view = Uint8Array.of(0x80)
		receive(peer, { type: 'bitfield', bits: view })
		const unknowing = session()
		receive(unknowing, { type: 'bitfield', bits: view })
		view.fill(0xff)
		learnPieceCount(unknowing, 8)
		expect([piecesOf(peer.peerHave), piecesOf(unknowing.peerHave)]).toEqual([[0], [0]])
	})
})

describe('before the metadata', () => {
	test('anything said comes to the same as if the pieces had been known', () => {
		const said = fc.oneof(
			fc.record({ type: fc.constant('have' as const), piece: fc.nat(19) }),
			fc.constantFrom<Message>({ type: 'haveAll' }, { type: 'haveNone' }),
			fc.tuple(fc.nat(255), fc.nat(255), fc.nat(15)).map(([a, b, c]) => bits(a, b, c << 4)),
			fc.record({ type: fc.constantFrom('allowedFast' as const, 'suggest' as const), piece: fc.nat(30) }),
		)
		fc.assert(
			fc.property(fc.array(said, { maxLength: 30 }), messages => {
				const knowing = session(20, fast)
				const unknowing = session(undefined, fast)
				for (const message of messages) {
					receive(knowing, message)
					expect(receive(unknowing, message)).toEqual({ type: 'nothing' })
				}
				learnPieceCount(unknowing, 20)
				expect(unknowing.peerHave).toEqual(knowing.peerHave)
				expect(unknowing.allowedFast).toEqual(knowing.allowedFast)
				expect(unknowing.suggested).toEqual(knowing.suggested)
				expect(unknowing.pendingHave).toBeUndefined()
			}),
		)
	})

	test('claims that turn out impossible end the conversation when the pieces are known', () => {
		const claim = (message: Message) => {
			const peer = session(undefined, fast)
			receive(peer, message)
			return () => learnPieceCount(peer, 16)
		}
		expect(claim({ type: 'have', piece: 16 })).toThrow(error('have-out-of-range'))
		expect(claim(bits(0xff))).toThrow(error('bitfield-length'))
		expect(claim({ type: 'bitfield', bits: new Uint8Array(3) })).toThrow(error('bitfield-length'))
		expect(claim({ type: 'have', piece: 15 })).not.toThrow()
	})

	test('a have beyond any torrent is passed by, and costs nothing', () => {
		const peer = session()
		for (const piece of [2 ** 21, 2 ** 31, 2 ** 32 - 1]) {
			expect(receive(peer, { type: 'have', piece })).toEqual({ type: 'ignored', why: 'piece-out-of-range' })
		}
		receive(peer, { type: 'have', piece: 2 ** 21 - 1 })
		expect(peer.pendingHave?.haves.length).toBe(2 ** 18)
	})

	test('requests cannot be served', () => {
		expect(receive(session(), request)).toMatchObject({ type: 'badRequest', problem: 'piece-out-of-range' })
	})
})

describe('requests of the peer', () => {
	test.each([
		[{ piece: 16, offset: 0, length: 1 }, 'piece-out-of-range'],
		[{ piece: 2 ** 32 - 1, offset: 0, length: 1 }, 'piece-out-of-range'],
		[{ piece: 0, offset: 0, length: 0 }, 'empty'],
		[{ piece: 0, offset: 0, length: 16_385 }, 'too-long'],
		[{ piece: 0, offset: 0, length: 131_072 }, 'too-long'],
	] as const)('%j cannot be served: %s', (fields, problem) => {
		expect(receive(session(16), { type: 'request', ...fields })).toEqual({
			type: 'badRequest',
			block: fields,
			problem,
		})
	})

	test('beyond 128 KiB end the conversation', () => {
		for (const length of [131_073, 2 ** 32 - 1]) {
			expect(() => receive(session(16), { ...request, length })).toThrow(error('request-too-long'))
		}
	})

	test('while choked are named and counted, until we unchoke; granted pieces are none of these', () => {
		const peer = session(16, fast)
		send(peer, { type: 'haveAll' })
		send(peer, { type: 'allowedFast', piece: 4 })
		expect(receive(peer, request)).toMatchObject({ type: 'requested', whileChoked: true })
		expect(receive(peer, { ...request, piece: 4 })).toMatchObject({ whileChoked: false })
		receive(peer, { ...request, length: 0 })
		expect(peer.requestsWhileChoked).toBe(2)
		send(peer, { type: 'unchoke' })
		expect(peer.requestsWhileChoked).toBe(0)
		expect(receive(peer, request)).toMatchObject({ whileChoked: false })
	})

	test('and cancels carry a block that is nothing but a block', () => {
		const peer = session(16)
		expect(receive(peer, { type: 'cancel', ...block })).toStrictEqual({ type: 'cancelled', block })
		expect(receive(peer, request)).toStrictEqual({ type: 'requested', block, whileChoked: true })
	})
})

describe('the fast extension', () => {
	test.each<Message>([
		{ type: 'haveAll' },
		{ type: 'haveNone' },
		{ type: 'suggest', piece: 1 },
		{ type: 'allowedFast', piece: 1 },
		{ type: 'reject', ...block },
	])('allows $type only where both sides announced it', message => {
		const oneSided = createPeerSession({ ours: fast, theirs: noFlags, pieceCount: 16 })
		expect(() => receive(oneSided, message)).toThrow(error('fast-not-negotiated'))
		expect(() => receive(session(16, fast), message)).not.toThrow()
		send(oneSided, bits(0, 0))
		expect(() => send(oneSided, message)).toThrow('invariant')
	})

	test('keeps a bounded number of allowed pieces and the last suggestions', () => {
		const peer = session(100_000, fast)
		for (let piece = 0; piece < 100_000; piece += 1) {
			receive(peer, { type: 'allowedFast', piece })
			receive(peer, { type: 'suggest', piece })
		}
		expect(peer.allowedFast.size).toBe(128)
		expect([...peer.suggested]).toEqual(Array.from({ length: 32 }, (_, at) => 99_968 + at))
		expect(receive(peer, { type: 'allowedFast', piece: 777 })).toEqual({
			type: 'ignored',
			why: 'too-much-advice',
		})
	})

	test('passes by advice beyond the torrent', () => {
		const peer = session(16, fast)
		for (const type of ['allowedFast', 'suggest'] as const) {
			expect(receive(peer, { type, piece: 3 })).toEqual({
				type: type === 'suggest' ? 'suggested' : type,
				piece: 3,
			})
			for (const piece of [16, 0xffffff16]) {
				expect(receive(peer, { type, piece })).toEqual({ type: 'ignored', why: 'piece-out-of-range' })
			}
		}
	})

	test('counts rejects until a block comes', () => {
		const peer = session(16, fast)
		for (let round = 0; round < 3; round += 1) receive(peer, { type: 'reject', ...block })
		expect(peer.rejectsInARow).toBe(3)
		receive(peer, { type: 'piece', ...block })
		expect(peer.rejectsInARow).toBe(0)
	})

	test('lets us ask for an allowed piece while choked, and for no other', () => {
		const peer = session(16, fast)
		send(peer, { type: 'haveNone' })
		receive(peer, { type: 'haveAll' })
		receive(peer, { type: 'allowedFast', piece: 3 })
		expect([mayRequest(peer, 3), mayRequest(peer, 4)]).toEqual([true, false])
		expect(() => send(peer, request)).not.toThrow()
		expect(() => send(peer, { ...request, piece: 4 })).toThrow('invariant')
	})

	test('says what it has first, and once', () => {
		expect(() => send(session(16, fast), { type: 'interested' })).toThrow('invariant')
		const twice = session(16, fast)
		send(twice, { type: 'haveNone' })
		expect(() => send(twice, { type: 'haveAll' })).toThrow('invariant')
		const late = session(16)
		send(late, { type: 'interested' })
		expect(() => send(late, bits(0, 0))).toThrow('invariant')
	})
})

describe('what we may say', () => {
	test('holds no request that a choke forbids, of a piece that the peer lacks, or out of bounds', () => {
		const peer = session(16)
		receive(peer, bits(0xff, 0x00))
		expect(() => send(peer, request)).toThrow('invariant')
		receive(peer, { type: 'unchoke' })
		expect(() => send(peer, request)).not.toThrow()
		for (const wrong of [{ piece: 8 }, { piece: 16 }, { length: 0 }, { length: 16_385 }]) {
			expect(() => send(peer, { ...request, ...wrong })).toThrow('invariant')
		}
		receive(peer, { type: 'choke' })
		expect(() => send(peer, request)).toThrow('invariant')
	})

	test('holds nothing of an extension that was not negotiated, and no piece beyond the torrent', () => {
		const peer = session(16)
		expect(() => send(peer, { type: 'extended', id: 0, payload: utf8('de') })).toThrow('invariant')
		expect(() => send(peer, { type: 'port', port: 6881 })).toThrow('invariant')
		expect(() => send(peer, { type: 'have', piece: 16 })).toThrow('invariant')
		expect(() => send(peer, bits(0))).toThrow('invariant')
	})
})

describe('extended messages', () => {
	const both = { extended: true }

	test('bring the handshake, which adds to the one before', () => {
		const { left, deliver, right, say } = createConnectionPair(both, both)
		const first = right.peerExtensions
		const payload = utf8('d1:md6:ut_pexi7ee1:v4:teste')
		expect(say('left', { type: 'extended', id: 0, payload })).toEqual({
			type: 'extensionHandshake',
			before: first,
		})
		expect(right.peerExtensions).toMatchObject({ client: 'test', ids: new Map([['ut_pex', 7]]) })
		say('left', { type: 'extended', id: 0, payload: utf8('d1:md6:ut_pexi0eee') })
		expect(right.peerExtensions).toMatchObject({ client: 'test', ids: new Map() })
		expect(left.peerExtensions).toBe(first)
		expect(deliver('left', Uint8Array.of(0, 0, 0, 3, 20, 2, 0x65))).toEqual({
			type: 'extensionMessage',
			name: 'ut_pex',
			payload: Uint8Array.of(0x65),
		})
	})

	test('are passed by where nobody can read them', () => {
		const peer = session(16, { ...noFlags, extended: true })
		expect(receive(peer, { type: 'extended', id: 0, payload: utf8('garbage') })).toEqual({
			type: 'ignored',
			why: 'extension-handshake-malformed',
		})
		expect(receive(peer, { type: 'extended', id: 99, payload: utf8('de') })).toEqual({
			type: 'ignored',
			why: 'extension-unknown',
		})
		expect(receive(session(16), { type: 'extended', id: 0, payload: utf8('de') })).toEqual({
			type: 'ignored',
			why: 'extended-not-negotiated',
		})
	})
})

test('any messages leave a consistent session or end in a ProtocolError', () => {
	const small = fc.nat(20)
	const likely = fc.oneof(
		arbitraryMessage,
		fc.record({
			type: fc.constantFrom('have' as const, 'suggest' as const, 'allowedFast' as const),
			piece: small,
		}),
		fc.record({
			type: fc.constant('bitfield' as const),
			bits: fc.uint8Array({ minLength: 2, maxLength: 2 }),
		}),
	)
	fc.assert(
		fc.property(fc.array(likely, { maxLength: 60 }), fc.boolean(), (messages, known) => {
			const peer = session(known ? 16 : undefined, { ...fast, extended: true })
			const copies = new Map<number, number>()
			const count = (have: Bitfield | undefined, by: number) => {
				for (const piece of piecesOf(have)) copies.set(piece, (copies.get(piece) ?? 0) + by)
			}
			try {
				for (const message of messages) {
					const change = receive(peer, message)
					if (change.type === 'peerHaveAdded') copies.set(change.piece, (copies.get(change.piece) ?? 0) + 1)
					if (change.type === 'peerHaveReplaced') {
						count(change.before, -1)
						count(peer.peerHave, 1)
					}
				}
			} catch (thrown) {
				expect(thrown).toMatchObject({ name: 'ProtocolError' })
			}
			// Whoever counted along by the changes alone has the same pieces.
			const counted = [...copies].filter(([, times]) => times !== 0)
			expect(counted.every(([, times]) => times === 1)).toBe(true)
			expect(counted.map(([piece]) => piece).sort((a, b) => a - b)).toEqual(piecesOf(peer.peerHave))
			expect(peer.peerHave === undefined || !isFull(peer.peerHave) || hasPiece(peer.peerHave, 15)).toBe(true)
		}),
	)
})
