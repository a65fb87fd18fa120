// A process that plays many peers behind one listening socket: each peer has a loopback address of its own, and
// what a connection was dialled to says which peer it meets. Started by swarm.ts, ends with its parent.
import { createServer, type Socket } from 'node:net'
import { blockBytes, pieceContent } from './swarm-torrent.ts'
import { peerNumber, type SwarmConfig, type SwarmMessage } from './swarm.ts'

const config = JSON.parse(process.argv[2] ?? '') as SwarmConfig
const content = pieceContent(config.pieceBytes)
/** How often an idle peer tells of a piece that it has got elsewhere. */
const haveEveryMs = 10_000
const handshakeBytes = 68
const request = 6
const cancel = 8
/** Requests beyond it wait, where a cancel still finds them. */
const sendBufferBytes = 512 << 10
const unchoke = Buffer.from([0, 0, 0, 1, 1])
let connected = 0
let isAsked = false

function tell(message: SwarmMessage): void {
	process.send?.(message)
}

/** A peer has its own share of every round of pieces, and others by a fixed draw; an idle one has nothing yet. */
function bitfieldOf(peer: number): Buffer {
	const bytes = Buffer.alloc(5 + Math.ceil(config.pieceCount / 8))
	bytes.writeUInt32BE(bytes.length - 4, 0)
	bytes[4] = 5
	if (config.isIdle) return bytes
	const least = config.peerCount === 1 ? 0 : 0.5
	for (let piece = 0; piece < config.pieceCount; piece++) {
		const has = piece % config.peerCount === peer || draw(peer, piece) >= least
		if (has) bytes[5 + (piece >> 3)] = (bytes[5 + (piece >> 3)] ?? 0) | (128 >> (piece & 7))
	}
	return bytes
}

/**
 * 0 … 1, the same every time. Draws of neighbours have nothing to do with each other: else a piece would be with
 * nearly all of the peers or with one alone, for whom a download that dials 30 peers a second waits.
 */
function draw(peer: number, piece: number): number {
	let bits = Math.imul(peer + 1, 0x9e_37_79_b1) ^ Math.imul(piece + 1, 0x85_eb_ca_6b)
	bits = Math.imul(bits ^ (bits >>> 15), 0x2c_1b_3c_6d)
	bits = Math.imul(bits ^ (bits >>> 12), 0x29_7a_2d_39)
	return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32
}

function answerHandshake(socket: Socket): void {
	connected++
	const peer = peerNumber(socket.localAddress ?? '')
	const hello = Buffer.alloc(handshakeBytes)
	hello.write('\u0013BitTorrent protocol', 'latin1')
	hello.write(config.infoHash, 28, 'hex')
	hello.write(`-GR0001-${String(peer).padStart(12, '0')}`, 48, 'latin1')
	socket.write(Buffer.concat([hello, bitfieldOf(peer), ...(config.isIdle ? [] : [unchoke])]))
	if (config.isIdle && config.isSilent !== true) tellOfPieces(socket, peer)
	tell({ type: 'connected', count: connected })
}

/** The peers of a swarm take turns within the interval, as the moments of their connections do. */
function tellOfPieces(socket: Socket, peer: number): void {
	let piece = peer
	const tellOfNext = () => {
		piece++
		const have = Buffer.from([0, 0, 0, 5, 4, 0, 0, 0, 0])
		have.writeUInt32BE(piece % config.pieceCount, 5)
		socket.write(have)
	}
	let timer = setTimeout(
		() => {
			tellOfNext()
			timer = setInterval(tellOfNext, haveEveryMs)
		},
		(haveEveryMs * peer) / config.peerCount,
	)
	socket.on('close', () => clearTimeout(timer))
}

/** Sends the block that a request of 12 bytes (index, begin, length) asks for. */
function serve(socket: Socket, wanted: Buffer): void {
	const [begin, length] = [wanted.readUInt32BE(4), wanted.readUInt32BE(8)]
	const header = Buffer.allocUnsafe(13)
	header.writeUInt32BE(9 + length, 0)
	header[4] = 7
	wanted.copy(header, 5, 0, 8)
	socket.write(header)
	socket.write(content.subarray(begin, begin + length))
}

function serveWaiting(socket: Socket, waiting: Buffer[]): void {
	socket.cork()
	while (socket.writableLength < sendBufferBytes) {
		const next = waiting.shift()
		if (next === undefined) break
		serve(socket, next)
	}
	socket.uncork()
}

/** Serves one block at a time, as over a line of its own; `false` for a swarm without limits. */
function servePaced(socket: Socket, waiting: Buffer[]): boolean {
	const { bytesPerSecondAPeer } = config
	if (bytesPerSecondAPeer === undefined) return false
	const share = 0.4 + 1.2 * draw(peerNumber(socket.localAddress ?? ''), config.pieceCount)
	const everyMs = (blockBytes * 1000) / (bytesPerSecondAPeer * share)
	const timer = setInterval(() => {
		const next = waiting.shift()
		if (next !== undefined) serve(socket, next)
	}, everyMs)
	socket.on('close', () => clearInterval(timer))
	return true
}

/** Takes one message (without its length) of a greeted peer; only requests and their cancels matter here. */
function takeMessage(message: Buffer, waiting: Buffer[]): void {
	if (message.length !== 13) return
	if (message[0] === request) {
		if (!isAsked) tell({ type: 'first-request', at: Date.now() })
		isAsked = true
		waiting.push(message.subarray(1))
	} else if (message[0] === cancel) {
		const at = waiting.findIndex(one => one.equals(message.subarray(1)))
		if (at !== -1) waiting.splice(at, 1)
	}
}

function converse(socket: Socket): void {
	let rest: Buffer = Buffer.alloc(0)
	let isGreeted = false
	const waiting: Buffer[] = []
	socket.setNoDelay(true)
	socket.on('error', () => undefined)
	const isPaced = servePaced(socket, waiting)
	socket.on('data', (bytes: Buffer) => {
		rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
		if (!isGreeted) {
			if (rest.length < handshakeBytes) return
			isGreeted = true
			rest = rest.subarray(handshakeBytes)
			answerHandshake(socket)
		}
		while (rest.length >= 4) {
			const end = 4 + rest.readUInt32BE(0)
			if (rest.length < end) break
			takeMessage(rest.subarray(4, end), waiting)
			rest = rest.subarray(end)
		}
		if (!isPaced) serveWaiting(socket, waiting)
	})
	socket.on('drain', () => {
		if (!isPaced) serveWaiting(socket, waiting)
	})
}

const server = createServer(converse)
server.listen({ port: 0, host: '0.0.0.0', backlog: 4096 }, () => {
	const address = server.address()
	if (address !== null && typeof address === 'object') tell({ type: 'listening', port: address.port })
})
process.on('disconnect', () => process.exit(0))
