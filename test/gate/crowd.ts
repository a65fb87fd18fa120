// A thousand hostile connections at once, each from an address of its own in 127/8: silent ones, handshakes a
// byte at a time, noise, floods of requests, readers that do not read, and blocks that nobody asked for. Whoever
// is thrown out comes back after a second.
import { randomFillSync } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { concatBytes } from '../../source/protocol/bytes.ts'
import { encodeHandshake } from '../../source/protocol/handshake.ts'
import { type InfoHash, toPeerId } from '../../source/protocol/ids.ts'
import { blockBytes } from '../../source/protocol/message.ts'
import { encodeMessage } from '../../source/protocol/message-encoder.ts'

const tickMs = 100
const returnsAfterTicks = 10

const manners = ['silent', 'trickler', 'noise', 'requests', 'deaf', 'blocks'] as const
type Manner = (typeof manners)[number]

type Seat = {
	readonly manner: Manner
	readonly host: string
	readonly handshake: Uint8Array
	socket: Socket | undefined
	isOpen: boolean
	ticks: number
}

export type CrowdOptions = {
	/** Of 127.0.0.1. */
	readonly port: number
	readonly infoHash: InfoHash
	readonly pieceCount: number
	readonly size: number
}

export class Crowd {
	readonly #options: CrowdOptions
	readonly #seats: readonly Seat[]
	readonly #timer: NodeJS.Timeout
	readonly #noise = randomFillSync(new Uint8Array(65_536))
	readonly #requests: Uint8Array
	readonly #blocks: Uint8Array
	#connections = 0

	/** Begins at once. */
	constructor(options: CrowdOptions) {
		this.#options = options
		const { infoHash, pieceCount, size } = options
		this.#seats = Array.from({ length: size }, (_, index) => ({
			manner: manners[index % manners.length] ?? 'silent',
			host: `127.1.${index >> 8}.${index & 0xff}`,
			handshake: encodeHandshake({
				flags: { extended: true, fast: true, dht: false, v2: false },
				infoHash,
				peerId: toPeerId(randomFillSync(new Uint8Array(20))),
			}),
			socket: undefined,
			isOpen: false,
			ticks: 0,
		}))
		this.#requests = concatBytes(
			Array.from({ length: 100 }, (_, index) =>
				encodeMessage({ type: 'request', piece: (index * 7) % pieceCount, offset: 0, length: blockBytes }),
			),
		)
		const head = encodeMessage({ type: 'piece', piece: 0, offset: 0, length: blockBytes }).subarray(0, 13)
		this.#blocks = concatBytes([head, this.#noise.subarray(0, blockBytes)])
		for (const seat of this.#seats) this.#enter(seat)
		this.#timer = setInterval(() => this.#tick(), tickMs)
	}

	/** Connections made so far. */
	get connections(): number {
		return this.#connections
	}

	/** Connections that stand. */
	get open(): number {
		return this.#seats.reduce((sum, { isOpen }) => sum + (isOpen ? 1 : 0), 0)
	}

	close(): void {
		clearInterval(this.#timer)
		for (const { socket } of this.#seats) socket?.destroy()
	}

	#enter(seat: Seat): void {
		const socket = connect({ host: '127.0.0.1', port: this.#options.port, localAddress: seat.host })
		seat.socket = socket
		seat.ticks = 0
		socket.on('error', () => undefined)
		socket.on('connect', () => {
			this.#connections += 1
			seat.isOpen = true
			this.#greet(seat, socket)
		})
		socket.on('close', () => {
			seat.isOpen = false
			seat.socket = undefined
			seat.ticks = 0
		})
	}

	#greet({ manner, handshake }: Seat, socket: Socket): void {
		if (manner !== 'deaf') socket.resume()
		if (manner === 'silent' || manner === 'trickler') return
		if (manner === 'noise') {
			socket.write(this.#noise)
			return
		}
		const have = encodeMessage({ type: manner === 'blocks' ? 'haveAll' : 'haveNone' })
		socket.write(concatBytes([handshake, have, encodeMessage({ type: 'interested' })]))
	}

	#tick(): void {
		for (const seat of this.#seats) {
			seat.ticks += 1
			const { socket } = seat
			if (socket === undefined) {
				if (seat.ticks >= returnsAfterTicks) this.#enter(seat)
			} else if (seat.isOpen && socket.writableLength === 0) this.#goOn(seat, socket)
		}
	}

	#goOn({ manner, handshake, ticks }: Seat, socket: Socket): void {
		if (manner === 'trickler') socket.write(handshake.subarray(ticks % 60, (ticks % 60) + 1))
		else if (manner === 'requests' || manner === 'deaf') socket.write(this.#requests)
		else if (manner === 'blocks') socket.write(this.#blocks)
	}
}
