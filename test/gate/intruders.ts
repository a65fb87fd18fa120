// Connections of strangers who break the protocol, ten a second: noise, half a handshake, silence, messages
// that are illegal or come in floods, and hanging up in the middle of it.
import { createHash } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { concatBytes } from '../../source/protocol/bytes.ts'
import { encodeHandshake } from '../../source/protocol/handshake.ts'
import { toInfoHash, toPeerId } from '../../source/protocol/ids.ts'
import { encodeMessage } from '../../source/protocol/message-encoder.ts'
import { parseMetainfo } from '../../source/protocol/metainfo.ts'
import { createRandom, nextUint32, type RandomState, randomBelow } from '../../source/torrent/random.ts'

const everyMs = 100
const longestMs = 15_000

export class Intruders {
	readonly #port: number
	readonly #handshake: Uint8Array
	readonly #pieceCount: number
	readonly #random: RandomState
	readonly #sockets = new Set<Socket>()
	readonly #timer: NodeJS.Timeout
	#count = 0

	/** Begins at once; the port is one of 127.0.0.1. */
	constructor(port: number, torrent: Uint8Array, seed: number) {
		const metainfo = parseMetainfo(torrent)
		this.#port = port
		this.#random = createRandom(seed)
		this.#pieceCount = metainfo.geometry.pieceCount
		this.#handshake = encodeHandshake({
			flags: { extended: true, fast: true, dht: false, v2: false },
			infoHash: toInfoHash(createHash('sha1').update(metainfo.infoBytes).digest()),
			peerId: toPeerId(new Uint8Array(20)),
		})
		this.#timer = setInterval(() => this.#intrude(), everyMs)
	}

	/** Connections so far. */
	get count(): number {
		return this.#count
	}

	close(): void {
		clearInterval(this.#timer)
		for (const socket of this.#sockets) socket.destroy()
	}

	#intrude(): void {
		const socket = connect({ host: '127.0.0.1', port: this.#port })
		this.#sockets.add(socket)
		socket.on('error', () => undefined)
		socket.on('close', () => this.#sockets.delete(socket))
		socket.on('connect', () => {
			this.#count += 1
			socket.write(this.#words())
			// Some read what comes, some never do.
			if (randomBelow(this.#random, 3) > 0) socket.resume()
			const holdMs = randomBelow(this.#random, 4) === 0 ? longestMs : randomBelow(this.#random, 2_000)
			setTimeout(() => socket.destroy(), holdMs).unref()
		})
	}

	#words(): Uint8Array {
		const random = this.#random
		const handshake = this.#handshake.slice()
		handshake.set(this.#noise(12), 56)
		switch (randomBelow(random, 7)) {
			case 0:
				return this.#noise(200)
			case 1:
				return handshake.subarray(0, randomBelow(random, 68))
			case 2:
				return concatBytes([handshake, this.#noise(500)])
			case 3:
				return concatBytes([handshake, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 7)])
			case 4:
				return concatBytes([handshake, encodeMessage({ type: 'have', piece: 0xffff_ffff })])
			case 5:
				return concatBytes([handshake, ...this.#flood()])
			default:
				return concatBytes([
					handshake,
					encodeMessage({ type: 'haveAll' }),
					encodeMessage({ type: 'unchoke' }),
				])
		}
	}

	#flood(): Uint8Array[] {
		const messages = [encodeMessage({ type: 'haveNone' }), encodeMessage({ type: 'interested' })]
		for (let index = 0; index < 2_000; index += 1) {
			const piece = randomBelow(this.#random, this.#pieceCount + 1)
			messages.push(encodeMessage({ type: 'request', piece, offset: 0, length: 16_384 }))
		}
		return messages
	}

	#noise(length: number): Uint8Array {
		return Uint8Array.from({ length }, () => nextUint32(this.#random) & 0xff)
	}
}
