// UDP on this machine for the practice swarm, as slow to arrive as over a real line.
import { createSocket, type Socket } from 'node:dgram'
import type { Clock, DatagramSocket } from '../engine/environment.ts'

type Handler = Parameters<DatagramSocket['subscribe']>[0]

/** A socket on a free port of `host`; a datagram takes `latencyMs` of the clock's time each way. Rejects with the system's error. */
export async function bindLoopbackDatagrams(
	host: string,
	{ clock, latencyMs }: { readonly clock: Clock; readonly latencyMs: number },
): Promise<DatagramSocket> {
	const socket = createSocket('udp4')
	await new Promise<void>((resolve, reject) => {
		socket.on('error', reject).bind({ address: host, port: 0 }, resolve)
	})
	return delayed(socket, { clock, latencyMs })
}

function delayed(
	socket: Socket,
	{ clock, latencyMs }: { readonly clock: Clock; readonly latencyMs: number },
): DatagramSocket {
	const handlers = new Set<Handler>()
	const { port } = socket.address()
	let isOpen = true
	socket.on('message', (bytes, { address, port: fromPort }) => {
		const copy = Uint8Array.from(bytes)
		clock.after(latencyMs, () => {
			for (const handler of handlers) if (handler(copy, { host: address, port: fromPort })) return
		})
	})
	return {
		port,
		send: (bytes, to) => {
			const copy = Uint8Array.from(bytes)
			clock.after(latencyMs, () => {
				if (isOpen) socket.send(copy, to.port, to.host, () => undefined)
			})
		},
		subscribe: handler => {
			handlers.add(handler)
			return () => void handlers.delete(handler)
		},
		close: () => {
			if (!isOpen) return Promise.resolve()
			isOpen = false
			handlers.clear()
			return new Promise(resolve => socket.close(() => resolve()))
		},
	}
}
