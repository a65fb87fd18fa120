import { describe, expect, test } from 'vitest'
import { WireBytes } from '../../source/engine/wire-bytes.ts'
import { WireLog } from '../../source/engine/wire-log.ts'
import { describeMessage } from '../../source/inspect/describe.ts'
import { toPeerNumber } from '../../source/protocol/ids.ts'
import { encodeConnectRequest } from '../../source/protocol/udp-tracker.ts'

const [one, other] = [toPeerNumber(1), toPeerNumber(3)]

const noFacts = { addressOf: () => undefined, extensionOf: () => undefined }
const mebibyte = 1 << 20

test('bytes outlive the views that they were made of', () => {
	const log = new WireLog(noFacts)
	const buffer = Uint8Array.of(1, 2, 3)
	log.message('in', one, { type: 'extended', id: 0, payload: buffer }, buffer, 0, undefined)
	log.message('in', one, { type: 'bitfield', bits: buffer }, buffer, 0, undefined)
	log.handshake('in', one, buffer, 0)
	buffer.fill(0xff)
	for (const sequence of [0, 1, 2]) expect(log.bytesOf(sequence)).toEqual(Uint8Array.of(1, 2, 3))
})

test('a row holds no bytes: it says how long the message is', () => {
	const log = new WireLog({
		...noFacts,
		extensionOf: (direction, peer, id) =>
			direction === 'out' && peer === one && id === 3 ? 'ut_pex' : undefined,
	})
	const payload = new Uint8Array(5000)
	log.message('in', one, { type: 'bitfield', bits: new Uint8Array(9000).fill(0x81) }, payload, 0, undefined)
	log.message('out', one, { type: 'extended', id: 3, payload }, undefined, 0, undefined)
	log.message('in', one, { type: 'extended', id: 3, payload }, payload, 0, undefined)
	expect(log.slice(0, 9, undefined).rows.map(({ message }) => message)).toEqual([
		{ type: 'bitfield', pieces: 18_000, payloadBytes: 9000 },
		{ type: 'extended', id: 3, name: 'ut_pex', payloadBytes: 5000 },
		{ type: 'extended', id: 3, name: undefined, payloadBytes: 5000 },
	])
})

test('a malformed message stands in the log with its fault and the bytes that came', () => {
	const log = new WireLog(noFacts)
	log.malformed(one, Uint8Array.of(0, 0, 0, 2, 4, 9), 'expected a have of 5 bytes, got 2', 7)
	expect(log.slice(9, 9, undefined).rows).toMatchObject([
		{
			direction: 'in',
			at: 7,
			message: { type: 'malformed', fault: 'expected a have of 5 bytes, got 2', bytes: 6 },
		},
	])
	expect(log.bytesOf(0)).toEqual(Uint8Array.of(0, 0, 0, 2, 4, 9))
})

test('what we send is kept as it was written, and what its fields tell is not kept twice', () => {
	const log = new WireLog(noFacts)
	const payload = Uint8Array.of(0x64, 0x65)
	log.message('out', one, { type: 'extended', id: 0, payload }, undefined, 0, undefined)
	log.message('out', one, { type: 'have', piece: 7 }, undefined, 0, undefined)
	log.message('in', one, { type: 'piece', piece: 7, offset: 0, length: 16_384 }, undefined, 0, undefined)
	expect(log.bytesOf(0)).toEqual(Uint8Array.of(0, 0, 0, 4, 20, 0, 0x64, 0x65))
	expect(log.bytesOf(1)).toBeUndefined()
	expect(log.bytesOf(2)).toBeUndefined()
	expect(log.bytesOf(3)).toBeUndefined()
})

test('rows are bounded, and of each message the bytes', () => {
	const log = new WireLog(noFacts)
	const payload = new Uint8Array(mebibyte)
	for (let count = 0; count < 5000; count += 1) {
		log.message('in', one, { type: 'extended', id: 0, payload }, payload, count, undefined)
	}
	const { rows, total } = log.slice(0, 1_000_000, undefined)
	expect(total).toBe(5000)
	expect(rows).toHaveLength(4096)
	expect(rows[0]?.sequence).toBe(904)
	expect(log.bytesOf(4999)?.buffer.byteLength).toBe(64 << 10)
	// 8 MiB hold 127 messages of 64 KiB and what they cost beside; older ones are let go.
	expect(log.bytesOf(5000 - 127)).toBeDefined()
	expect(log.bytesOf(5000 - 128)).toBeUndefined()
})

test('many small messages are bounded as few large ones are', () => {
	const bytes = new WireBytes()
	for (let sequence = 0; sequence < 100_000; sequence += 1) bytes.keep(sequence, Uint8Array.of(1))
	expect(bytes.totalBytes).toBeLessThanOrEqual(8 * mebibyte)
	expect(bytes.get(99_999)).toBeDefined()
	expect(bytes.get(60_000)).toBeUndefined()
})

test('the newest rows come oldest first, of all peers or of one', () => {
	const log = new WireLog({ ...noFacts, addressOf: peer => ({ host: `192.0.2.${peer}`, port: 1 }) })
	log.handshake('out', one, new Uint8Array(68), 1)
	log.message('in', other, { type: 'have', piece: 7 }, undefined, 2, undefined)
	log.message('out', one, { type: 'choke' }, undefined, 3, undefined)
	log.message('in', one, { type: 'unchoke' }, undefined, 4, undefined)
	const types = (count: number, peer?: typeof one) =>
		log.slice(9, count, peer).rows.map(({ message }) => message.type)
	expect(types(2)).toEqual(['choke', 'unchoke'])
	expect(types(9, one)).toEqual(['handshake', 'choke', 'unchoke'])
	expect(types(2, other)).toEqual(['have'])
	expect(log.slice(9, 1, other).rows[0]?.host).toBe('192.0.2.3')
})

