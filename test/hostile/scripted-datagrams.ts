// UDP trackers made of bytes, for an engine in a world in memory: what it sends is heard as requests, and what
// a test replies comes from whichever address the test likes.
import type { Datagrams } from '../../source/engine/environment.ts'
import { type Address, addressKey } from '../../source/protocol/address.ts'
import {
	decodeUdpRequest,
	encodeAnnounced,
	encodeConnected,
	type UdpRequest,
} from '../../source/practice/tracker-udp-codec.ts'

/** Sends a datagram to the engine, from the address that was asked unless told otherwise. */
export type Reply = (bytes: Uint8Array, from?: Address) => void
/** Answers requests to one address. */
export type UdpScript = (request: UdpRequest, reply: Reply) => void

export type ScriptedDatagrams = Datagrams & {
	readonly requests: {
		readonly to: string
		readonly type: UdpRequest['type']
		readonly connectionId: bigint
	}[]
}

/** `scripts` by the address of the tracker, `host:port`. There is no IPv6. */
export function scriptDatagrams(scripts: Readonly<Record<string, UdpScript>>): ScriptedDatagrams {
	type Handler = (bytes: Uint8Array, from: Address) => boolean
	const handlers = new Set<Handler>()
	const requests: ScriptedDatagrams['requests'] = []
	const deliver = (bytes: Uint8Array, from: Address) => {
		for (const handler of [...handlers]) if (handler(bytes.slice(), from)) return
	}
	return {
		requests,
		bind: (host, port) =>
			Promise.resolve(
				host.includes(':')
					? { ok: false, code: 'EAFNOSUPPORT', message: 'no IPv6 here' }
					: {
							ok: true,
							value: {
								port,
								send: (bytes, to) => {
									const request = decodeUdpRequest(bytes, '10.0.0.1')
									if (request === undefined) throw new Error('expected a request')
									requests.push({ ...request, to: addressKey(to) })
									const reply: Reply = (answer, from = to) => queueMicrotask(() => deliver(answer, from))
									scripts[addressKey(to)]?.(request, reply)
								},
								subscribe: handler => {
									handlers.add(handler)
									return () => void handlers.delete(handler)
								},
								close: () => Promise.resolve(),
							},
						},
			),
	}
}

export type Answer = { readonly intervalS?: number; readonly peers?: readonly Address[] }

/** Answers everything as it should. */
export function wellBehaved({ intervalS = 1800, peers = [] }: Answer = {}): UdpScript {
	return (request, reply) => {
		if (request.type === 'connect') reply(encodeConnected(request.transactionId, 0x1234_5678_9abc_def0n))
		else if (request.type === 'announce')
			reply(
				encodeAnnounced(request.transactionId, { intervalS, counts: { seeders: 1, leechers: 1 }, peers }, 4),
			)
	}
}
