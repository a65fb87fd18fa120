import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeMessage } from '../../source/inspect/describe.ts'
import type { WireMessage } from '../../source/torrent/snapshot.ts'
import { summariseMessage } from '../../source/engine/wire-log.ts'
import { arbitraryMessage } from '../helpers/arbitrary-message.ts'

const block = { piece: 812, offset: 0x4000, length: 16_384 }

test.each<[string, WireMessage]>([
	['keep-alive', { type: 'keepAlive' }],
	['choke', { type: 'choke' }],
	['unchoke', { type: 'unchoke' }],
	['interested', { type: 'interested' }],
	['not interested', { type: 'notInterested' }],
	['have #7', { type: 'have', piece: 7 }],
	['bitfield 9 pieces, 2 B', { type: 'bitfield', pieces: 9, payloadBytes: 2 }],
	['request #812 @0x4000 16 KiB', { type: 'request', ...block }],
	['piece #812 @0x4000 16 KiB', { type: 'piece', ...block }],
	['piece #812 @0x0 16383 B', { type: 'piece', piece: 812, offset: 0, length: 16_383 }],
	['cancel #812 @0x4000 16 KiB', { type: 'cancel', ...block }],
	['port 6881', { type: 'port', port: 6881 }],
	['suggest #7', { type: 'suggest', piece: 7 }],
	['have all', { type: 'haveAll' }],
	['have none', { type: 'haveNone' }],
	['reject #812 @0x4000 16 KiB', { type: 'reject', ...block }],
	['allowed fast #7', { type: 'allowedFast', piece: 7 }],
	['extended handshake 0 B', { type: 'extended', id: 0, name: undefined, payloadBytes: 0 }],
	['extended 3 2 KiB', { type: 'extended', id: 3, name: undefined, payloadBytes: 2048 }],
	['extended ut_pex 20 B', { type: 'extended', id: 3, name: 'ut_pex', payloadBytes: 20 }],
	['handshake', { type: 'handshake' }],
	['unknown 99 3 B', { type: 'unknown', id: 99, length: 3 }],
])('%s', (text, message) => {
	expect(describeMessage(message)).toBe(text)
})

test('every message has one short line of plain text', () => {
	fc.assert(
		fc.property(arbitraryMessage, message => {
			expect(describeMessage(summariseMessage(message, undefined))).toMatch(/^[ -~]{4,50}$/u)
		}),
	)
})
