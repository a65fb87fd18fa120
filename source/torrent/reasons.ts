// Why something was decided: a code with its operands, recorded by whoever decides, when it decides. The
// screen turns them into sentences (inspect/explain.ts); nothing guesses afterwards.

/** Why a peer is choked or unchoked by us. */
export type UploadReason =
	| { readonly code: 'unchoked-by-rank'; readonly rank: number; readonly slots: number }
	| { readonly code: 'unchoked-optimistically'; readonly waitedMs: number }
	| { readonly code: 'unchoked-free-slot'; readonly used: number; readonly slots: number }
	| { readonly code: 'choked-by-rank'; readonly rank: number; readonly slots: number }
	| { readonly code: 'choked-not-interested' }
	| { readonly code: 'choked-snubbing'; readonly silentMs: number }
	| { readonly code: 'choked-at-start' }
	| { readonly code: 'choked-stopped' }

/** Why this much, or nothing, is asked of a peer. */
export type DownloadReason =
	| { readonly code: 'not-interested' }
	| { readonly code: 'choked-by-peer'; readonly sinceAt: number }
	| { readonly code: 'window-full'; readonly inFlight: number; readonly window: number }
	| { readonly code: 'snubbed'; readonly silentMs: number }
	| { readonly code: 'nothing-to-ask' }
	| { readonly code: 'memory-full'; readonly openPieces: number }
	| { readonly code: 'rate-limited'; readonly bytesPerSecond: number }
	| { readonly code: 'paused' }
	| { readonly code: 'disk-stopped' }
	| { readonly code: 'complete' }
	| { readonly code: 'on-parole'; readonly piece: number }
	| { readonly code: 'asking'; readonly inFlight: number; readonly window: number }
	/** As long as the metadata is awaited (BEP 9). */
	| { readonly code: 'metadata-not-offered' }
	| { readonly code: 'metadata-asked'; readonly inFlight: number }
	| { readonly code: 'metadata-all-asked' }
	| { readonly code: 'metadata-refused'; readonly untilAt: number }
	| { readonly code: 'metadata-silent'; readonly untilAt: number }
	| { readonly code: 'metadata-malformed'; readonly untilAt: number }
	| { readonly code: 'metadata-other-size' }

/** Why the metadata of a magnet link is not there yet, or how it came. */
export type MetadataReason =
	| { readonly code: 'awaiting-peers'; readonly known: number }
	| { readonly code: 'awaiting-offer'; readonly connected: number }
	| { readonly code: 'fetching-metadata'; readonly peers: number; readonly inFlight: number }
	| { readonly code: 'awaiting-metadata-peers'; readonly peers: number; readonly untilAt: number | undefined }
	| { readonly code: 'metadata-refused-by'; readonly host: string; readonly port: number }
	| { readonly code: 'checking-metadata'; readonly totalBytes: number; readonly sources: number }
	| { readonly code: 'metadata-hash-wrong'; readonly totalBytes: number; readonly sources: number }
	| { readonly code: 'metadata-verified'; readonly totalBytes: number; readonly sources: number }

/** Why a piece was picked for a peer. */
export type PickReason =
	| { readonly code: 'picked-partial'; readonly receivedBlocks: number; readonly blockCount: number }
	| { readonly code: 'picked-rarest'; readonly copies: number }
	/** As rare as the rarest, and beside what the peer was at: both can be written at once. */
	| { readonly code: 'picked-beside'; readonly copies: number; readonly other: number }
	| { readonly code: 'picked-common'; readonly copies: number }
	| { readonly code: 'picked-random-first'; readonly copies: number }
	| { readonly code: 'picked-sequential' }
	| { readonly code: 'picked-allowed-fast' }
	| { readonly code: 'picked-suggested' }
	| { readonly code: 'picked-endgame'; readonly askedOf: number }
	| { readonly code: 'picked-on-parole' }

/** Why we tell of others, or of what we lack. */
export type ExchangeReason =
	/** Since the last message, a minute ago at least, so many peers came and so many left (BEP 11). */
	| { readonly code: 'pex-due'; readonly added: number; readonly dropped: number }
	/** A piece that we had is gone from the disk (BEP 54). */
	| { readonly code: 'piece-lost'; readonly piece: number }

/** Why a message was sent, where somebody decided. */
export type MessageReason = PickReason | UploadReason | ExchangeReason

