// A peer as a row: who it is, choke and interest both ways, what flows, what is in flight, what it does and why.
import { explain } from '../inspect/explain.ts'
import { formatAddress, formatBytes, formatShortRate, formatSpan } from '../inspect/units.ts'
import type { PeerView } from '../torrent/snapshot.ts'
import { formatGauge, formatShare } from './format.ts'
import type { Column } from './table.ts'
import type { Theme } from './theme.ts'

/** What a row needs beside the peer. */
export type PeerRow = { readonly peer: PeerView; readonly at: number; readonly pieceCount: number }

const gaugeCells = 7

/** All columns of the peer table, in their order on screen. */
export function peerColumns(theme: Theme, isSeeding: boolean): Column<PeerRow>[] {
	const { glyphs } = theme
	return [
		{ title: 'address', width: 21, worth: 20, text: ({ peer }, width) => addressOf(peer, width) },
		{ title: 'client', width: 14, grow: 22, worth: 12, text: ({ peer }) => peer.client },
		{ title: 'c/i', width: 4, worth: 18, text: ({ peer }) => peerFlags(peer, glyphs.none) },
		{
			title: 'has',
			width: 4,
			worth: 14,
			right: true,
			text: ({ peer, pieceCount }) => formatShare(peer.piecesHave, pieceCount),
		},
		{
			title: glyphs.down,
			width: 8,
			worth: 19,
			right: true,
			text: ({ peer }) => formatShortRate(peer.downBytesPerSecond),
			paint: ({ peer }) => (peer.downBytesPerSecond >= 0.5 ? theme.down : theme.dim),
		},
		{
			title: glyphs.up,
			width: 8,
			worth: 16,
			right: true,
			text: ({ peer }) => formatShortRate(peer.upBytesPerSecond),
			paint: ({ peer }) => (peer.upBytesPerSecond >= 0.5 ? theme.up : theme.dim),
		},
		{
			title: 'in flight',
			width: gaugeCells + 4,
			grow: gaugeCells + 7,
			worth: 11,
			text: ({ peer }, width) => inFlight(peer, width, theme),
			paint: ({ peer }) => (peer.inFlight === 0 ? theme.dim : peer.snubbed ? theme.warning : undefined),
		},
		{ title: 'block', width: 6, worth: 9, right: true, text: ({ peer }) => span(peer.roundTripMs) },
		{ title: 'asks', width: 4, worth: 5, right: true, text: ({ peer }) => count(peer.uploadQueue) },
		{ title: 'got', width: 7, worth: 6, right: true, text: ({ peer }) => bytes(peer.downloadedBytes) },
		{ title: 'gave', width: 7, worth: 5.5, right: true, text: ({ peer }) => bytes(peer.uploadedBytes) },
		{
			title: 'what it does for us',
			width: 29,
			grow: 40,
			worth: isSeeding ? 7 : 10,
			text: ({ peer, at }) => downloadWords(peer, at),
			paint: ({ peer }) => (peer.snubbed ? theme.warning : undefined),
		},
		{
			title: 'what we do for it',
			width: 29,
			grow: 40,
			worth: isSeeding ? 10 : 7,
			text: ({ peer, at }) => (peer.phase === 'dialling' ? '' : explain(peer.upload.reason, at)),
			paint: () => (isSeeding ? undefined : theme.dim),
		},
	]
}

/**
 * Four letters: D we take, d we want but are choked, K it would give but we want nothing; U, u and ? the same
 * from its side; S snubbed or O optimistic; I came in by itself.
 */
export function peerFlags(peer: PeerView, none: string): string {
	if (peer.phase === 'dialling') return none.repeat(4)
	const down = letter(peer.amInterested, peer.peerChoking, ['D', 'd', 'K', none])
	const up = letter(peer.peerInterested, peer.amChoking, ['U', 'u', '?', none])
	return down + up + (peer.snubbed ? 'S' : peer.optimistic ? 'O' : none) + (peer.incoming ? 'I' : none)
}

type Letters = readonly [open: string, choked: string, unwanted: string, nothing: string]

function letter(interested: boolean, choked: boolean, [open, shut, unwanted, nothing]: Letters): string {
	if (interested) return choked ? shut : open
	return choked ? nothing : unwanted
}

/** What the peer does for us and why, as recorded when it was decided. */
export function downloadWords(peer: PeerView, at: number): string {
	return peer.phase === 'dialling'
		? `connecting for ${formatSpan(at - peer.connectedAt)}`
		: explain(peer.download.reason, at)
}

/** The port goes first when it is narrow: hosts tell peers apart. */
function addressOf({ host, port }: PeerView, width: number): string {
	const address = formatAddress(host, port)
	return address.length <= width ? address : host
}

function inFlight({ inFlight: asked, window }: PeerView, width: number, { glyphs }: Theme): string {
	const numbers = width < gaugeCells + 7 ? String(asked) : `${asked}/${window}`
	return formatGauge(asked, window, gaugeCells, glyphs) + numbers.padStart(width - gaugeCells)
}

function span(ms: number | undefined): string {
	return ms === undefined ? '' : formatSpan(ms)
}

function bytes(value: number): string {
	return value > 0 ? formatBytes(value) : ''
}

function count(value: number): string {
	return value > 0 ? String(value) : ''
}
