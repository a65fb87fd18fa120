import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, utf8 } from '../../source/protocol/bytes.ts'
import { clientName } from '../../source/protocol/client-name.ts'

const peerId = (start: string): Uint8Array => {
	const head = Uint8Array.from(start, character => character.charCodeAt(0))
	return concatBytes([head, utf8('x'.repeat(20 - head.length))])
}

describe('client name', () => {
	it.each([
		['-qB4520-', 'qBittorrent 4.5.2'],
		['-LT2080-', 'libtorrent 2.0.8'],
		['-lt0D80-', 'rTorrent 0.13.8'],
		['-DE13F0-', 'Deluge 1.3.15'],
		['-TR2940-', 'Transmission 2.94'],
		['-TR300Z-', 'Transmission 3.00'],
		['-TR4050-', 'Transmission 4.0.5'],
		['-UT355S-', 'µTorrent 3.5.5'],
		['-WW0208-', 'WebTorrent 2.8'],
		['-BC0193-', 'BitComet 1.93'],
		['-AZ5750-', 'Vuze 5.7.5'],
		['-rQ0100-', 'rqbit 0.1'],
		['-ZZ1234-', 'ZZ 1.2.3.4'],
		['-ZZ1000-', 'ZZ 1.0'],
		['A2-1-36-0-', 'aria2 1.36.0'],
		['M7-10-5--', 'BitTorrent 7.10.5'],
		['S58B-----', 'Shadow 5.8.11'],
		['T03I-----', 'BitTornado 0.3.18'],
		['XBT054d-', 'XBT 0.5.4'],
		['OP1234', 'Opera'],
		['exbc\u0000\u003c', 'BitComet 0.60'],
		['exbc\u0000\u003cLORD', 'BitLord 0.60'],
	])('reads %s', (start, name) => {
		expect(clientName(peerId(start))).toBe(name)
	})

	it('shows what is printable of an unknown id', () => {
		expect(clientName(peerId('abc\u001b[2Jdefgh'))).toBe('abc?[2Jd')
		expect(clientName(peerId('\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008'))).toBe('unknown')
		expect(clientName(new Uint8Array(20))).toBe('unknown')
		expect(clientName(new Uint8Array(0))).toBe('unknown')
	})

	it('is short, safe and never empty for any bytes', () => {
		const start = fc.constantFrom('-qB', '-TR', 'M', 'A2-', 'S', 'exbc', 'XBT', '')
		fc.assert(
			fc.property(start, fc.uint8Array({ minLength: 20, maxLength: 20 }), (head, rest) => {
				const name = clientName(concatBytes([utf8(head), rest]).subarray(0, 20))
				expect(name).toMatch(/^[ -~µ]{1,40}$/u)
			}),
			{ numRuns: 2_000 },
		)
	})
})
