// The border of the DHT node: what goes in (what happened) and what comes out (what is to be done). Both are plain
// data, so a run can be recorded and replayed.
import type { Address } from '../protocol/address.ts'
import type { InfoHash, NodeId } from '../protocol/ids.ts'
import type { KrpcResponse, NodeContact } from '../protocol/krpc.ts'
import type { SafeText } from '../protocol/safe-text.ts'
import type { DatagramDrop, SendReason } from './reasons.ts'

/** The two DHTs are independent; a datagram belongs to that of its socket (BEP 32). */
export type Family = 4 | 6

export type DhtInput =
	/** There is a socket of this family now. `saved`: nodes of the last run; `external`: how it was seen then. */
	| {
			readonly type: 'SocketOpened'
			readonly family: Family
			readonly port: number
			readonly saved: readonly NodeContact[]
			readonly external: string | undefined
	  }
	| {
			readonly type: 'DatagramReceived'
			readonly family: Family
			readonly from: Address
			readonly bytes: Uint8Array
	  }
	/** Answer to `ResolveRouters`; empty when no name could be resolved. */
	| { readonly type: 'RoutersResolved'; readonly addresses: readonly Address[] }
	/** A torrent's `nodes`, a peer's PORT message or the user say that nodes are here. */
	| { readonly type: 'NodesNamed'; readonly addresses: readonly Address[] }
	/** Peers of this torrent are wanted until told otherwise; `announcePort`: and we are one of them. */
	| {
			readonly type: 'TorrentWanted'
			readonly infoHash: InfoHash
			readonly announcePort: number | undefined
	  }
	| { readonly type: 'TorrentLeft'; readonly infoHash: InfoHash }
	/** One lookup by the user; answered by `LookupEnded` with the same `request`. */
	| {
			readonly type: 'LookupRequested'
			readonly request: number
			readonly family: Family
			readonly purpose: 'node' | 'peers' | 'announce'
			readonly target: NodeId
			readonly announcePort: number | undefined
	  }
	/** One ping by the user; answered by `PingEnded`. */
	| { readonly type: 'PingRequested'; readonly request: number; readonly address: Address }
	/** Addresses of the machine came back, or others came. */
	| { readonly type: 'NetworkReturned' }
	/** `nextWakeAt` has come. */
	| { readonly type: 'Woken' }

export type DhtEffect =
	| {
			readonly type: 'SendDatagram'
			readonly family: Family
			readonly to: Address
			readonly bytes: Uint8Array
			readonly why: SendReason
			/** The method that it answers, and what that was about, where it is an answer. */
			readonly answers: string | undefined
			readonly target: string | undefined
	  }
	/** Look up the routers' names; answered by `RoutersResolved`. */
	| { readonly type: 'ResolveRouters' }
	/** Peers of a wanted torrent, or of a lookup by the user: addresses that whoever named them may send us to. */
	| { readonly type: 'PeersFound'; readonly infoHash: InfoHash; readonly addresses: readonly Address[] }
	/** A lookup with its announces has come to an end. */
	| { readonly type: 'LookupEnded'; readonly request: number | undefined; readonly lookup: number }
	| { readonly type: 'PingEnded'; readonly request: number; readonly outcome: PingOutcome }
	/** The table is worth being kept: see savedState(). */
	| { readonly type: 'SaveTable' }

export type PingOutcome =
	| { readonly type: 'answered'; readonly response: KrpcResponse; readonly roundTripMs: number }
	| {
			readonly type: 'refused'
			readonly code: number
			readonly message: SafeText
			readonly roundTripMs: number
	  }
	| { readonly type: 'silent' }
	/** There is no socket of its family, or no node can be there. */
	| { readonly type: 'unreachable' }

/** What the last datagram proved to be: for whoever shows it. */
export type Heard = {
	/** The method that it answers, and what that was about in hexadecimal. */
	readonly answers: string | undefined
	readonly target: string | undefined
	/** From our query to this answer. */
	readonly roundTripMs: number | undefined
	/** Why nothing was done with it. */
	readonly dropped: DatagramDrop | undefined
}
