import { describe, expect, it, test } from 'vitest'
import { dissect } from '../../source/inspect/dissect.ts'
import type { Specimen } from '../../source/inspect/specimen.ts'
import { fromHex, utf8 } from '../../source/protocol/bytes.ts'
import { createGeometry } from '../../source/protocol/geometry.ts'
import { safe } from '../../source/protocol/safe-text.ts'
import { outline } from '../helpers/field-outline.ts'

// 2,635 pieces of 256 KiB and one of 5,000 bytes.
const geometry = createGeometry(0x4_0000, 2635 * 0x4_0000 + 5000)

function message(hex: string, facts: Partial<Specimen> = {}): string[] {
	const bytes = fromHex(hex.replaceAll(' ', ''))
	return outline(
		dissect({ type: 'message', direction: 'in', bytes, totalBytes: bytes.length, geometry, ...facts }),
	)
}

const prefixed = (id: string, payload: string) => {
	const bytes = utf8(payload)
	const length = (bytes.length + id.length / 2).toString(16).padStart(8, '0')
	return length + id + Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}

describe('messages', () => {
	it('keep-alive is its length prefix', () => {
		expect(message('00000000')).toEqual(['keep-alive 0-4 4 B', '  length prefix 0-4 0 B'])
	})

	test.each([
		['00', 'choke'],
		['01', 'unchoke'],
		['02', 'interested'],
		['03', 'not interested'],
		['0e', 'have all'],
		['0f', 'have none'],
	])('id %s is %s and has no payload', (id, name) => {
		expect(message(`00000001 ${id}`)).toEqual([
			`${name} 0-5 5 B`,
			'  length prefix 0-4 1 B',
			`  message id 4-5 ${Number.parseInt(id, 16)}, ${name}`,
		])
	})

	test.each([
		['04', 'have'],
		['0d', 'suggest'],
		['11', 'allowed fast'],
	])('id %s is %s and names a piece', (id, name) => {
		expect(message(`00000005 ${id} 0000032c`)).toEqual([
			`${name} 0-9 9 B`,
			'  length prefix 0-4 5 B',
			`  message id 4-5 ${Number.parseInt(id, 16)}, ${name}`,
			'  piece 5-9 #812 of 2636',
		])
	})

	test.each([
		['06', 'request'],
		['08', 'cancel'],
		['10', 'reject'],
	])('id %s is %s and names a block', (id, name) => {
		expect(message(`0000000d ${id} 0000032c 00004000 00004000`)).toEqual([
			`${name} 0-17 17 B`,
			'  length prefix 0-4 13 B',
			`  message id 4-5 ${Number.parseInt(id, 16)}, ${name}`,
			'  piece 5-9 #812 of 2636',
			'  offset 9-13 0x4000, block 2 of 16',
			'  length 13-17 16 KiB, the whole block',
		])
	})

	it('the last block of the torrent is short', () => {
		expect(message('0000000d 06 00000a4b 00000000 00001388').slice(3)).toEqual([
			'  piece 5-9 #2635 of 2636',
			'  offset 9-13 0x0, block 1 of 1',
			'  length 13-17 5000 B, the last block, short',
		])
	})

	it('of a piece the head is enough: the data has its place and length', () => {
		expect(message('00004009 07 0000032c 0003c000', { totalBytes: 16_397 })).toEqual([
			'piece 0-16397 16397 B',
			'  length prefix 0-4 16393 B',
			'  message id 4-5 7, piece',
			'  piece 5-9 #812 of 2636',
			'  offset 9-13 0x3c000, block 16 of 16',
			'  data 13-16397 16 KiB, the whole block',
		])
	})

	it('port is two bytes', () => {
		expect(message('00000003 09 1ae1')).toEqual([
			'port 0-7 7 B',
			'  length prefix 0-4 3 B',
			'  message id 4-5 9, port',
			'  port 5-7 6881',
		])
	})

	it('a bitfield is counted, its spare bits apart', () => {
		const small = createGeometry(16_384, 11 * 16_384)
		expect(message('00000003 05 ffa0', { geometry: small })).toEqual([
			'bitfield 0-7 7 B',
			'  length prefix 0-4 3 B',
			'  message id 4-5 5, bitfield',
			'  pieces 5-7 10 of 11, 90.9%, 5 spare bits',
			'    #0 to #7 5-6 8 set',
			'    last byte 6-7 1010 0000',
			'      #8 to #10 6-7&e0 101. ....',
			'      spare bits 6-7&1f ...0 0000',
		])
		expect(message('00000003 05 ffa1', { geometry: small })[3]).toBe(
			'  pieces 5-7 10 of 11, 90.9%, 5 spare bits ! expected spare bits to be zero',
		)
		expect(message('00000002 05 ff', { geometry: createGeometry(1, 8) }).slice(3)).toEqual([
			'  pieces 5-6 8 of 8, 100%',
		])
		expect(message('00000003 05 ffa0', { geometry: undefined })[3]).toBe('  pieces 5-7 10 set of 16 bits')
		expect(message('0000014b 05 ff', { totalBytes: 335 })[3]).toBe('  pieces 5-335 8 set in the first 1 B')
	})

	it('an unknown id keeps its payload together', () => {
		expect(message('00000004 63 0a0b0c')).toEqual([
			'unknown message 0-8 8 B',
			'  length prefix 0-4 4 B',
			'  message id 4-5 99, unknown',
			'  payload 5-8 0a0b0c',
		])
	})
})

