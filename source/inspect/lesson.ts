// What a practice swarm points at: a cue says when, as a code with operands, and a text says what is to be seen.
// Plain data, so that a scenario can hold it; lesson-watch.ts finds the moment in what the engine tells.
import type { PickReason, UploadReason } from '../torrent/reasons.ts'
import type { PeerSource } from '../torrent/snapshot.ts'

/** Where to look: a pane of the screen, or its header. */
export type LessonPlace =
	| 'header'
	| 'trackers'
	| 'peers'
	| 'pipeline'
	| 'pieces'
	| 'wire'
	| 'events'
	| 'files'
	| 'dht'

/** When to say it. Each names the facts that it has for the text. */
export type Cue =
	/** The first peer unchokes us: `client`. */
	| { readonly code: 'unchoked' }
	/** A peer that had unchoked us chokes us, requests being out: `client`, `requests`. */
	| { readonly code: 'choked' }
	/** A peer that choked us after it had not unchokes us once more: `client`. */
	| { readonly code: 'unchoked-again' }
	/** A piece was picked so, the copies among connected peers being no more than these: `client`, `piece`, `copies`. */
	| { readonly code: 'picked'; readonly reason: PickReason['code']; readonly mostCopies?: number }
	/** A peer owes us blocks: `client`, `requests`. */
	| { readonly code: 'snubbed' }
	/** A peer that snubbed us sends once more: `client`. */
	| { readonly code: 'recovered' }
	/** So was decided about our upload to a peer: `client`, `rank`, `slots`. */
	| { readonly code: 'upload'; readonly reason: UploadReason['code'] }
	/** A peer took a block of ours: `client`, `pieces` that we have. */
	| { readonly code: 'gave' }
	/** One window is so many times another, both set by rate: `wide`, `narrow`, `wideWindow`, `narrowWindow`. */
	| { readonly code: 'windows'; readonly factor: number }
	/** Peers that gave got so many times as much each as peers that did not: `givers`, `takers`. */
	| { readonly code: 'repaid'; readonly factor: number; readonly leastBytes: number }
	/** Peers without all pieces gave us more than those with all: `leechers`, `seeds`. */
	| { readonly code: 'fed-by-crowd' }
	/** We have so many pieces: `pieces`. */
	| { readonly code: 'pieces'; readonly atLeast: number }
	/** We lack so many pieces: `pieces`. */
	| { readonly code: 'missing'; readonly atMost: number }
	/** Copies of the whole among connected peers: `copies`. */
	| { readonly code: 'copies'; readonly atLeast?: number; readonly below?: number }
	/** Every piece that we lack has so many copies among connected peers, half of all being here: `copies`. */
	| { readonly code: 'rarest-gone'; readonly leastCopies: number }
	/** All that we lack is what nobody connected has: `piece`. */
	| { readonly code: 'dead-end' }
	/** Somebody has the piece of the dead end: `client`, `piece`. */
	| { readonly code: 'way-out' }
	/** We sent a message of this type: `client`. */
	| { readonly code: 'sent'; readonly message: 'cancel' }
	/** Such a message came or went, for the n-th time: `client` or `address`. */
	| {
			readonly code: 'wire'
			readonly direction: 'in' | 'out'
			readonly message: WireMoment
			readonly times?: number
	  }
	/** A peer is connected whose address came from there: `client`, `peers` that came so. */
	| { readonly code: 'source'; readonly source: PeerSource; readonly peers?: number }
	/** A peer talks to us so behind the handshake; `refused`: plainly, since it hung up on encryption: `client`. */
	| { readonly code: 'encryption'; readonly payload: 'rc4' | 'plain' | 'refused' }
	/** Only the info hash is known yet: `peers` connected. */
	| { readonly code: 'awaiting-metadata' }
	/** What the hash stands for is known: `pieces`, `bytes`. */
	| { readonly code: 'content-known' }
	/** A lookup of the DHT, ours, has come so many rounds far: `round`, `asked`, `bits`. */
	| { readonly code: 'dht-round'; readonly atLeast: number }
	/** So many nodes of our DHT table answered: `nodes`. */
	| { readonly code: 'dht-nodes'; readonly atLeast: number }
	/** A lookup of the DHT found peers: `peers`, `address`, `rounds`. */
	| { readonly code: 'dht-peers' }
	/** So many nodes keep us for others to find: `nodes`. */
	| { readonly code: 'dht-announced'; readonly atLeast: number }
	/** The event came, for the n-th time; of this tracker where one is named. Facts: its words. */
	| {
			readonly code: 'event'
			readonly type: 'pieceFailed' | 'peerBanned' | 'endgameEntered' | 'trackerFailed' | 'trackerAnswered'
			readonly tracker?: number
			readonly times?: number
	  }

/** Messages of the wire that a cue can ask for. */
export type WireMoment =
	| 'ut_metadata'
	| 'ut_pex'
	| 'mse key'
	| 'mse request'
	| 'mse answer'
	| 'dht get_peers'
	| 'dht find_node'
	| 'dht announce_peer'
	| 'dht response'

/** A sentence for one moment; `{client}` and the like stand for the facts of its cue. */
export type Lesson = {
	readonly cue: Cue
	/** Only once the lesson before it was said. */
	readonly then?: true
	readonly place: LessonPlace
	readonly text: string
	/** Where the protocol says so. */
	readonly bep?: number
}

/** What a scenario teaches, from its start to its end. */
export type Teaching = {
	/** Two sentences for the start: what to look for. */
	readonly look: string
	readonly lessons: readonly Lesson[]
	/** What was to be seen, once everything is here. */
	readonly learned: string
}