/** Why a connection ended or an address is left alone. */
export type DropReason =
	| { readonly code: 'remote-closed' }
	| { readonly code: 'connection-failed'; readonly error: string }
	| { readonly code: 'protocol-error'; readonly error: string; readonly detail: string }
	| { readonly code: 'handshake-timeout' }
	| { readonly code: 'idle-timeout'; readonly silentMs: number }
	| { readonly code: 'no-mutual-interest'; readonly forMs: number }
	| { readonly code: 'both-complete' }
	| { readonly code: 'banned'; readonly piece: number }
	| { readonly code: 'is-ourselves' }
	| { readonly code: 'duplicate-connection' }
	| { readonly code: 'too-many-connections'; readonly limit: number }
	| { readonly code: 'wrong-metadata' }
	| { readonly code: 'too-many-rejects'; readonly rejects: number }
	| { readonly code: 'too-much-waste'; readonly wastedBytes: number }
	| { readonly code: 'slow-reader'; readonly queuedBytes: number }
	| { readonly code: 'replaced-by-better' }
	/** It waits for a block that our disk does not give, and speaks no BEP 6 in which to hear so. */
	| { readonly code: 'unreadable'; readonly error: string }
	| { readonly code: 'by-user' }
	| { readonly code: 'tracker-switched' }
	/** It sent that many messages of peer exchange when none was due (BEP 11: one a minute). */
	| { readonly code: 'pex-too-often'; readonly messages: number }
	/** The torrent proved to be private (BEP 27), and the peer came from outside its trackers. */
	| { readonly code: 'private-torrent' }
	| { readonly code: 'paused' }
	| { readonly code: 'stopped' }

/** Why a connection began with an encrypted handshake, or a plain one. `ending`: how the first try ended. */
export type EncryptionReason =
	| { readonly code: 'encryption-off' }
	| { readonly code: 'encryption-required' }
	| { readonly code: 'encryption-tried-first' }
	| { readonly code: 'encryption-after-refusal'; readonly ending: DropReason['code'] }
	| { readonly code: 'encryption-worked-before' }
	| { readonly code: 'plain-after-refusal'; readonly ending: DropReason['code'] }
	| { readonly code: 'plain-worked-before' }
	| { readonly code: 'opened-by-peer' }

/** How the request window of a peer was set. */
export type WindowReason =
	| { readonly code: 'slow-start' }
	| { readonly code: 'by-rate'; readonly bytesPerSecond: number; readonly roundTripMs: number }
	| { readonly code: 'by-reqq'; readonly reqq: number }
	| { readonly code: 'snubbed-window' }

/** Why a tracker is announced to, or waits. Instants are in ms of the engine's clock. */
export type TrackerReason =
	| { readonly code: 'announcing'; readonly event: string }
	| { readonly code: 'due' }
	| { readonly code: 'interval'; readonly untilAt: number }
	| { readonly code: 'minimum-interval'; readonly untilAt: number }
	| { readonly code: 'back-off'; readonly failures: number; readonly untilAt: number }
	| { readonly code: 'asked-to-wait'; readonly untilAt: number }
	| { readonly code: 'asked-never-to-return' }
	| { readonly code: 'other-of-its-tier'; readonly tracker: number }
	| { readonly code: 'private-one-at-a-time'; readonly tracker: number }
	| { readonly code: 'not-announcing' }

/** Why a datagram was sent. Targets are 40 hexadecimal digits, rounds and buckets count from zero. */
export type DatagramReason =
	| { readonly code: 'dht-bootstrap' }
	| { readonly code: 'dht-lookup'; readonly target: string; readonly round: number }
	| { readonly code: 'dht-announce'; readonly target: string }
	| { readonly code: 'dht-refresh'; readonly bucket: number }
	| { readonly code: 'dht-check'; readonly silentMs: number }
	| { readonly code: 'dht-newcomer' }
	| { readonly code: 'dht-port-message' }
	| { readonly code: 'dht-by-user' }
	| { readonly code: 'dht-answer' }
	| { readonly code: 'lsd-announce' }

/** What happened to a piece as a whole. */
export type PieceReason =
	| PickReason
	| { readonly code: 'hash-matched' }
	| { readonly code: 'hash-failed'; readonly sources: number }
	| { readonly code: 'liar-convicted'; readonly peer: number; readonly wrongBlocks: number }
	| { readonly code: 'write-failed'; readonly error: string }

export type Reason =
	| ExchangeReason
	| EncryptionReason
	| UploadReason
	| DownloadReason
	| DropReason
	| WindowReason
	| PieceReason
	| TrackerReason
	| MetadataReason
	| DatagramReason

/** A reason with the instant at which it was decided, in ms of the engine's clock. */
export type Decision<R extends Reason = Reason> = { readonly at: number; readonly reason: R }

/** The last decisions about one subject, oldest first. */
export type DecisionHistory<R extends Reason = Reason> = Decision<R>[]

const historyLength = 16

/** Adds a decision and forgets the oldest beyond sixteen. A reason that only repeats the code of the last one replaces it. */
export function decide<R extends Reason>(history: DecisionHistory<R>, reason: R, at: number): void {
	const last = history.at(-1)
	if (last?.reason.code === reason.code) history.pop()
	else if (history.length >= historyLength) history.shift()
	history.push({ at, reason })
}