describe('what is wrong', () => {
	it('a length that its type cannot have', () => {
		expect(message('00000006 04 0000000700')).toEqual([
			'have 0-10 10 B',
			'  length prefix 0-4 6 B ! expected 5, got 6',
			'  message id 4-5 4, have',
			'  piece 5-9 #7 of 2636',
			'  surplus 9-10 00 ! expected the end',
		])
		expect(message('00000003 04 0000')[3]).toBe('  piece 5-7 cut off ! expected 4 bytes, got 2')
		expect(message('00000009 07 00000000 00000000')[1]).toBe(
			'  length prefix 0-4 9 B ! expected at least 10, got 9',
		)
		expect(message('0000400a 07 00000000 00000000', { totalBytes: 16_398 })[1]).toBe(
			'  length prefix 0-4 16394 B ! expected at most 16393, got 16394',
		)
		expect(message('00000003 05 ffff')[1]).toBe('  length prefix 0-4 3 B ! expected 331, got 3')
		expect(message('00000001 14')[1]).toBe('  length prefix 0-4 1 B ! expected at least 2, got 1')
	})

	it('a length that the bytes do not have', () => {
		expect(message('0000000d 00')[1]).toBe('  length prefix 0-4 13 B ! says 13, but 1 bytes follow')
		expect(message('0000')).toEqual([
			'unknown message 0-2 2 B',
			'  length prefix 0-2 cut off ! expected 4 bytes, got 2',
		])
		expect(message('00000000 01').slice(0, 2)).toEqual([
			'unchoke 0-5 5 B',
			'  length prefix 0-4 0 B ! says 0, but 1 bytes follow',
		])
		expect(message('')).toEqual(['unknown message 0-0 0 B'])
	})

	it('a piece, an offset or a length that this torrent does not have', () => {
		expect(message('0000000d 06 00000a4c 00000000 00004000')[3]).toBe(
			'  piece 5-9 #2636 of 2636 ! expected a piece below 2636, got 2636',
		)
		expect(message('0000000d 06 00000001 00040000 00004000')[4]).toBe(
			'  offset 9-13 0x40000 ! expected an offset below 0x40000, got 0x40000',
		)
		expect(message('0000000d 06 00000001 00000001 00004001').slice(4)).toEqual([
			'  offset 9-13 0x1, inside block 1 of 16',
			'  length 13-17 16385 B ! expected at most 16384 bytes, got 16385',
		])
		expect(message('0000000d 06 00000a4b 00000000 00004000')[5]).toBe(
			'  length 13-17 16 KiB ! expected at most 5000 bytes up to the end of the piece, got 16384',
		)
		expect(message('0000000d 06 00000001 00000000 00000000')[5]).toMatch(/! expected at least 1 byte/u)
	})
})

