import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex, utf8 } from '../../source/protocol/bytes.ts'
import { toInfoHash, toPeerId } from '../../source/protocol/ids.ts'
import {
	decodeUdpTrackerPacket,
	encodeAnnounceRequest,
	encodeConnectRequest,
	encodeScrapeRequest,
} from '../../source/protocol/udp-tracker.ts'
import {
	continueUdpExchange,
	createUdpExchange,
	receiveUdpDatagram,
	type UdpTrackerTask,
} from '../../source/protocol/udp-tracker-exchange.ts'

type Expectation = {
	connection_id?: string
	interval?: number
	leechers?: number
	seeders?: number
	peers?: [string, number][]
	family?: 6
	error?: string
	rows?: ({ seeders: number; completed: number; leechers: number } | null)[]
}
type Vector = {
	name: string
	hex?: string
	transaction_id_sent: number
	expect: Expectation | string
	level: string
}

const url = new URL('../../../shared/vectors/tracker-udp/packets.json', import.meta.url)
const file = JSON.parse(readFileSync(url, 'utf8')) as {
	requests: { name: string; hex: string }[]
	bep41: { url: string; bytes_after_98: string }
	responses: Vector[]
}

const infoHash = toInfoHash(fromHex('a35641437423e626d938254a6b804910a6670ac1'))
const reversed = toInfoHash(fromHex('c10a67a61049806b4a2538d926e62374434156a3'))
const head = { connectionId: 0x0123_4567_89ab_cdefn, transactionId: 0xdeadbeef }
const request = {
	infoHash,
	peerId: toPeerId(utf8('-XX0001-0123456789ab')),
	downloaded: 1000,
	left: 8_589_934_597,
	uploaded: 77,
	event: 'started',
	key: 0x12345678,
	numwant: -1,
	port: 6881,
} as const

describe('requests', () => {
	const ours: Record<string, Uint8Array> = {
		'connect request': encodeConnectRequest(head.transactionId),
		'announce request': encodeAnnounceRequest(head, request),
		'scrape request, 2 hashes': encodeScrapeRequest(head, [infoHash, reversed]),
	}
	test.each(file.requests)('$name', ({ name, hex }) => {
		expect(toHex(ours[name] ?? new Uint8Array())).toBe(hex)
	})

	test('the path of the URL follows at byte 98', () => {
		const bytes = encodeAnnounceRequest(head, request, '/announce')
		expect(toHex(bytes.subarray(98))).toBe(file.bep41.bytes_after_98)
	})
})

// One vector names a file that is not among the vectors.
const responses = file.responses.filter(({ hex }) => hex !== undefined)

test('all but the captured answer have their bytes here', () => {
	expect(responses.length).toBe(file.responses.length - 1)
})

describe('responses', () => {
	test.each(responses)('$name ($level)', ({ hex = '', expect: wanted, transaction_id_sent }) => {
		const bytes = fromHex(hex)
		if (typeof wanted === 'string') {
			expect(wanted).toMatch(/^ignore/u)
			for (const task of tasks) expect(step(task, bytes, transaction_id_sent)).toEqual({ type: 'wait' })
			return
		}
		const packet = decodeUdpTrackerPacket(bytes, wanted.family ?? 4)
		expect(packet?.transactionId).toBe(transaction_id_sent)
		if (wanted.connection_id !== undefined) {
			expect(packet).toMatchObject({ type: 'connected', connectionId: BigInt(wanted.connection_id) })
		} else if (wanted.error === 'any replacement text') {
			expect(packet).toMatchObject({ type: 'error' })
		} else if (wanted.error !== undefined) {
			expect(packet).toMatchObject({ type: 'error', message: wanted.error })
		} else if (wanted.rows !== undefined) {
			const rows = wanted.rows
				.filter(row => row !== null)
				.map(({ seeders, completed, leechers }) => ({ seeders, downloads: completed, leechers }))
			expect(packet).toEqual({ type: 'scraped', transactionId: transaction_id_sent, swarms: rows })
		} else {
			const { interval, leechers, seeders, peers } = wanted
			expect(packet).toMatchObject({
				type: 'announced',
				response: {
					intervalS: interval,
					...(leechers === undefined ? {} : { leechers }),
					...(seeders === undefined ? {} : { seeders }),
					...(peers === undefined ? {} : { peers: peers.map(([host, port]) => ({ host, port })) }),
				},
			})
		}
	})
})

const tasks: { task: UdpTrackerTask; connected: boolean }[] = [
	{ task: { type: 'announce', request, urlData: '' }, connected: false },
	{ task: { type: 'announce', request, urlData: '' }, connected: true },
	{ task: { type: 'scrape', infoHashes: [infoHash] }, connected: true },
]

/** What an exchange that waits for an answer with this transaction id makes of a datagram. */
function step(waiting: (typeof tasks)[number], bytes: Uint8Array, transactionId: number) {
	const draw = () => transactionId
	const connection = waiting.connected ? { id: 1n, receivedAt: 0 } : undefined
	const exchange = createUdpExchange({ task: waiting.task, family: 4, connection })
	continueUdpExchange(exchange, 0, draw)
	return receiveUdpDatagram(exchange, bytes, { now: 1, draw })
}
