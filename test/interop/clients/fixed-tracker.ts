// An HTTP tracker that names the same peers to whoever asks: the only way to give aria2 a peer.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FixedTracker {
	readonly url: string
	close(): void
}

/** Serves `peers` (`a.b.c.d:port`) as a compact list (BEP 23) on a port of `host`. */
export async function startFixedTracker(peers: readonly string[], host = '127.0.0.1'): Promise<FixedTracker> {
	const compact = Buffer.concat(
		peers.map(peer => {
			const [address = '', port] = peer.split(':')
			const bytes = Buffer.alloc(6)
			address.split('.').forEach((part, index) => bytes.writeUInt8(Number(part), index))
			bytes.writeUInt16BE(Number(port), 4)
			return bytes
		}),
	)
	const body = Buffer.concat([
		Buffer.from(`d8:intervali1800e5:peers${compact.length}:`),
		compact,
		Buffer.from('e'),
	])
	const server = createServer((_, response) => response.end(body))
	await new Promise<void>(resolve => server.listen(0, host, resolve))
	server.unref()
	return {
		url: `http://${host}:${(server.address() as AddressInfo).port}/announce`,
		close: () => {
			server.closeAllConnections()
			server.close()
		},
	}
}
