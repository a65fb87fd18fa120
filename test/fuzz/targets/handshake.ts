// The handshake in parts of any size: the same as in one, and what follows it is handed back untouched.
import { concatBytes, equalBytes } from '../../../source/protocol/bytes.ts'
import {
	encodeHandshake,
	handshakeBytes,
	HandshakeReader,
	parseHandshake,
} from '../../../source/protocol/handshake.ts'
import { toInfoHash, toPeerId } from '../../../source/protocol/ids.ts'
import { Draw, splitBy } from '../draw.ts'
import { attempt, check, checkSame, type Target } from '../target.ts'

export const handshakeTarget: Target = {
	name: 'handshake',
	mutation: 'bytes',
	seeds: () =>
		[0, 4, 68].map(after =>
			concatBytes([
				Uint8Array.of(5, 9, 40, 1, 1, 1, 60, 2),
				encodeHandshake({
					flags: { extended: true, dht: after > 0, fast: true, v2: after === 68 },
					infoHash: toInfoHash(new Uint8Array(20).fill(after)),
					peerId: toPeerId(new Uint8Array(20).fill(0x2d)),
				}),
				new Uint8Array(after),
			]),
		),
	run(input) {
		const draw = new Draw(input)
		const lengths = new Draw(draw.bytes(8))
		const bytes = draw.rest()
		const whole = attempt(() => parseHandshake(bytes.subarray(0, handshakeBytes)))
		const reader = new HandshakeReader()
		const rests: Uint8Array[] = []
		const read = attempt(() => {
			for (const part of splitBy(bytes, lengths)) {
				rests.push(reader.push(part).slice())
				part.fill(0xaa)
			}
		})
		if (!read.ok) {
			check(!whole.ok && read.error.code === 'handshake-protocol', 'only a wrong name is refused early')
			return [`${read.error.code} ${read.error.offset}`]
		}
		checkSame(reader.handshake, whole.ok ? whole.value : undefined, 'parts read as the whole')
		check((reader.head !== undefined) === bytes.length >= 48, 'the head is known from 48 bytes on')
		check(equalBytes(concatBytes(rests), bytes.subarray(handshakeBytes)), 'the rest is handed back')
		if (!whole.ok) return [whole.error.code]
		const { extended, dht, fast, v2 } = whole.value.flags
		return [`${extended} ${dht} ${fast} ${v2}`, rests.length > 1 ? 'split' : 'whole']
	},
}
