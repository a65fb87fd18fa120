// A peer as a row: who it is, choke and interest both ways, what flows, what is in flight or why nothing is, and in
// whole sentences where it is wide what it does and what we do.
import { formatAddress, formatBytes, formatShortRate, formatSpan } from '../inspect/units.ts'
import type { PeerView } from '../torrent/snapshot.ts'
import { formatGauge, formatShare } from './format.ts'
import { downloadWords, idleWords, sourceWord, uploadWords } from './peer-words.ts'
import type { Column } from './table.ts'
import type { Glyphs, Paint, Theme } from './theme.ts'

/** What a row needs beside the peer. */
export type PeerRow = { readonly peer: PeerView; readonly at: number; readonly pieceCount: number }

/** Of the gauge's column: the numbers behind it. */
const numberCells = 8
/** Below this width what flows is worth more than whole letters of flags and addresses. */
const narrowBelow = 44
/** From these widths on the port stands behind the host, and a sentence tells what the gauge cannot. */
const portsFrom = 84
const sentenceFrom = 110
const asksFrom = 134

/** All columns of the peer table for a width, in their order on screen. */
export function peerColumns(theme: Theme, isSeeding: boolean, width = sentenceFrom): Column<PeerRow>[] {
	const { glyphs } = theme
	const address = width >= portsFrom ? 21 : Math.max(6, Math.min(15, width - 9))
	return [
		{
			title: 'address',
			width: address,
			worth: 20,
			text: ({ peer }, cells) => addressOf(peer, cells),
		},
		{
			title: 'client',
			width: width < sentenceFrom ? 12 : 14,
			grow: 16,
			worth: isSeeding ? 13 : 11,
			text: ({ peer }) => peer.client,
		},
		{
			title: 'flags',
			width: 5,
			worth: width < narrowBelow ? 15 : 18,
			text: ({ peer }) => peerFlags(peer, glyphs.none),
		},
		{
			title: 'has',
			width: 4,
			worth: 14,
			right: true,
			text: ({ peer, pieceCount }) => formatShare(peer.piecesHave, pieceCount),
		},
		...rateColumns(theme, isSeeding),
		...flightColumns(theme, isSeeding, width),
		...(isSeeding || width >= asksFrom ? [asksColumn(isSeeding)] : []),
		{ title: 'got', width: 7, worth: 6, right: true, text: ({ peer }) => bytes(peer.downloadedBytes) },
		{
			title: 'gave',
			width: 7,
			worth: isSeeding ? 9 : 5.5,
			right: true,
			text: ({ peer }) => bytes(peer.uploadedBytes),
		},
		{ title: 'from', width: 7, worth: 4, text: ({ peer }) => sourceWord(peer) },
		{
			title: 'what it does for us',
			width: 28,
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
			text: ({ peer, at }) => uploadWords(peer, at),
			paint: () => (isSeeding ? undefined : theme.dim),
		},
	]
}

function asksColumn(isSeeding: boolean): Column<PeerRow> {
	return {
		title: 'asks',
		width: 4,
		worth: isSeeding ? 12 : 5,
		right: true,
		text: ({ peer }) => count(peer.uploadQueue),
	}
}

function rateColumns(theme: Theme, isSeeding: boolean): Column<PeerRow>[] {
	const { glyphs } = theme
	const rate = (
		title: string,
		worth: number,
		paint: Paint,
		of: (peer: PeerView) => number,
	): Column<PeerRow> => ({
		title,
		width: 8,
		worth,
		right: true,
		text: ({ peer }) => (of(peer) >= 0.5 ? formatShortRate(of(peer)) : glyphs.dot),
		paint: ({ peer }) => (of(peer) >= 0.5 ? paint : theme.dim),
	})
	return [
		rate(glyphs.down, isSeeding ? 15 : 19, theme.down, peer => peer.downBytesPerSecond),
		rate(glyphs.up, isSeeding ? 19 : 16, theme.up, peer => peer.upBytesPerSecond),
	]
}

function flightColumns(theme: Theme, isSeeding: boolean, width: number): Column<PeerRow>[] {
	const hasSentence = width >= sentenceFrom
	const gaugeCells = width < narrowBelow ? 5 : 6
	const paint = ({ peer }: PeerRow) =>
		peer.snubbed ? theme.warning : peer.inFlight === 0 && hasSentence ? theme.dim : undefined
	return [
		{
			title: hasSentence || width < narrowBelow ? 'in flight' : 'in flight, why',
			width: gaugeCells + numberCells,
			worth: isSeeding ? 8 : 17,
			text: ({ peer, at }) =>
				peer.inFlight === 0 && !hasSentence
					? idleWords(peer, at)
					: inFlight(peer, { gaugeCells, isNarrow: width < narrowBelow, glyphs: theme.glyphs }),
			paint,
		},
		{
			title: 'block',
			width: 6,
			worth: 9,
			right: true,
			text: ({ peer }) => (peer.roundTripMs === undefined ? '' : formatSpan(peer.roundTripMs)),
		},
	]
}

/**
 * Five letters: D we take, d we want but are choked, K it would give but we want nothing; U, u and ? the same
 * from its side; S snubbed or O optimistic; E encrypted, e only its handshake was; I came in by itself.
 */
export function peerFlags(peer: PeerView, none: string): string {
	if (peer.phase === 'dialling') return none.repeat(5)
	const down = letter(peer.amInterested, peer.peerChoking, ['D', 'd', 'K', none])
	const up = letter(peer.peerInterested, peer.amChoking, ['U', 'u', '?', none])
	const special = peer.snubbed ? 'S' : peer.optimistic ? 'O' : none
	return down + up + special + encryptionLetter(peer, none) + (peer.incoming ? 'I' : none)
}

function encryptionLetter({ encryption }: PeerView, none: string): string {
	if (encryption === undefined) return none
	return encryption === 'rc4' ? 'E' : 'e'
}

type Letters = readonly [open: string, choked: string, unwanted: string, nothing: string]

function letter(interested: boolean, choked: boolean, [open, shut, unwanted, nothing]: Letters): string {
	if (interested) return choked ? shut : open
	return choked ? nothing : unwanted
}

/** The port goes first when it is narrow: hosts tell peers apart. */
function addressOf({ host, port }: PeerView, width: number): string {
	const address = formatAddress(host, port)
	return address.length <= width ? address : host
}

type FlightParts = { readonly gaugeCells: number; readonly isNarrow: boolean; readonly glyphs: Glyphs }

/** Where there are no flags, a word in place of the gauge says what is odd about requests that are in flight. */
function inFlight(peer: PeerView, { gaugeCells, isNarrow, glyphs }: FlightParts): string {
	const numbers = `${peer.inFlight}/${peer.window}`
	const odd = peer.snubbed ? 'snubbed' : peer.peerChoking ? 'choked' : ''
	const cells = gaugeCells + numberCells
	if (isNarrow && odd !== '' && odd.length + 1 + numbers.length <= cells)
		return odd + numbers.padStart(cells - odd.length)
	return formatGauge(peer.inFlight, peer.window, gaugeCells, glyphs) + numbers.padStart(numberCells)
}

function bytes(value: number): string {
	return value > 0 ? formatBytes(value) : ''
}

function count(value: number): string {
	return value > 0 ? String(value) : ''
}
