// Reasons as short sentences, without a capital or a full stop, so that they fit behind a name in a row.
// Every code of torrent/reasons.ts has its words here; the compiler finds one that is missing.
import { type SafeText, safeText } from '../protocol/safe-text.ts'
import type {
	DatagramReason,
	ExchangeReason,
	DownloadReason,
	DropReason,
	EncryptionReason,
	PickReason,
	PieceReason,
	Reason,
	TrackerReason,
	UploadReason,
	WindowReason,
} from '../torrent/reasons.ts'
import { metadataWords } from './explain-metadata.ts'
import { dropWords } from './explain-drop.ts'
import { formatClock, formatCount, formatRate, formatShortRate, formatSpan } from './units.ts'

/** `reason` as a sentence at the instant `now` (ms of the engine's clock, for countdowns). */
export function explain(reason: Reason, now: number): SafeText {
	return safeText(words(reason, now))
}

function words(reason: Reason, now: number): string {
	switch (reason.code) {
		case 'unchoked-by-rank':
		case 'unchoked-optimistically':
		case 'unchoked-free-slot':
		case 'choked-by-rank':
		case 'choked-not-interested':
		case 'choked-snubbing':
		case 'choked-at-start':
		case 'choked-stopped':
			return uploadWords(reason)
		case 'not-interested':
		case 'choked-by-peer':
		case 'window-full':
		case 'snubbed':
		case 'nothing-to-ask':
		case 'memory-full':
		case 'rate-limited':
		case 'disk-stopped':
		case 'complete':
		case 'on-parole':
		case 'asking':
		case 'metadata-not-offered':
		case 'metadata-asked':
		case 'metadata-all-asked':
		case 'metadata-refused':
		case 'metadata-silent':
		case 'metadata-malformed':
		case 'metadata-other-size':
			return downloadWords(reason, now)
		case 'awaiting-peers':
		case 'awaiting-offer':
		case 'fetching-metadata':
		case 'awaiting-metadata-peers':
		case 'metadata-refused-by':
		case 'checking-metadata':
		case 'metadata-hash-wrong':
		case 'metadata-verified':
			return metadataWords(reason, now)
		case 'slow-start':
		case 'by-rate':
		case 'by-reqq':
		case 'snubbed-window':
			return windowWords(reason)
		case 'announcing':
		case 'due':
		case 'interval':
		case 'minimum-interval':
		case 'back-off':
		case 'asked-to-wait':
		case 'asked-never-to-return':
		case 'other-of-its-tier':
		case 'private-one-at-a-time':
		case 'not-announcing':
			return trackerWords(reason, now)
		case 'hash-matched':
		case 'hash-failed':
		case 'liar-convicted':
		case 'write-failed':
			return pieceWords(reason)
		case 'picked-partial':
		case 'picked-rarest':
		case 'picked-beside':
		case 'picked-common':
		case 'picked-random-first':
		case 'picked-sequential':
		case 'picked-allowed-fast':
		case 'picked-suggested':
		case 'picked-endgame':
		case 'picked-on-parole':
			return pickWords(reason)
		case 'dht-bootstrap':
		case 'dht-lookup':
		case 'dht-announce':
		case 'dht-refresh':
		case 'dht-check':
		case 'dht-newcomer':
		case 'dht-by-user':
		case 'dht-port-message':
		case 'dht-answer':
		case 'lsd-announce':
			return datagramWords(reason)
		case 'pex-due':
		case 'piece-lost':
			return exchangeWords(reason)
		case 'encryption-off':
		case 'encryption-required':
		case 'encryption-tried-first':
		case 'encryption-after-refusal':
		case 'encryption-worked-before':
		case 'plain-after-refusal':
		case 'plain-worked-before':
		case 'opened-by-peer':
			return encryptionWords(reason)
		default:
			return dropWords(reason)
	}
}

function uploadWords(reason: UploadReason): string {
	switch (reason.code) {
		case 'unchoked-by-rank':
			return `unchoked, rank ${reason.rank} of ${formatCount(reason.slots, 'slot')}`
		case 'unchoked-optimistically':
			return `unchoked by chance after ${formatSpan(reason.waitedMs)}`
		case 'unchoked-free-slot':
			return `unchoked, ${reason.used} of ${formatCount(reason.slots, 'slot')} used`
		case 'choked-by-rank':
			return `choked, rank ${reason.rank} of ${formatCount(reason.slots, 'slot')}`
		case 'choked-not-interested':
			return 'choked, wants nothing of ours'
		case 'choked-snubbing':
			return `choked, gave nothing for ${formatSpan(reason.silentMs)}`
		case 'choked-at-start':
			return 'choked as every peer at first'
		case 'choked-stopped':
			return 'choked, we stopped'
	}
}

function downloadWords(reason: DownloadReason, now: number): string {
	switch (reason.code) {
		case 'not-interested':
			return 'has nothing we want'
		case 'choked-by-peer':
			return `chokes us for ${formatSpan(now - reason.sinceAt)}`
		case 'window-full':
			return `window full, ${reason.inFlight} of ${reason.window}`
		case 'snubbed':
			return `snubbed, silent for ${formatSpan(reason.silentMs)}`
		case 'nothing-to-ask':
			return 'all it has is asked for'
		case 'memory-full':
			return `waits for memory, ${reason.openPieces} open`
		case 'rate-limited':
			return `limited to ${formatRate(reason.bytesPerSecond)}`
		case 'paused':
			return 'paused'
		case 'disk-stopped':
			return 'waits for the disk'
		case 'complete':
			return 'we have everything'
		case 'on-parole':
			return `on parole with piece ${reason.piece}`
		case 'asking':
			return `asking, ${reason.inFlight} of ${reason.window} in flight`
		case 'metadata-not-offered':
			return 'cannot give the metadata'
		case 'metadata-asked':
			return `asked for metadata, ${reason.inFlight} in flight`
		case 'metadata-all-asked':
			return 'all metadata is asked for'
		case 'metadata-refused':
			return `refused metadata, again ${formatClock(reason.untilAt - now)}`
		case 'metadata-silent':
			return `gave no metadata, again ${formatClock(reason.untilAt - now)}`
		case 'metadata-malformed':
			return `odd metadata, again ${formatClock(reason.untilAt - now)}`
		case 'metadata-other-size':
			return 'changed the size of the metadata'
	}
}

