// What we tell a peer in the extension handshake (BEP 10, and BEP 9, 21 for two of its keys). It may be sent again
// when something of it changed.
import { encodeExtensionHandshake, type ExtensionName } from '../protocol/extension.ts'
import { type Core, isComplete } from './core.ts'
import type { Peer } from './peer.ts'
import { exchangesPeers } from './peer-exchange.ts'
import { uploadQueueLimit } from './serving.ts'

/** Payload of the handshake for this peer, as things stand. */
export function ourExtensionHandshake(core: Core, peer: Peer): Uint8Array {
	const metadataBytes = core.content?.infoBytes.length
	return encodeExtensionHandshake({
		extensions: extensionsOf(core),
		client: core.options.client,
		requestQueue: uploadQueueLimit,
		listeningPort: core.listeningPort,
		theirHost: peer.address.host,
		// Without a length nobody would ask.
		...(metadataBytes === undefined || metadataBytes === 0 ? {} : { metadataBytes }),
		...(isComplete(core) ? { uploadOnly: true } : {}),
		prefersEncryption: (core.options.encryption ?? 'off') !== 'off',
	})
}

/** By which we may be spoken to. */
function extensionsOf(core: Core): ExtensionName[] {
	return exchangesPeers(core) ? ['ut_metadata', 'lt_donthave', 'ut_pex'] : ['ut_metadata', 'lt_donthave']
}
