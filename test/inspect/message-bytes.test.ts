import fc from 'fast-check'
import { expect, test } from 'vitest'
import { summariseMessage } from '../../source/engine/wire-log.ts'
import { bytesOfMessage, totalBytesOf } from '../../source/inspect/message-bytes.ts'
import { decodeMessage } from '../../source/protocol/message-decoder.ts'
import { arbitraryMessage, wireBytes } from '../helpers/arbitrary-message.ts'

test('what is written anew is what was on the wire, byte for byte', () => {
	fc.assert(
		fc.property(arbitraryMessage, message => {
			const wire = wireBytes(message)
			const summary = summariseMessage(decodeMessage(wire), undefined)
			expect(totalBytesOf(summary)).toBe(wire.length)
			const bytes = bytesOfMessage(summary)
			const kept = message.type === 'bitfield' || message.type === 'extended'
			expect(bytes === undefined).toBe(kept)
			if (bytes !== undefined) expect(bytes).toEqual(wire.subarray(0, bytes.length))
			if (message.type === 'piece') expect(bytes).toHaveLength(13)
		}),
	)
})

test('a handshake is 68 bytes that have to be kept', () => {
	expect(totalBytesOf({ type: 'handshake' })).toBe(68)
	expect(bytesOfMessage({ type: 'handshake' })).toBeUndefined()
})
