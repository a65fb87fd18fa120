// Rows of the wire log that are no messages of peers: what trackers, the DHT and the local net say and hear.
import type { SafeText } from '../protocol/safe-text.ts'

/** What goes on beside the connections to peers: datagrams and HTTP. `bytes`: as long as it was. */
export type WireExchange =
	/** A question of the DHT (BEP 5); `subject`: the id or info hash that it is about, in hexadecimal. */
	| {
			readonly type: 'dhtQuery'
			readonly method: SafeText
			readonly subject: string | undefined
			readonly bytes: number
	  }
	/** `method`: what it answers, where that is known; `nodes`, `peers`: how many it names. */
	| {
			readonly type: 'dhtResponse'
			readonly method: SafeText | undefined
			readonly subject: string | undefined
			readonly nodes: number
			readonly peers: number
			readonly bytes: number
	  }
	| {
			readonly type: 'dhtError'
			readonly method: SafeText | undefined
			readonly errorCode: number | undefined
			readonly text: SafeText
			readonly bytes: number
	  }
	/** Local discovery (BEP 14): the info hashes that it names, and the port. */
	| {
			readonly type: 'localAnnounce'
			readonly hashes: number
			readonly listeningPort: number | undefined
			readonly bytes: number
	  }
	/** To a UDP tracker (BEP 15). */
	| {
			readonly type: 'trackerRequest'
			readonly action: UdpTrackerAction
			readonly event: string | undefined
			readonly bytes: number
	  }
	/** `peers`: how many an announce brought. */
	| {
			readonly type: 'trackerResponse'
			readonly action: UdpTrackerAction | 'error'
			readonly peers: number | undefined
			readonly text: SafeText | undefined
			readonly bytes: number
	  }
	/** `target`: path and query, secrets masked. */
	| {
			readonly type: 'httpRequest'
			readonly method: SafeText
			readonly target: SafeText
			readonly bytes: number
	  }
	| {
			readonly type: 'httpResponse'
			readonly status: number
			readonly bodyBytes: number
			readonly peers: number | undefined
			readonly bytes: number
	  }
	/** A datagram that nobody can read, or whose bytes are no longer kept. */
	| { readonly type: 'datagram'; readonly bytes: number }

export type UdpTrackerAction = 'connect' | 'announce' | 'scrape'
