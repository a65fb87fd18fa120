// A tracker client on loopback whose clock may run fast and whose names lead where a test wants.
import { createNodeClock, createNodeEnvironment } from '../../source/engine/node-environment.ts'
import { createTrackerClient, type TrackerClient } from '../../source/engine/tracker-client.ts'
import type { TrackerTraffic } from '../../source/engine/tracker-context.ts'
import { bindUdp, type UdpSocket } from '../../source/engine/udp-socket.ts'
import type { AnnounceRequest } from '../../source/protocol/announce.ts'
import { toInfoHash, toPeerId } from '../../source/protocol/ids.ts'

export const infoHash = toInfoHash(Uint8Array.from({ length: 20 }, (_, index) => index * 13))

/** An announce of the peer with this number. */
export function announceOf(peer: number, fields: Partial<AnnounceRequest> = {}): AnnounceRequest {
	return {
		infoHash,
		peerId: toPeerId(new Uint8Array(20).fill(peer)),
		port: 6000 + peer,
		uploaded: 0,
		downloaded: 0,
		left: 1,
		event: 'started',
		numwant: 50,
		key: 0x1234_5678,
		...fields,
	}
}

export type ClientRig = {
	readonly client: TrackerClient
	readonly traffic: TrackerTraffic[]
	readonly udp4: UdpSocket
	readonly udp6: UdpSocket | undefined
	close(): Promise<void>
}

/** `names` says where a host name leads; 'never' is a look-up without end. `speed` runs the clock faster. */
export async function rigClient(
	options: { speed?: number; names?: Record<string, readonly string[] | 'never'> } = {},
): Promise<ClientRig> {
	const udp4 = await bindUdp('127.0.0.1', 0)
	if (!udp4.ok) throw new Error(udp4.message)
	const udp6 = await bindUdp('::1', 0)
	const traffic: TrackerTraffic[] = []
	const client = createTrackerClient({
		clock: createNodeClock(options.speed ?? 1),
		random: createNodeEnvironment().random,
		resolver: {
			resolve: host => {
				const found = options.names?.[host]
				if (found === 'never') return new Promise(() => undefined)
				return Promise.resolve(
					found === undefined
						? { ok: false, code: 'ENOTFOUND', message: `${host} is not known` }
						: { ok: true, value: found },
				)
			},
		},
		version: '9.9.9',
		udpSocket: family => (family === 4 ? udp4.value : udp6.ok ? udp6.value : undefined),
		onExchange: exchange => traffic.push(exchange),
	})
	return {
		client,
		traffic,
		udp4: udp4.value,
		udp6: udp6.ok ? udp6.value : undefined,
		close: async () => {
			await udp4.value.close()
			if (udp6.ok) await udp6.value.close()
		},
	}
}

/** A call that nobody aborts. */
export function patient(timeoutMs?: number): { signal: AbortSignal; timeoutMs?: number } {
	const { signal } = new AbortController()
	return timeoutMs === undefined ? { signal } : { signal, timeoutMs }
}
