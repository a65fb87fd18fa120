// Peers tell each other where their nodes of the DHT are (PORT, BEP 5 and 32): that is one way into it. Said and
// heard only where both are in it, and never in a private torrent (BEP 27).
import type { Message } from '../protocol/message.ts'
import type { Core, Turn } from './core.ts'
import type { Peer } from './peer.ts'

/** A node moves seldom; more than that from one peer is noise. */
const mostHeard = 3

/** Whether this torrent has to do with the DHT. */
export function usesDht({ options, content }: Pick<Core, 'options' | 'content'>): boolean {
	return options.flags.dht && content?.private !== true
}

/** What a new peer is told: the port of the DHT that it is connected over (BEP 32). */
export function portMessages(core: Core, { session, address }: Peer): Message[] {
	const port = core.dhtPorts[address.host.includes(':') ? 6 : 4]
	if (port === undefined || !session.common.dht || !usesDht(core)) return []
	return [{ type: 'port', port }]
}

/** A peer told where its node is. */
export function portReceived({ core, effects }: Turn, { session, address }: Peer, port: number): void {
	if (!session.common.dht || !usesDht(core) || session.received.port >= mostHeard) return
	effects.push({ type: 'NameDhtNode', address: { host: address.host, port } })
}
