// Datagrams of local discovery: an announce or a ProtocolError, and an announce is read again as it was written.
import { decodeLocalAnnounce, encodeLocalAnnounce } from '../../../source/protocol/local-discovery.ts'
import { toInfoHash } from '../../../source/protocol/ids.ts'
import { attempt, check, checkSame, type Target } from '../target.ts'

const hashes = [1, 2, 3].map(fill => toInfoHash(new Uint8Array(20).fill(fill)))

export const localDiscoveryTarget: Target = {
	name: 'local-discovery',
	mutation: 'text',
	maxBytes: 2000,
	seeds: () => [
		encodeLocalAnnounce(4, { port: 6881, infoHashes: hashes, cookie: 'cookie' }).bytes,
		encodeLocalAnnounce(6, { port: 1, infoHashes: hashes.slice(0, 1), cookie: undefined }).bytes,
	],
	dictionary: [
		...['BT-SEARCH * HTTP/1.1\r\n', 'Port: ', 'Infohash: ', 'cookie: ', 'Host: ', '\r\n', '\r\n\r\n'],
		...['65536', '-1', ' ', '\t', '\u001b[2J', '\u0000', '+1', '1e3'],
	],
	run(input) {
		const first = attempt(() => decodeLocalAnnounce(input))
		if (!first.ok) return [first.error.code]
		const { port, infoHashes, cookie } = first.value
		check(Number.isInteger(port) && port >= 1 && port <= 65_535, `port ${port}`)
		check(infoHashes.length >= 1 && infoHashes.length <= 32, `${infoHashes.length} info hashes`)
		check(cookie === undefined || /^[\t\x20-\x7e]{0,64}$/u.test(cookie), 'cookie')
		const { bytes, rest } = encodeLocalAnnounce(4, first.value)
		const again = decodeLocalAnnounce(bytes)
		checkSame([...again.infoHashes, ...rest], infoHashes, 'written and read')
		checkSame([again.port, again.cookie], [port, cookie], 'port and cookie')
		return [`${infoHashes.length} hashes`, cookie === undefined ? 'no cookie' : 'cookie']
	},
}
