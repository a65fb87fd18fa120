// Where the way into the DHT begins while no node is known: routers that clients run for everybody. That of BEP 5
// itself asks not to be used without being told to.
import type { DhtChoice } from '../dht-options.ts'
import type { DhtSettings } from '../engine/api.ts'
import { type Address, classifyHost } from '../protocol/address.ts'

const usualRouters: readonly Address[] = [
	{ host: 'dht.libtorrent.org', port: 25401 },
	{ host: 'dht.transmissionbt.com', port: 6881 },
]

/** Bound to loopback nobody outside can be reached, so nobody outside is asked for. */
export function dhtSettings({ readOnly, routers }: DhtChoice, bind: string | undefined): DhtSettings {
	const isInside = bind !== undefined && classifyHost(bind) === 'loopback'
	return { readOnly, routers: routers ?? (isInside ? [] : usualRouters), routersServe: routers !== undefined }
}
