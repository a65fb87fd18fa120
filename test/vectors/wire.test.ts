// Collected wire vectors: every `must` case has to agree, not to be skipped.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { allowedFastSet } from '../../source/protocol/allowed-fast.ts'
import { forEachPiece } from '../../source/protocol/bitfield.ts'
import { fromHex, toHex } from '../../source/protocol/bytes.ts'
import { decodeCompactAddresses, encodeCompactAddress } from '../../source/protocol/compact-address.ts'
import { ProtocolError } from '../../source/protocol/errors.ts'
import { FrameDecoder, type FrameSink } from '../../source/protocol/frame-decoder.ts'
import { HandshakeReader } from '../../source/protocol/handshake.ts'
import { toInfoHash } from '../../source/protocol/ids.ts'
import type { Message } from '../../source/protocol/message.ts'
import { copyMessage } from '../../source/protocol/message-decoder.ts'
import { encodeMessage } from '../../source/protocol/message-encoder.ts'
import { createPeerSession, type PeerSession } from '../../source/protocol/peer-session.ts'
import { receive, type SessionChange } from '../../source/protocol/receive-message.ts'
import { parseMetadataMessage } from '../../source/protocol/ut-metadata.ts'
import { decodePex } from '../../source/protocol/ut-pex.ts'

type Expectation = Readonly<Record<string, unknown>>
type Case = {
	readonly id?: number
	readonly name: string
	readonly hex: string
	readonly level: string
	readonly needs?: string
	readonly context?: string
	readonly expect: Expectation
}

const readVectors = (path: string) =>
	JSON.parse(readFileSync(new URL(`../../../shared/vectors/${path}`, import.meta.url), 'utf8')) as Record<
		string,
		unknown
	>
const must = (cases: unknown) =>
	(cases as Case[]).filter(({ level, needs }) => level === 'must' && needs !== 'v2')

const wire = readVectors('wire/messages.json')
const splits = (bytes: Uint8Array) => [
	['whole', [bytes]] as const,
	['a byte at a time', [...bytes].map(byte => Uint8Array.of(byte))] as const,
]

describe('handshakes', () => {
	const known = '2c6b685861a95411111111111111111111111111'

	test.each(must(wire['handshakes']).map(item => [item.name, item] as const))(
		'%s',
		(_, { hex, expect: expected }) => {
			for (const [, parts] of splits(fromHex(hex))) {
				const reader = new HandshakeReader()
				const rest: number[] = []
				const read = () => parts.forEach(part => rest.push(...reader.push(part)))
				if (expected['ok'] === true) {
					read()
					const { infoHash, peerId, flags } = reader.handshake!
					const got: Expectation = {
						...flags,
						v2_upgrade: flags.v2,
						ok: true,
						info_hash: toHex(infoHash),
						peer_id: toHex(peerId),
						then: decode(Uint8Array.from(rest), 8).messages.map(({ type }) => type),
					}
					for (const [key, value] of Object.entries(expected)) expect([key, got[key]]).toEqual([key, value])
				} else if (expected['wait_then_timeout'] === true) {
					read()
					expect(reader.head && toHex(reader.head.infoHash)).toBe(known)
					expect(reader.handshake).toBeUndefined()
				} else {
					// Who it is and which torrent is meant is judged by whoever knows ours: they need the values.
					expect(expected['close']).toBe(true)
					const ourPeerId = '3c6f75722070656572206964206865726521213e'
					expect(() => {
						read()
						const { infoHash, peerId } = reader.handshake!
						if (toHex(infoHash) !== known || toHex(peerId) === ourPeerId) {
							throw new ProtocolError('not-for-us', 'another torrent, or ourselves')
						}
					}).toThrow(ProtocolError)
				}
			}
		},
	)
})

type Decoded = {
	messages: Message[]
	changes: SessionChange[]
	session: PeerSession
	error: unknown
	whole: boolean
}

/** What a peer's bytes come to: framing, then the session, both sides with every extension. */
function decode(bytes: Uint8Array, pieceCount: number | undefined, parts = [bytes]): Decoded {
	const flags = { extended: true, fast: true, dht: true, v2: false }
	const session = createPeerSession({ ours: flags, theirs: flags, pieceCount })
	const decoder = new FrameDecoder(pieceCount)
	const result: Decoded = { messages: [], changes: [], session, error: undefined, whole: false }
	const take = (message: Message) => {
		result.messages.push(copyMessage(message))
		result.changes.push(structuredClone(receive(session, message)))
	}
	const sink: FrameSink = {
		onMessage: take,
		onBlockStart: block => new Uint8Array(block.length),
		onBlockEnd: block => take({ type: 'piece', ...block }),
	}
	try {
		for (const part of parts) decoder.push(part, sink)
	} catch (error) {
		result.error = error
	}
	result.whole = decoder.isBetweenMessages
	return result
}

