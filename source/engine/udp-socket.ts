// UDP by node:dgram: one socket a family on the peer port, shared by all who speak UDP. An error of a
// datagram (a closed port, no route, too long) is counted and never fatal: UDP promises nothing.
import { createSocket, type Socket } from 'node:dgram'
import { type Address, formatHost, parseHost } from '../protocol/address.ts'
import type { Datagrams, DatagramSocket, Outcome } from './environment.ts'
import { errorCode, worldFailure } from './world-failure.ts'

type Handler = Parameters<DatagramSocket['subscribe']>[0]
/** What Node keeps in a socket and does not declare. */
type Reader = { recvStart(): void; recvStop(): void }

/**
 * A datagram costs about 7 µs wherever it comes from. Beyond so many in so much time nothing is read until that is
 * over: what the system's buffer does not hold is lost, and a flood takes a tenth of a core at most (threats U3).
 */
const sliceMs = 50
const mostInSlice = 500

/** Datagrams over the sockets of this machine. An IPv6 host gives a socket for IPv6 alone. */
export function createNodeDatagrams(): Datagrams {
	return { bind: (host, port) => bindUdp(host, port) }
}

/** Binds a socket to an IPv4 or IPv6 address of ours; port 0 takes a free one. */
export function bindUdp(host: string, port: number): Promise<Outcome<UdpSocket>> {
	const family = parseHost(host)?.length === 16 || host.includes(':') ? 6 : 4
	const socket = family === 6 ? createSocket({ type: 'udp6', ipv6Only: true }) : createSocket('udp4')
	return new Promise(resolve => {
		const fail = (error: Error) => {
			socket.close()
			resolve(worldFailure(error))
		}
		socket.once('error', fail)
		socket.bind({ address: host, port, exclusive: true }, () => {
			socket.off('error', fail)
			resolve({ ok: true, value: new UdpSocket(socket) })
		})
	})
}

export class UdpSocket implements DatagramSocket {
	readonly port: number
	readonly #socket: Socket
	readonly #handlers = new Set<Handler>()
	#errors = 0
	#open = true
	#slice: NodeJS.Timeout | undefined
	#inSlice = 0

	/** `socket` is bound; from here on it belongs to this object. */
	constructor(socket: Socket) {
		this.#socket = socket
		this.port = socket.address().port
		socket.on('error', () => (this.#errors += 1))
		const reader = readerOf(socket)
		socket.on('message', (bytes, sender) => {
			if (reader !== undefined) this.#count(reader)
			const host = parseHost(sender.address)
			if (host === undefined) return
			this.#deliver(bytes, { host: formatHost(host), port: sender.port })
		})
	}

	/** Failed sends and errors of the socket so far. */
	get errors(): number {
		return this.#errors
	}

	/** Sends now; what cannot be sent is counted. */
	send(bytes: Uint8Array, to: Address, onFailure?: (code: string) => void): void {
		if (!this.#open) return
		const fail = (error: unknown) => {
			this.#errors += 1
			onFailure?.(errorCode(error))
		}
		try {
			this.#socket.send(bytes, to.port, to.host, error => {
				if (error !== null) fail(error)
			})
		} catch (error) {
			fail(error)
		}
	}

	/** Handlers are asked in the order of their subscription; the bytes are theirs only during the call. */
	subscribe(handler: Handler): () => void {
		this.#handlers.add(handler)
		return () => void this.#handlers.delete(handler)
	}

	/** Ends once the socket is closed; nothing is delivered any more. */
	close(): Promise<void> {
		if (!this.#open) return Promise.resolve()
		this.#open = false
		this.#handlers.clear()
		clearTimeout(this.#slice)
		return new Promise(resolve => {
			this.#socket.close(() => resolve())
		})
	}

	#count(reader: Reader): void {
		this.#inSlice += 1
		if (this.#inSlice === 1) this.#slice = setTimeout(() => this.#endSlice(reader), sliceMs)
		else if (this.#inSlice === mostInSlice) reader.recvStop()
	}

	#endSlice(reader: Reader): void {
		if (this.#inSlice >= mostInSlice) reader.recvStart()
		this.#inSlice = 0
	}

	#deliver(bytes: Uint8Array, from: Address): void {
		for (const handler of this.#handlers) {
			if (handler(bytes, from)) return
		}
	}
}

/** Undefined where Node keeps it otherwise: then everything is read. */
function readerOf(socket: Socket): Reader | undefined {
	const key = Object.getOwnPropertySymbols(socket).find(one => one.description === 'state symbol')
	const state: unknown = key === undefined ? undefined : Reflect.get(socket, key)
	if (typeof state !== 'object' || state === null || !('handle' in state)) return undefined
	return isReader(state.handle) ? state.handle : undefined
}

function isReader(handle: unknown): handle is Reader {
	return typeof handle === 'object' && handle !== null && 'recvStart' in handle && 'recvStop' in handle
}
