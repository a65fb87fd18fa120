// UDP trackers: packets of any bytes, and exchanges in which a stranger and the tracker send what they like at
// any time. Only the awaited transaction moves an exchange, it sends a bounded number of packets, and it ends.
import { concatBytes } from '../../../source/protocol/bytes.ts'
import { toInfoHash, toPeerId } from '../../../source/protocol/ids.ts'
import { decodeUdpTrackerPacket } from '../../../source/protocol/udp-tracker.ts'
import {
	continueUdpExchange,
	createUdpExchange,
	receiveUdpDatagram,
	type UdpExchangeStep,
	type UdpTrackerExchange,
	type UdpTrackerTask,
} from '../../../source/protocol/udp-tracker-exchange.ts'
import { makeContent } from '../../helpers/make-torrent.ts'
import { Draw } from '../draw.ts'
import { check, type Target } from '../target.ts'
import { checkAnswer, checkFailure } from './http-tracker.ts'
import { checkSafe } from './text-rules.ts'

const infoHash = toInfoHash(new Uint8Array(20).fill(1))
const tasks: readonly UdpTrackerTask[] = [
	{ type: 'scrape', infoHashes: [infoHash, infoHash] },
	{
		type: 'announce',
		urlData: '/announce?a=b',
		request: {
			...{
				infoHash,
				peerId: toPeerId(new Uint8Array(20).fill(2)),
				port: 6881,
				uploaded: 2 ** 53 - 1,
				downloaded: 0,
			},
			...{ left: 1, event: 'started', numwant: 200, key: 0xffff_ffff },
		},
	},
]

export const udpTrackerTarget: Target = {
	name: 'udp-tracker',
	mutation: 'bytes',
	seeds: () => [
		Uint8Array.of(1, 2, 0, 0, 20, 2, 3, 1, 40, 2, 3, 2, 8, 1, 5, 2, 3, 3, 9),
		...Array.from({ length: 6 }, (_, seed) => makeContent(200, seed)),
	],
	run(input) {
		const packets = ([4, 6] as const).map(family => checkPacket(input, family))
		return [...packets, ...converse(new Draw(input))]
	},
}

function checkPacket(bytes: Uint8Array, family: 4 | 6): string {
	const packet = decodeUdpTrackerPacket(bytes, family)
	if (packet?.type === 'announced') checkAnswer(packet.response)
	if (packet?.type === 'scraped') check(packet.swarms.length <= 74, 'a scrape is bounded')
	if (packet?.type === 'error') checkSafe(packet.message, 1024)
	return packet?.type ?? 'no packet'
}

function converse(draw: Draw): string[] {
	const kind = draw.byte()
	const task = tasks[kind & 1] ?? tasks[0]!
	const connection = (kind & 2) === 0 ? undefined : { id: 77n, receivedAt: 0 }
	const exchange = createUdpExchange({ task, family: (kind & 4) === 0 ? 4 : 6, connection })
	const outcomes: string[] = []
	let now = draw.byte()
	let sent = 0
	for (let turn = 0; turn < 400; turn += 1) {
		const before = JSON.stringify(exchange, (_, value: unknown) =>
			typeof value === 'bigint' ? `${value}` : value,
		)
		const datagram = draw.isEmpty ? undefined : drawDatagram(draw, exchange)
		if (datagram === undefined) now = Math.max(now, exchange.nextAt)
		const means = { now, draw: () => draw.uint32() }
		const awaited = exchange.awaited
		const step: UdpExchangeStep =
			datagram === undefined
				? continueUdpExchange(exchange, now, means.draw)
				: receiveUdpDatagram(exchange, datagram, means)
		outcomes.push(`${awaited?.type} ${step.type}`)
		if (step.type === 'done') {
			checkResult(step.result)
			return [...outcomes, step.result.type]
		}
		if (step.type === 'send') {
			sent += 1
			check(step.bytes.length <= 1_500, 'a packet fits a frame')
			check(exchange.nextAt > now, 'the next packet is later')
		} else if (datagram !== undefined) {
			const after = JSON.stringify(exchange, (_, value: unknown) =>
				typeof value === 'bigint' ? `${value}` : value,
			)
			check(after === before, 'what is not awaited changes nothing')
		}
	}
	check(false, `an exchange ends; ${sent} packets were sent`)
}

/** Undefined: time passes. */
function drawDatagram(draw: Draw, { awaited }: UdpTrackerExchange): Uint8Array | undefined {
	const kind = draw.byte() % 8
	if (kind < 2) return undefined
	const action = draw.byte() % 5
	const transaction = kind === 2 ? draw.uint32() : (awaited?.transactionId ?? 0)
	const head = new DataView(new ArrayBuffer(8))
	head.setUint32(0, action)
	head.setUint32(4, transaction)
	return concatBytes([new Uint8Array(head.buffer), draw.bytes(draw.byte())])
}

function checkResult(result: Extract<UdpExchangeStep, { type: 'done' }>['result']): void {
	if (result.type === 'announced') checkAnswer(result)
	else if (result.type === 'failed') checkFailure(result)
	else check(result.swarms.length === 2, 'an entry for each torrent asked about')
}
