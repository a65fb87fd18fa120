// The peers that a magnet link names (`x.pe` of BEP 9). A link may come from anywhere: no name in it leads into
// our own net, and nobody is dialled at a port below 1024, where other protocols listen (threats H4).
import { classifyHost, isDialable, parseHost } from '../protocol/address.ts'
import type { MagnetLink } from '../protocol/magnet.ts'
import { inFamilyOf, type World } from './torrent-source.ts'

const resolveTimeoutMs = 5000
const leastPort = 1024

/** The link with addresses in place of names; what cannot be resolved or dialled is left out. */
export async function withResolvedPeers(link: MagnetLink, { environment, bind }: World): Promise<MagnetLink> {
	const peers = await Promise.all(
		link.peers.map(async ({ host, port }) => {
			if (port < leastPort) return []
			if (parseHost(host) !== undefined) return [{ host, port }].filter(peer => isDialable(peer, 'user'))
			const found = await environment.resolver.resolve(host, AbortSignal.timeout(resolveTimeoutMs))
			const hosts = found.ok ? inFamilyOf(bind, found.value) : []
			return hosts.filter(one => classifyHost(one) === 'global').map(one => ({ host: one, port }))
		}),
	)
	return { ...link, peers: peers.flat() }
}