function piecesOfCase({ context, expect: expected }: Case): number | undefined {
	if (context?.includes('magnet') === true) return undefined
	const named = /torrent of (\d+) pieces/u.exec(context ?? '')?.[1] ?? expected['pieces']
	// A case that names no torrent has 376 pieces: as many as its one cut bitfield of 47 bytes.
	return named === undefined ? 376 : Number(named)
}

const typeNames: Record<string, Message['type']> = {
	keepalive: 'keepAlive',
	'not interested': 'notInterested',
	'have all': 'haveAll',
	'have none': 'haveNone',
	'allowed fast': 'allowedFast',
}

function checkMessage(item: Case, { messages: [message], session, error }: Decoded): void {
	const expected = item.expect
	const got = message as unknown as Record<string, unknown>
	const name = String(expected['type'])
	expect(got['type']).toBe(typeNames[name] ?? name)
	for (const [theirs, ours] of [
		['index', 'piece'],
		['begin', 'offset'],
		['length', 'length'],
		['port', 'port'],
	] as const) {
		if (theirs in expected) expect([ours, got[ours]]).toEqual([ours, expected[theirs]])
	}
	if (message?.type === 'piece') return
	if (message?.type === 'bitfield') {
		expect(error).toBeUndefined()
		const set: number[] = []
		forEachPiece(session.peerHave!, piece => set.push(piece))
		if ('set' in expected) expect(set).toEqual(expected['set'])
		if ('all' in expected) expect(set).toHaveLength(Number(expected['pieces']))
	}
	expect(toHex(encodeMessage(message!))).toBe(item.hex)
}

const untouched = (changes: readonly SessionChange[]) =>
	changes.every(({ type }) => ['nothing', 'ignored', 'badRequest', 'rejected'].includes(type))

function checkExtensions({ expect: expected }: Case, { session, error }: Decoded): void {
	expect(error).toBeUndefined()
	const known = session.peerExtensions
	const ids = Object.fromEntries([...known.ids, ...known.others])
	if ('m' in expected) expect(ids).toEqual(expected['m'])
	if (typeof expected['ut_metadata'] === 'string') expect(known.ids.has('ut_metadata')).toBe(false)
	if (typeof expected['ut_pex'] === 'number') expect(known.ids.get('ut_pex')).toBe(expected['ut_pex'])
	if ('v' in expected) expect(known.client).toBe(expected['v'])
	const numberOrNone = (value: unknown) => (typeof value === 'number' ? value : undefined)
	if ('reqq' in expected) expect(known.requestQueue).toBe(numberOrNone(expected['reqq']))
	if ('p' in expected) expect(known.listeningPort).toBe(numberOrNone(expected['p']))
	if ('metadata_size' in expected) expect(known.metadataBytes).toBe(numberOrNone(expected['metadata_size']))
	if ('yourip' in expected) expect(known.ourHost).toBeUndefined()
}

function checkMetadata({ expect: expected }: Case, payload: Uint8Array): void {
	const read = () => parseMetadataMessage(payload)
	if ('metadata' in expected) {
		const message = read()
		expect([message.type, 'piece' in message && message.piece]).toEqual([
			expected['metadata'],
			expected['piece'],
		])
		if (message.type !== 'data') return
		expect(message.totalBytes).toBe(expected['total_size'])
		expect(toHex(message.bytes)).toBe(expected['data'])
	} else if (expected['ignore'] === true) {
		// What nobody asked for is well formed; whoever knows what was asked ignores it.
		expect(read).not.toThrow()
	} else {
		expect(read).toThrow(ProtocolError)
	}
}

/** Payloads of ut_metadata and ut_pex are other codecs' cases; framing has to hand them over whole. */
const isOtherCodec = ({ expect: expected, name }: Case) =>
	'metadata' in expected || 'pex' in expected || /^ut_(?:metadata|pex)/u.test(name)

