import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromUtf8, toHex, utf8 } from '../../source/protocol/bytes.ts'
import { toInfoHash } from '../../source/protocol/ids.ts'
import {
	decodeLocalAnnounce,
	encodeLocalAnnounce,
	maxLocalAnnounceBytes,
} from '../../source/protocol/local-discovery.ts'

const hash = (fill: number) => toInfoHash(new Uint8Array(20).fill(fill))
const hashHex = 'aa'.repeat(20)
const lines = (...parts: string[]) => utf8([...parts, '', '', ''].join('\r\n'))
const head = ['BT-SEARCH * HTTP/1.1', 'Host: 239.192.152.143:6771']

describe('an announce', () => {
	test('of ours is what BEP 14 prints', () => {
		const announce = { port: 6881, infoHashes: [hash(0xaa)], cookie: 'c00c1e' }
		const four = encodeLocalAnnounce(4, announce)
		expect(fromUtf8(four.bytes)).toBe(
			'BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6881\r\n' +
				`Infohash: ${hashHex}\r\ncookie: c00c1e\r\n\r\n\r\n`,
		)
		expect(four.rest).toEqual([])
		const six = encodeLocalAnnounce(6, { ...announce, cookie: undefined })
		expect(fromUtf8(six.bytes)).toBe(
			'BT-SEARCH * HTTP/1.1\r\nHost: [ff15::efc0:988f]:6771\r\nPort: 6881\r\n' +
				`Infohash: ${hashHex}\r\n\r\n\r\n`,
		)
		expect(decodeLocalAnnounce(four.bytes)).toEqual(announce)
		expect(decodeLocalAnnounce(six.bytes)).toEqual({ ...announce, cookie: undefined })
	})

	test('names several torrents, whatever the case and the order of its headers, and unknown ones', () => {
		const bytes = lines(
			...head,
			`INFOHASH: ${'AB'.repeat(20)}`,
			'x-later: yes',
			'port:6999',
			`infohash:\t${hashHex} `,
			`Infohash: ${hashHex}`,
		)
		const { port, infoHashes, cookie } = decodeLocalAnnounce(bytes)
		expect([port, cookie]).toEqual([6999, undefined])
		expect(infoHashes.map(toHex)).toEqual(['ab'.repeat(20), hashHex])
	})

	test('of a hundred torrents goes out in datagrams of at most 1400 bytes', () => {
		let rest: readonly ReturnType<typeof hash>[] = Array.from({ length: 100 }, (_, n) => hash(n))
		const heard: number[] = []
		while (rest.length > 0) {
			const { bytes, rest: left } = encodeLocalAnnounce(6, {
				port: 65_535,
				infoHashes: rest,
				cookie: 'c'.repeat(16),
			})
			expect(bytes.length).toBeLessThanOrEqual(maxLocalAnnounceBytes)
			heard.push(...decodeLocalAnnounce(bytes).infoHashes.map(each => each[0] ?? -1))
			rest = left
		}
		expect(heard).toEqual(Array.from({ length: 100 }, (_, n) => n))
	})

	test('leaves out hashes of another form, and is refused when none is left', () => {
		const bytes = lines(...head, 'Port: 1', 'Infohash: xyz', `Infohash: ${hashHex}`, `Infohash: ${hashHex}00`)
		expect(decodeLocalAnnounce(bytes).infoHashes.map(toHex)).toEqual([hashHex])
		expect(() => decodeLocalAnnounce(lines(...head, 'Port: 1', 'Infohash: xyz'))).toThrow(
			expect.objectContaining({ code: 'lsd-infohash' }),
		)
	})
})

describe('a datagram is refused', () => {
	const good = ['Port: 6881', `Infohash: ${hashHex}`]
	test.each([
		['with another method', lines('M-SEARCH * HTTP/1.1', ...good), 'lsd-request-line'],
		['in lower case', lines('bt-search * http/1.1', ...good), 'lsd-request-line'],
		['without a port', lines(...head, `Infohash: ${hashHex}`), 'lsd-port'],
		['with port 0', lines(...head, 'Port: 0', `Infohash: ${hashHex}`), 'lsd-port'],
		['with port 65536', lines(...head, 'Port: 65536', `Infohash: ${hashHex}`), 'lsd-port'],
		['with a port of another form', lines(...head, 'Port: +80', `Infohash: ${hashHex}`), 'lsd-port'],
		['with two ports', lines(...head, 'Port: 1', ...good), 'lsd-port'],
		['without an info hash', lines(...head, 'Port: 6881'), 'lsd-infohash'],
		['with a line that is no header', lines(...head, ...good, 'hello'), 'lsd-header'],
		['with a folded header', lines(...head, ...good, ' more'), 'lsd-header'],
		['with bare line feeds', utf8([...head, ...good, '', ''].join('\n')), 'lsd-text'],
		['with an escape in it', lines(...head, ...good, 'cookie: \u001b[2J'), 'lsd-text'],
		['with other letters', lines(...head, ...good, 'cookie: ä'), 'lsd-text'],
		['of one line', utf8('BT-SEARCH * HTTP/1.1'), 'lsd-text'],
		['empty', utf8(''), 'lsd-text'],
		['over 1400 bytes', lines(...head, ...good, `x: ${'x'.repeat(1400)}`), 'lsd-length'],
	])('%s', (_, bytes, code) => {
		expect(() => decodeLocalAnnounce(bytes)).toThrow(expect.objectContaining({ name: 'ProtocolError', code }))
	})
})

test('any bytes at all are an announce or a ProtocolError', () => {
	const line = fc.oneof(
		fc.constantFrom('BT-SEARCH * HTTP/1.1', 'Port: 6881', `Infohash: ${hashHex}`, 'cookie: x', ''),
		fc.string({ maxLength: 30 }),
	)
	const bytes = fc.oneof(
		fc.uint8Array({ maxLength: 200 }),
		fc.array(line, { maxLength: 8 }).map(parts => utf8(parts.join('\r\n'))),
	)
	fc.assert(
		fc.property(bytes, datagram => {
			try {
				const { port, infoHashes } = decodeLocalAnnounce(datagram)
				expect(port).toBeGreaterThan(0)
				expect(infoHashes.length).toBeGreaterThan(0)
			} catch (error) {
				expect(error).toMatchObject({ name: 'ProtocolError' })
			}
		}),
	)
})
