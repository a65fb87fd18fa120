// Trackers that misbehave in ways a test scripts: an HTTP(S) server and a UDP socket on loopback, each with
// a handler. A well-behaved tracker is source/practice/tracker.ts.
import { createSocket } from 'node:dgram'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { selfSigned } from '../fixtures/self-signed.ts'

export type ScriptedHttp = { readonly port: number; readonly requests: string[]; close(): Promise<void> }

/** Serves `handler` on loopback; `requests` lists the targets that were asked for. */
export async function scriptHttp(
	handler: RequestListener,
	options: { host?: string; port?: number; secure?: boolean } = {},
): Promise<ScriptedHttp> {
	const requests: string[] = []
	const listener: RequestListener = (request, response) => {
		requests.push(request.url ?? '')
		response.on('error', () => undefined)
		handler(request, response)
	}
	const server = options.secure === true ? createSecureServer(selfSigned, listener) : createServer(listener)
	server.on('tlsClientError', () => undefined)
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject).listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve)
	})
	return {
		port: (server.address() as AddressInfo).port,
		requests,
		close: () =>
			new Promise(resolve => {
				server.close(() => resolve())
				server.closeAllConnections()
			}),
	}
}

export type ScriptedUdp = { readonly port: number; readonly received: Uint8Array[]; close(): Promise<void> }
/** Sends a datagram back to whoever asked; with `elsewhere` from another port. */
export type Reply = (bytes: Uint8Array, elsewhere?: 'elsewhere') => void

/** A UDP socket on loopback whose handler answers as it likes. */
export async function scriptUdp(
	handler: (request: Uint8Array, reply: Reply) => void,
	host = '127.0.0.1',
): Promise<ScriptedUdp> {
	const type = host.includes(':') ? 'udp6' : 'udp4'
	const socket = createSocket(type)
	const other = createSocket(type)
	const received: Uint8Array[] = []
	socket.on('message', (bytes, sender) => {
		received.push(new Uint8Array(bytes))
		handler(bytes, (answer, elsewhere) => {
			const from = elsewhere === undefined ? socket : other
			from.send(answer, sender.port, sender.address)
		})
	})
	await new Promise<void>(resolve => other.bind(0, host, resolve))
	await new Promise<void>(resolve => socket.bind(0, host, resolve))
	return {
		port: socket.address().port,
		received,
		close: async () => {
			await Promise.all([socket, other].map(each => new Promise<void>(resolve => each.close(resolve))))
		},
	}
}