describe('messages', () => {
	const cases = must(wire['messages'])

	test.each(cases.map(item => [`${item.id} ${item.name}`, item] as const))('%s', (_, item) => {
		const expected = item.expect
		const bytes = fromHex(item.hex)
		for (const [, parts] of splits(bytes)) {
			const decoded = decode(bytes, piecesOfCase(item), [...parts])
			if (decoded.error !== undefined) expect(decoded.error).toBeInstanceOf(ProtocolError)
			if (isOtherCodec(item)) {
				expect(decoded.messages).toMatchObject([{ type: 'extended', payload: bytes.subarray(6) }])
				if (item.name.startsWith('ut_metadata')) checkMetadata(item, bytes.subarray(6))
			} else if ('type' in expected) {
				checkMessage(item, decoded)
			} else if ('sequence' in expected) {
				const types = (expected['sequence'] as string[]).map(name => typeNames[name] ?? name)
				expect(decoded.messages.map(({ type }) => type)).toEqual(types)
			} else if ('incomplete' in expected) {
				expect([decoded.error, decoded.messages, decoded.whole]).toEqual([undefined, [], false])
			} else if ('error' in expected) {
				expect(decoded.error).toBeInstanceOf(ProtocolError)
			} else if ('ok' in expected) {
				checkExtensions(item, decoded)
			} else if ('ignore' in expected) {
				expect(decoded.error).toBeUndefined()
				if (item.name.startsWith('extended')) expect(decoded.session.peerExtensions.ids.size).toBe(0)
				else expect(untouched(decoded.changes)).toBe(true)
			} else if ('reject_or_ignore' in expected) {
				expect(decoded.changes).toMatchObject([{ type: 'badRequest' }])
			} else if ('ignore_or_use' in expected) {
				expect(decoded.error).toBeUndefined()
			} else if ('reject_or_drop' in expected) {
				// A request that only the length of its piece rules out is judged where that is known.
				const inPiece = decoded.changes.some(change => change.type === 'requested' && isInPiece(change.block))
				expect(inPiece).toBe(false)
			} else {
				expect(Object.keys(expected)).toEqual(['ignore_or_drop'])
				expect(decoded.error !== undefined || untouched(decoded.changes)).toBe(true)
			}
		}
	})

	const isInPiece = ({ offset, length }: { offset: number; length: number }) => offset + length <= 65_536

	test('are all here', () => expect(cases.length).toBeGreaterThan(70))
})

describe('ut_pex', () => {
	const cases = must(wire['messages']).filter(({ name }) => name.startsWith('ut_pex'))

	test.each(cases.map(item => [`${item.id} ${item.name}`, item] as const))('%s', (_, item) => {
		const payload = fromHex(item.hex).subarray(6)
		if ('ignore_or_drop' in item.expect) {
			expect(() => decodePex(payload)).toThrow(ProtocolError)
			return
		}
		const added = decodePex(payload).added.map(({ address: { host, port }, flags }) => [host, port, flags])
		const expected = (item.expect['added'] ?? item.expect['added_at_most']) as unknown[][]
		// A case that names no flags says nothing about them.
		expect(added.map((peer, at) => peer.slice(0, expected[at]?.length))).toEqual(expected)
	})

	test('are all here', () => expect(cases.length).toBe(7))
})

describe('BEP 6 allowed fast sets', () => {
	type FastCase = { k: number; pieces: number; infohash: string; ip: string; expect: number[] }
	const cases = readVectors('bep/vectors.json')['bep6_allowed_fast'] as FastCase[]

	test.each(cases)('$k of $pieces for $ip', ({ k, pieces, infohash, ip, expect: expected }) => {
		const drawn = allowedFastSet({
			host: ip,
			infoHash: toInfoHash(fromHex(infohash)),
			pieceCount: pieces,
			count: k,
			sha1: bytes => createHash('sha1').update(bytes).digest(),
		})
		expect(drawn).toEqual(expected)
	})
})

describe('compact addresses', () => {
	type CompactCase = { hex: string; ip?: string; port?: number; family: 4 | 6; expect?: 'error' }
	const cases = readVectors('bep/vectors.json')['compact'] as CompactCase[]

	test.each(cases)('$hex', ({ hex, ip = '', port = 0, family, expect: expected }) => {
		const read = () => decodeCompactAddresses(fromHex(hex), family === 4 ? 6 : 18)
		if (expected === 'error') {
			expect(read).toThrow(ProtocolError)
		} else {
			expect(read()).toEqual([{ host: ip, port }])
			expect(encodeCompactAddress({ host: ip, port })).toEqual(fromHex(hex))
		}
	})
})