describe('extended messages', () => {
	it('the handshake is taken apart to every key, string and integer', () => {
		const bencode = 'd1:md6:ut_pexi1ee4:reqqi250e1:v11:Transm. 4.06:yourip4:\u0001\u0002\u0003\u0004e'
		expect(message(prefixed('1400', bencode))).toEqual(
			[
				'extended handshake 0-66 66 B',
				'  length prefix 0-4 62 B',
				'  message id 4-5 20, extended',
				'  extended id 5-6 0, handshake',
				'  payload 6-66 4 keys',
				'    begins 6-7 "d"',
				'    m 7-23 1 key',
				'      key 7-10 "m"',
				'      begins 10-11 "d"',
				'      ut_pex 11-22 id 1',
				'        key 11-19 "ut_pex"',
				'        integer 19-22 "i1e"',
				'      ends 22-23 "e"',
				'    reqq 23-34 250 requests',
				'      key 23-29 "reqq"',
				'      integer 29-34 "i250e"',
				'    v 34-51 "Transm. 4.0"',
				'      key 34-37 "v"',
				'      length 37-40 11 B',
				'      string 40-51 "Transm. 4.0"',
				'    yourip 51-65 1.2.3.4',
				'      key 51-59 "yourip"',
				'      length 59-61 4 B',
				'      string 61-65 01020304',
				'    ends 65-66 "e"',
			].map(line => line),
		)
	})

	it('an id means what the receiver said it means', () => {
		const extension = safe`ut_metadata`
		expect(message('00000002 1403', { extension })[3]).toBe(
			'  extended id 5-6 3, ut_metadata by our handshake',
		)
		expect(message('00000002 1403', { extension, direction: 'out' })[3]).toBe(
			'  extended id 5-6 3, ut_metadata by its handshake',
		)
		expect(message('00000002 1463')).toContain('  extended id 5-6 99, unknown by our handshake')
	})

	it('metadata stands behind its dictionary', () => {
		const bencode = 'd8:msg_typei1e5:piecei0e10:total_sizei3425eexxxx'
		const lines = message(prefixed('1401', bencode), { extension: safe`ut_metadata` })
		expect(lines[0]).toBe('extended ut_metadata 0-54 54 B')
		expect(lines).toContain('    msg_type 7-20 1, data')
		expect(lines).toContain('    total_size 30-49 3425 B')
		expect(lines.at(-1)).toBe('    piece of metadata 50-54 4 B')
	})

	it('peer exchange shows addresses and flags', () => {
		const payload = 'd5:added6:\u0001\u0002\u0003\u0004\u001a\u00617:added.f1:\u0012e'
		const lines = message(prefixed('1402', payload), { extension: safe`ut_pex` })
		expect(lines).toContain('    added 7-22 1 peer')
		expect(lines).toContain('        1 16-22 1.2.3.4:6753')
		expect(lines).toContain('        1 33-34 0x12  seed, reachable')
	})

	it('what is no bencode says where it goes wrong', () => {
		expect(message(prefixed('1400', 'd1:v9:abce')).slice(4)).toEqual([
			'  payload 6-16 no bencode, 10 B ! expected 9 bytes of a string',
			'    before the fault 6-10 64313a76',
			'    from the fault on 10-16 393a61626365 ! expected 9 bytes of a string',
		])
		expect(message(prefixed('1400', 'd1:pi1e1:mdee')).find(line => line.includes('payload'))).toContain(
			'! expected the keys in order',
		)
		expect(message(prefixed('1400', 'de!')).at(-1)).toBe('    surplus 8-9 21 ! expected the end')
	})

	it('an extension of no known name is bencode where it looks like it, else bytes', () => {
		expect(message(prefixed('1409', 'd1:xi1ee'))).toContain('    x 7-13 1')
		expect(message(prefixed('1409', 'hello')).at(-1)).toBe('  payload 6-11 68656c6c6f')
		expect(message('00000006 14 04 00000007', { extension: safe`lt_donthave` }).at(-1)).toBe(
			'  payload 6-10 #7',
		)
	})
})

describe('handshake', () => {
	const head = `13${Array.from(utf8('BitTorrent protocol'), byte => byte.toString(16)).join('')}`
	const peerId = Array.from(utf8('-TR4060-abcdefghijkl'), byte => byte.toString(16)).join('')
	const handshake = (hex: string) => {
		const bytes = fromHex(hex)
		return outline(dissect({ type: 'handshake', direction: 'in', bytes, totalBytes: bytes.length }))
	}

	it('names its parts, every known reserved bit and the client', () => {
		expect(handshake(`${head}0000000000100005${'ab'.repeat(20)}${peerId}`)).toEqual([
			'handshake 0-68 68 B',
			'  name length 0-1 19',
			'  protocol name 1-20 "BitTorrent protocol"',
			'  reserved bits 20-28 extension protocol, fast extension, DHT',
			'    byte 0 20-21 0x0',
			'      Azureus messaging 20-21&80 0... ....  no',
			'      other bits 20-21&7f .000 0000  no',
			'    no known bit 21-22 zero',
			'    byte 2 22-23 0x0',
			'      location-aware 22-23&8 .... 0...  no',
			'      other bits 22-23&f7 0000 .000  no',
			'    no known bit 23-25 zero',
			'    byte 5 25-26 0x10',
			'      extension protocol 25-26&10 ...1 ....  yes',
			'      negotiation 25-26&3 .... ..00  no',
			'      other bits 25-26&ec 000. 00..  no',
			'    no known bit 26-27 zero',
			'    byte 7 27-28 0x5',
			'      upgrade to v2 27-28&10 ...0 ....  no',
			'      NAT traversal 27-28&8 .... 0...  no',
			'      fast extension 27-28&4 .... .1..  yes',
			'      XBT peer exchange 27-28&2 .... ..0.  no',
			'      DHT 27-28&1 .... ...1  yes',
			'      other bits 27-28&e0 000. ....  no',
			`  info hash 28-48 ${'ab'.repeat(20)}`,
			'  peer id 48-68 Transmission 4.0.6',
			'    client and version 48-56 "-TR4060-"',
			'    drawn by chance 56-68 6162636465666768696a6b6c',
		])
	})

	it('says what is wrong with another protocol, and what is cut off', () => {
		expect(handshake('0548656c6c6f')).toEqual([
			'handshake 0-6 6 B',
			'  name length 0-1 5 ! expected 19, got 5',
			'  protocol name 1-6 "Hello" ! expected the name of the BitTorrent protocol',
		])
		expect(handshake(`${head}000000`).at(-1)).toBe('  reserved bits 20-23 cut off ! expected 8 bytes, got 3')
		expect(handshake(`${head}0000000000000000${'ab'.repeat(41)}`).at(-1)).toBe(
			'  surplus 68-69 ab ! expected the end',
		)
	})
})
