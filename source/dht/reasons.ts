// Why the DHT node did what it did: codes with operands, recorded by whoever decides, when it decides. The
// screen words them. Instants are in ms of the engine's clock.

/** Where the node stands on its way into the DHT. */
export type BootstrapReason =
	/** No socket of this family. */
	| { readonly code: 'no-socket' }
	/** Nobody to ask: no saved node, no router, no hint from torrent or peer. */
	| { readonly code: 'nobody-to-ask' }
	/** Asking nodes of the last run. */
	| { readonly code: 'asking-saved'; readonly nodes: number }
	/** Names of routers are being looked up, since too few others answered. */
	| { readonly code: 'resolving-routers'; readonly routers: number }
	| { readonly code: 'asking-routers'; readonly routers: number }
	/** Asking nodes that a torrent, a peer or the user named. */
	| { readonly code: 'asking-hints'; readonly nodes: number }
	/** Nobody answered; the next try comes at `untilAt`. */
	| { readonly code: 'nobody-answered'; readonly asked: number; readonly untilAt: number }
	/** The closest nodes to our own id are found. */
	| { readonly code: 'joined'; readonly nodes: number; readonly tookMs: number }

/** Where our id comes from (BEP 42). */
export type IdReason =
	/** Nobody told us our address yet. */
	| { readonly code: 'random' }
	/** Made for the address that the last run was seen under. */
	| { readonly code: 'for-saved-address'; readonly host: string }
	/** Made for the address that `votes` nodes of different nets saw us under. */
	| { readonly code: 'for-voted-address'; readonly host: string; readonly votes: number }

/** What a lookup is for. */
export type LookupPurpose = 'peers' | 'announce' | 'node' | 'bootstrap' | 'refresh'

/** Why a lookup came to its end. */
export type LookupEnd =
	/** The `nodes` closest nodes whose ids fit their addresses answered, and nobody closer is left to ask. */
	| { readonly code: 'closest-answered'; readonly nodes: number }
	/** Nobody is left to ask. */
	| { readonly code: 'nobody-left'; readonly answered: number }
	| { readonly code: 'nobody-to-ask' }
	| { readonly code: 'too-many-asked'; readonly limit: number }
	| { readonly code: 'cancelled' }
	/** The id of ours changed, or the network returned: it begins anew. */
	| { readonly code: 'restarted' }

/** Why a datagram was not acted upon. */
export type DatagramDrop =
	/** From an address that sent more than fifty in ten seconds; ignored for five minutes. */
	| 'flood'
	/** No KRPC message. */
	| 'malformed'
	/** An answer to nothing that we asked. */
	| 'unasked'
	/** The transaction is ours, the sender is another than the one asked. */
	| 'wrong-sender'
	/** An answer under another id than that under which the node was named. */
	| 'wrong-id'
	/** From an address where no node can be. */
	| 'impossible-sender'
	/** A query while we are read-only (BEP 43). */
	| 'read-only'
	/** A query that would have been answered, had there been bytes left to send. */
	| 'over-limit'

/** Why a datagram was sent. Targets are 40 hexadecimal digits, rounds and buckets count from zero. */
export type SendReason =
	| { readonly code: 'dht-bootstrap' }
	| { readonly code: 'dht-lookup'; readonly target: string; readonly round: number }
	| { readonly code: 'dht-announce'; readonly target: string }
	| { readonly code: 'dht-refresh'; readonly bucket: number }
	/** Is it still there, after so long a silence? */
	| { readonly code: 'dht-check'; readonly silentMs: number }
	/** It asked us something, and we have room for it: is it there? */
	| { readonly code: 'dht-newcomer' }
	/** A peer or a torrent says that a node is there. */
	| { readonly code: 'dht-port-message' }
	| { readonly code: 'dht-by-user' }
	| { readonly code: 'dht-answer' }
