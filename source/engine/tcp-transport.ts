// TCP by node:net. All sockets of this thread read into one shared buffer, whose bytes are consumed inside
// the read callback: nothing is allocated for what arrives. Accepted sockets get it by moving their handle
// into a socket made with `onread`; where that private field is missing, 'data' events serve instead.
import { createServer, Socket, type SocketConstructorOpts, type TcpSocketConnectOpts } from 'node:net'
import type { Address } from '../protocol/address.ts'
import type {
	Connection,
	ConnectionHandler,
	DialOptions,
	Listener,
	ListenOptions,
	Outcome,
	Transport,
} from './environment.ts'
import { readBuffer } from './fast-rc4.ts'
import { worldFailure } from './world-failure.ts'

/** After so much of one socket the others have their turn: libuv alone would go on for 32 reads. */
const turnBytes = 128 * 1024
const deadBeforeOpen = 'ECONNABORTED'

type OnRead = { buffer: Uint8Array; callback: (bytes: number, buffer: Uint8Array) => boolean }
/** What Node keeps in a socket and does not declare. */
type SocketWithHandle = { _handle?: object | null }
type SocketOptions = SocketConstructorOpts & { handle?: object; onread?: OnRead; manualStart?: boolean }

/** A transport over the sockets of this machine. */
export function createTcpTransport(): Transport {
	return { listen, dial }
}

class TcpConnection implements Connection {
	readonly remote: Address
	readonly local: Address | undefined
	readonly #socket: Socket
	#handler: ConnectionHandler | undefined
	#error: string | undefined
	#paused = false
	#turnBytes = 0
	/** Something was queued since the last `onDrain`. */
	#isBehind = false
	// Node's own 'drain' stays away when less was queued than its high-water mark.
	readonly #onWritten = () => {
		if (!this.#isBehind || this.#socket.writableLength > 0) return
		this.#isBehind = false
		this.#handler?.onDrain()
	}

	constructor(socket: Socket, remote: Address) {
		this.#socket = socket
		this.remote = remote
		this.local =
			socket.localAddress === undefined || socket.localPort === undefined
				? undefined
				: { host: plainHost(socket.localAddress), port: socket.localPort }
		socket.setNoDelay(true)
		socket.on('error', error => {
			this.#error = (error as NodeJS.ErrnoException).code ?? error.message
		})
		// Half-open connections are of no use to BitTorrent: the end of theirs is the end of ours.
		socket.on('end', () => socket.destroy())
		socket.on('close', () => {
			const handler = this.#handler
			this.#handler = undefined
			handler?.onClose(this.#error)
		})
	}

	attach(handler: ConnectionHandler): void {
		this.#handler = handler
	}

	/** For `onread`: whether to go on reading. */
	received(bytes: Uint8Array): boolean {
		this.#handler?.onData(bytes)
		if (this.#paused) return false
		this.#turnBytes += bytes.length
		if (this.#turnBytes < turnBytes) return true
		this.#turnBytes = 0
		setImmediate(() => {
			if (!this.#paused && !this.#socket.destroyed) this.#socket.resume()
		})
		return false
	}

	write(bytes: Uint8Array): boolean {
		this.#socket.write(bytes, this.#onWritten)
		if (this.#socket.writableLength > 0) this.#isBehind = true
		return !this.#isBehind
	}

	get queuedBytes(): number {
		return this.#socket.writableLength
	}

	pause(): void {
		this.#paused = true
		this.#socket.pause()
	}

	resume(): void {
		this.#paused = false
		this.#socket.resume()
	}

	destroy(): void {
		this.#socket.destroy()
	}
}

function dial(
	options: DialOptions,
	handlerFor: (connection: Connection) => ConnectionHandler,
): Promise<Outcome<Connection>> {
	return new Promise(resolve => {
		let connection: TcpConnection | undefined
		const connectOptions: TcpSocketConnectOpts = {
			host: options.address.host,
			port: options.address.port,
			onread: {
				buffer: readBuffer,
				callback: (length, buffer) => connection?.received(view(buffer, length)) ?? true,
			},
			...(options.bind === undefined ? {} : { localAddress: options.bind }),
		}
		const socket = new Socket(connectOptions as SocketOptions)
		const abort = (code: string, message: string) => {
			socket.destroy()
			resolve({ ok: false, code, message })
		}
		const onAbort = () => abort(deadBeforeOpen, 'given up')
		const timer = setTimeout(
			() => abort('ETIMEDOUT', `no connection within ${options.timeoutMs} ms`),
			options.timeoutMs,
		)
		const settle = () => {
			clearTimeout(timer)
			options.signal.removeEventListener('abort', onAbort)
		}
		if (options.signal.aborted) {
			settle()
			onAbort()
			return
		}
		options.signal.addEventListener('abort', onAbort, { once: true })
		socket.once('error', error => {
			settle()
			resolve(worldFailure(error))
		})
		socket.once('close', settle)
		socket.once('connect', () => {
			settle()
			connection = new TcpConnection(socket, options.address)
			connection.attach(handlerFor(connection))
			resolve({ ok: true, value: connection })
		})
		socket.connect(connectOptions)
	})
}

function listen(options: ListenOptions): Promise<Outcome<Listener>> {
	return new Promise(resolve => {
		const server = createServer({ pauseOnConnect: true }, accepted => accept(accepted, options))
		server.once('error', error => resolve(worldFailure(error)))
		server.listen(
			{ port: options.port, exclusive: true, ...(options.host === undefined ? {} : { host: options.host }) },
			() => {
				// After the start a listener's errors (EMFILE …) concern single connections, which are lost anyway.
				server.removeAllListeners('error')
				server.on('error', () => undefined)
				const bound = server.address()
				const port = bound !== null && typeof bound === 'object' ? bound.port : options.port
				resolve({ ok: true, value: { port, close: () => new Promise(done => server.close(() => done())) } })
			},
		)
	})
}

function accept(accepted: Socket, { admits, onConnection }: ListenOptions): void {
	const { remoteAddress, remotePort } = accepted
	if (remoteAddress === undefined || remotePort === undefined) {
		accepted.destroy()
		return
	}
	const remote = { host: plainHost(remoteAddress), port: remotePort }
	if (admits?.(remote.host) === false) {
		// A reset leaves nothing behind on our side either.
		accepted.resetAndDestroy()
		return
	}
	const handle = (accepted as SocketWithHandle)._handle
	let socket = accepted
	if (handle !== undefined && handle !== null) {
		;(accepted as SocketWithHandle)._handle = null
		const moved: SocketOptions = {
			handle,
			onread: {
				buffer: readBuffer,
				callback: (length, buffer) => connection.received(view(buffer, length)),
			},
			manualStart: true,
		}
		socket = new Socket(moved)
		// The empty shell still counts as a connection of the server.
		accepted.destroy()
	} else {
		accepted.on('data', (bytes: Uint8Array) => connection.received(bytes))
	}
	const connection = new TcpConnection(socket, remote)
	const handler = onConnection(connection)
	if (handler === undefined) {
		socket.destroy()
		return
	}
	connection.attach(handler)
	socket.resume()
}

function view(buffer: Uint8Array, length: number): Uint8Array {
	return length === buffer.length ? buffer : buffer.subarray(0, length)
}

/** An IPv4 address that arrived on an IPv6 socket, as IPv4. */
function plainHost(host: string): string {
	return host.startsWith('::ffff:') && host.includes('.') ? host.slice(7) : host
}