describe('beside the peers', () => {
	const address = { host: '198.51.100.7', port: 6881 }
	const latin = (text: string) => Uint8Array.from(text, character => character.charCodeAt(0))
	const lastOf = (log: WireLog) => log.slice(0, 1, undefined).rows[0]

	test('a question of the DHT is a row that names its method and its subject', () => {
		const log = new WireLog(noFacts)
		const bytes = latin(
			'd1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e1:q9:get_peers1:t2:aa1:y1:qe',
		)
		const reason = { code: 'dht-lookup', target: 'ab'.repeat(20), round: 0 } as const
		log.datagram('out', 'dht', { address, bytes, now: 5, reason })
		expect(lastOf(log)).toMatchObject({
			...address,
			channel: 'dht',
			direction: 'out',
			at: 5,
			peer: undefined,
			reason,
			message: {
				type: 'dhtQuery',
				method: 'get_peers',
				subject: '6d6e6f707172737475767778797a313233343536',
				bytes: bytes.length,
			},
		})
		expect(log.bytesOf(0)).toEqual(bytes)
	})

	test('an answer of the DHT is told by what it answers and how much it names', () => {
		const log = new WireLog(noFacts)
		const nodes = 'n'.repeat(52)
		const bytes = latin(
			`d1:rd2:id20:abcdefghij01234567895:nodes52:${nodes}6:valuesl6:axje.u6:idhtnmee1:t2:aa1:y1:re`,
		)
		log.datagram('in', 'dht', { address, bytes, now: 5, latencyMs: 41, answers: 'get_peers' })
		expect(lastOf(log)).toMatchObject({
			latencyMs: 41,
			message: { type: 'dhtResponse', method: 'get_peers', nodes: 2, peers: 2 },
		})
		log.datagram('in', 'dht', { address, bytes: latin('d1:eli203e13:Unknown tokene1:t2:aa1:y1:ee'), now: 6 })
		expect(lastOf(log)?.message).toMatchObject({ type: 'dhtError', errorCode: 203, text: 'Unknown token' })
	})

	test('what nobody can read is a datagram with what was wrong with it', () => {
		const log = new WireLog(noFacts)
		log.datagram('in', 'dht', { address, bytes: latin('hello'), now: 5, fault: 'no \u001b[2Jbencode' })
		expect(lastOf(log)).toMatchObject({ message: { type: 'datagram', bytes: 5 }, fault: 'no bencode' })
	})

	test('a flood of datagrams pushes no handshake out of memory', () => {
		const log = new WireLog(noFacts)
		log.handshake('in', one, new Uint8Array(68), 0)
		const bytes = new Uint8Array(1400)
		for (let count = 0; count < 20_000; count += 1) log.datagram('in', 'dht', { address, bytes, now: count })
		expect(log.bytesOf(0)).toHaveLength(68)
		expect(log.bytesOf(1)).toBeUndefined()
		expect(log.bytesOf(20_000)).toHaveLength(1400)
		expect(log.slice(0, 1e6, undefined).rows).toHaveLength(4096)
		expect(log.slice(0, 1e6, undefined).rows[0]?.message).toEqual({ type: 'datagram', bytes: 1400 })
	})

	test('local discovery, packets of UDP trackers and HTTP are told in their own words', () => {
		const log = new WireLog(noFacts)
		const told = () => {
			const row = lastOf(log)
			return row === undefined ? undefined : describeMessage(row.message)
		}
		const hash = 'ab'.repeat(20)
		const lsd = `BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6882\r\nInfohash: ${hash}\r\n\r\n\r\n`
		log.datagram('in', 'lsd', { address, bytes: latin(lsd), now: 1 })
		expect(told()).toBe('local announce 1 torrent, port 6882')
		log.datagram('out', 'tracker', { address, bytes: encodeConnectRequest(7), now: 2 })
		expect(told()).toBe('udp connect')
		const error = latin('\0\0\0\u0003\0\0\0\u0007no such torrent')
		log.datagram('in', 'tracker', { address, bytes: error, now: 3 })
		expect(told()).toBe('udp error no such torrent')
		log.http('out', {
			address,
			bytes: latin('GET /announce?port=1&event=started HTTP/1.1\r\nHost: a\r\n\r\n'),
			now: 4,
		})
		expect(told()).toBe('http GET /announce started')
		log.http('in', { address, bytes: latin('HTTP/1.1 200 OK\r\n\r\nd8:intervali1800ee'), now: 5 })
		expect(told()).toBe('http 200 18 B')
		const peers = 'HTTP/1.1 200 OK\r\n\r\nd5:peers12:abcdefghijkle'
		log.http('in', { address, bytes: latin(peers), now: 6 })
		expect(told()).toBe('http 200 2 peers')
	})

	test('rows beside the peers belong to none of them', () => {
		const log = new WireLog(noFacts)
		log.datagram('in', 'dht', { address, bytes: latin('hello'), now: 5 })
		log.message('in', one, { type: 'choke' }, undefined, 6, undefined)
		expect(log.slice(9, 9, one).rows.map(({ message }) => message.type)).toEqual(['choke'])
		expect(log.slice(9, 9, undefined).rows).toHaveLength(2)
	})
})
