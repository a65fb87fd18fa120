// TCP on this machine for the practice swarm, as slow to arrive as a real line: every byte and every dial takes
// the link's latency on its way.
import { createServer, Socket } from 'node:net'
import type { Address } from '../protocol/address.ts'
import type {
	Clock,
	Connection,
	ConnectionHandler,
	DialOptions,
	Listener,
	ListenOptions,
	Outcome,
	Transport,
} from '../engine/environment.ts'

/** `latencyMs` each way, of the clock's time. */
export function createLoopbackTransport(clock: Clock, latencyMs: number): Transport {
	const line = { clock, latencyMs }
	return {
		listen: options => listen(options, line),
		dial: (options, handlerFor) => dial(options, handlerFor, line),
	}
}

type Line = { readonly clock: Clock; readonly latencyMs: number }

class LoopbackConnection implements Connection {
	readonly remote: Address
	readonly local: Address | undefined
	readonly #socket: Socket
	readonly #line: Line
	#onTheWay = 0

	constructor(socket: Socket, remote: Address, line: Line) {
		this.#socket = socket
		this.#line = line
		this.remote = remote
		this.local = { host: socket.localAddress ?? '', port: socket.localPort ?? 0 }
		socket.setNoDelay(true)
	}

	attach(handler: ConnectionHandler): void {
		const socket = this.#socket
		let failure: string | undefined
		socket.on('data', ({ buffer, byteOffset, length }: Uint8Array) => {
			// No Buffer: its slice() copies nothing, and whoever deciphers a slice in place would spoil it for others.
			const bytes = new Uint8Array(buffer, byteOffset, length)
			this.#later(() => {
				if (!socket.destroyed) handler.onData(bytes)
			})
		})
		socket.on('drain', () => handler.onDrain())
		socket.on('error', (error: NodeJS.ErrnoException) => (failure = error.code))
		socket.on('end', () => socket.destroy())
		socket.on('close', () => handler.onClose(failure))
	}

	write(bytes: Uint8Array): boolean {
		this.#onTheWay += bytes.length
		this.#later(() => {
			this.#onTheWay -= bytes.length
			if (!this.#socket.destroyed) this.#socket.write(bytes)
		})
		return true
	}

	get queuedBytes(): number {
		return this.#socket.writableLength + this.#onTheWay
	}

	pause(): void {
		this.#socket.pause()
	}

	resume(): void {
		this.#socket.resume()
	}

	destroy(): void {
		this.#socket.destroy()
	}

	// Timers of equal length fire in the order in which they were started.
	#later(callback: () => void): void {
		this.#line.clock.after(this.#line.latencyMs, callback)
	}
}

function listen({ host, port, onConnection }: ListenOptions, line: Line): Promise<Outcome<Listener>> {
	return new Promise(resolve => {
		const server = createServer(socket => {
			const remote = { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 }
			const connection = new LoopbackConnection(socket, remote, line)
			const handler = onConnection(connection)
			if (handler === undefined) socket.destroy()
			else connection.attach(handler)
		})
		server.once('error', (error: NodeJS.ErrnoException) => resolve(failure(error)))
		server.listen({ host: host ?? '127.0.0.1', port, exclusive: true }, () => {
			const bound = server.address()
			const close = () => new Promise<void>(done => void server.close(() => done()))
			resolve({
				ok: true,
				value: { port: typeof bound === 'object' && bound !== null ? bound.port : port, close },
			})
		})
	})
}

function dial(
	{ address, bind, timeoutMs, signal }: DialOptions,
	handlerFor: (connection: Connection) => ConnectionHandler,
	line: Line,
): Promise<Outcome<Connection>> {
	return new Promise(resolve => {
		const socket = new Socket()
		const abort = () => socket.destroy(Object.assign(new Error('given up'), { code: 'ECONNABORTED' }))
		signal.addEventListener('abort', abort, { once: true })
		socket.setTimeout(timeoutMs, abort)
		socket.once('error', (error: NodeJS.ErrnoException) => resolve(failure(error)))
		const settle = () => signal.removeEventListener('abort', abort)
		socket.once('close', settle)
		socket.once('connect', () => {
			settle()
			socket.setTimeout(0)
			const connection = new LoopbackConnection(socket, address, line)
			connection.attach(handlerFor(connection))
			resolve({ ok: true, value: connection })
		})
		socket.connect({ ...address, ...(bind === undefined ? {} : { localAddress: bind }) })
	})
}

function failure(error: NodeJS.ErrnoException): Outcome<never> {
	return { ok: false, code: error.code ?? 'EIO', message: error.message }
}