function pickWords(reason: PickReason): string {
	switch (reason.code) {
		case 'picked-partial':
			return `begun, ${reason.receivedBlocks} of ${reason.blockCount}`
		case 'picked-rarest':
			return `rarest, ${copies(reason.copies)}`
		case 'picked-beside':
			return `beside ${reason.other}, ${copies(reason.copies)}`
		case 'picked-common':
			return `common, ${copies(reason.copies)}`
		case 'picked-random-first':
			return 'random first'
		case 'picked-sequential':
			return 'next in order'
		case 'picked-allowed-fast':
			return 'allowed fast'
		case 'picked-suggested':
			return 'suggested to us'
		case 'picked-endgame':
			return `endgame, ${reason.askedOf} asked`
		case 'picked-on-parole':
			return 'whole, on parole'
	}
}

function windowWords(reason: WindowReason): string {
	switch (reason.code) {
		case 'slow-start':
			return 'slow start'
		case 'by-rate':
			return `${formatShortRate(reason.bytesPerSecond)}, ${formatSpan(reason.roundTripMs)}/block`
		case 'by-reqq':
			return `the peer takes ${reason.reqq} at most`
		case 'snubbed-window':
			return 'small, it snubs us'
	}
}

function trackerWords(reason: TrackerReason, now: number): string {
	switch (reason.code) {
		case 'announcing':
			return reason.event === '' ? 'announcing' : `announcing ${reason.event}`
		case 'due':
			return 'due now'
		case 'interval':
			return `next ${formatClock(reason.untilAt - now)}`
		case 'minimum-interval':
			return `not before ${formatClock(reason.untilAt - now)}`
		case 'back-off':
			return `try ${reason.failures + 1} in ${formatClock(reason.untilAt - now)}`
		case 'asked-to-wait':
			return `asked to wait ${formatClock(reason.untilAt - now)}`
		case 'asked-never-to-return':
			return 'asked never to return'
		case 'other-of-its-tier':
			return `spare, tracker ${reason.tracker + 1} answers`
		case 'private-one-at-a-time':
			return `private torrent, tracker ${reason.tracker + 1} in use`
		case 'not-announcing':
			return 'not announcing'
	}
}

function exchangeWords(reason: ExchangeReason): string {
	if (reason.code === 'piece-lost') return `piece ${reason.piece} is gone from our disk`
	const { added, dropped } = reason
	const parts = [added > 0 ? `${added} came` : '', dropped > 0 ? `${dropped} left` : '']
	return `since it was last told: ${parts.filter(part => part !== '').join(', ')}`
}

function datagramWords(reason: DatagramReason): string {
	switch (reason.code) {
		case 'dht-bootstrap':
			return 'to find a way into the DHT'
		case 'dht-lookup':
			return `round ${reason.round + 1} of the lookup for ${reason.target.slice(0, 8)}`
		case 'dht-announce':
			return `to announce us for ${reason.target.slice(0, 8)}`
		case 'dht-refresh':
			return `bucket ${reason.bucket} was quiet for long`
		case 'dht-check':
			return `is it still there, after ${formatSpan(reason.silentMs)}`
		case 'dht-newcomer':
			return 'it asked us, is it there?'
		case 'dht-port-message':
			return 'a peer told us of its node'
		case 'dht-by-user':
			return 'you asked for it'
		case 'dht-answer':
			return 'it asked'
		case 'lsd-announce':
			return 'to find peers of this network'
	}
}

function encryptionWords(reason: EncryptionReason): string {
	switch (reason.code) {
		case 'encryption-off':
			return 'we never encrypt'
		case 'encryption-required':
			return 'we require encryption'
		case 'encryption-tried-first':
			return 'we try encryption first'
		case 'encryption-after-refusal':
			return `it ended the plain try, ${endingWords(reason.ending)}`
		case 'encryption-worked-before':
			return 'it was encrypted last time'
		case 'plain-after-refusal':
			return `it ended the encrypted try, ${endingWords(reason.ending)}`
		case 'plain-worked-before':
			return 'it was plain last time'
		case 'opened-by-peer':
			return 'the peer began like that'
	}
}

function endingWords(ending: DropReason['code']): string {
	switch (ending) {
		case 'remote-closed':
			return 'closed by the peer'
		case 'handshake-timeout':
			return 'no handshake in time'
		case 'protocol-error':
			return 'not understood'
		default:
			return 'connection lost'
	}
}

function pieceWords(reason: Exclude<PieceReason, PickReason>): string {
	switch (reason.code) {
		case 'hash-matched':
			return 'hash matched'
		case 'hash-failed':
			return `hash failed, from ${formatCount(reason.sources, 'peer')}`
		case 'liar-convicted':
			return `peer ${reason.peer} sent ${formatCount(reason.wrongBlocks, 'wrong block')}`
		case 'write-failed':
			return `writing failed: ${reason.error}`
	}
}

function copies(count: number): string {
	return `${count} ${count === 1 ? 'copy' : 'copies'}`
}
