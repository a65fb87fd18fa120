// A process between a client and a seed: whatever either sends goes through a link-model. Started by relay.ts, says
// how much it carried to the client and how long that took, ends with its parent.
import { connect, createServer, type Socket } from 'node:net'
import {
	advanceLink,
	createLinkDirection,
	type LinkDirection,
	pushBytes,
	sendBufferBytes,
} from './link-model.ts'
import type { RelayConfig, RelayMessage } from './relay.ts'

const config = JSON.parse(process.argv[2] ?? '') as RelayConfig
const receiveBufferBytes = 4 << 20
let bytes = 0
let firstAt = 0
let lastAt = 0

function tell(message: RelayMessage): void {
	process.send?.(message)
}

/** Carries one direction; `delivered` is told how many bytes have come out. */
function carry(from: Socket, to: Socket, link: LinkDirection, delivered: (length: number) => void): void {
	let timer: NodeJS.Timeout | undefined
	let hasEnded = false
	const pump = () => {
		clearTimeout(timer)
		const { arrived, wakeAt } = advanceLink(link, performance.now(), to.writableLength < receiveBufferBytes)
		to.cork()
		for (const segment of arrived) {
			to.write(segment)
			delivered(segment.length)
		}
		to.uncork()
		if (from.isPaused() && link.waitingBytes < sendBufferBytes(link) / 2) from.resume()
		if (hasEnded && link.waitingBytes === 0 && link.travelling.length === 0) to.end()
		else if (wakeAt !== Number.POSITIVE_INFINITY)
			timer = setTimeout(pump, Math.max(1, wakeAt - performance.now()))
	}
	from.on('data', (chunk: Buffer) => {
		pushBytes(link, chunk)
		if (link.waitingBytes > sendBufferBytes(link)) from.pause()
		pump()
	})
	from.on('end', () => {
		hasEnded = true
		pump()
	})
	to.on('drain', pump)
	to.on('close', () => {
		clearTimeout(timer)
		from.destroy()
	})
}

const server = createServer({ allowHalfOpen: true }, client => {
	if (firstAt === 0) firstAt = performance.now()
	const seed = connect({ host: '127.0.0.1', port: config.port, allowHalfOpen: true })
	for (const socket of [client, seed]) {
		socket.setNoDelay(true)
		socket.on('error', () => undefined)
	}
	carry(client, seed, createLinkDirection(config.shape, config.seed), () => undefined)
	carry(seed, client, createLinkDirection(config.shape, config.seed + 1), length => {
		bytes += length
		lastAt = performance.now()
	})
})
server.listen(0, '127.0.0.1', () => {
	const address = server.address()
	if (address !== null && typeof address === 'object') tell({ type: 'listening', port: address.port })
})
process.on('message', () => tell({ type: 'carried', bytes, seconds: (lastAt - firstAt) / 1000 }))
process.on('disconnect', () => process.exit(0))
