// What can be asked of a peer.
import { explain } from '../../inspect/explain.ts'
import { formatAddress } from '../../inspect/units.ts'
import type { PeerRow } from '../peer-row.ts'
import { downloadWords } from '../peer-words.ts'
import { createFieldTable, type Field } from './field.ts'

const numbers: readonly Field<PeerRow>[] = [
	{
		name: 'down',
		help: 'what comes from it',
		type: 'number',
		unit: 'rate',
		sort: 'highest',
		of: ({ peer }) => peer.downBytesPerSecond,
	},
	{
		name: 'up',
		help: 'what goes to it',
		type: 'number',
		unit: 'rate',
		sort: 'highest',
		of: ({ peer }) => peer.upBytesPerSecond,
	},
	{
		name: 'have',
		help: 'its share of the pieces',
		type: 'number',
		unit: 'share',
		sort: 'highest',
		of: ({ peer, pieceCount }) => (pieceCount > 0 ? (peer.piecesHave / pieceCount) * 100 : undefined),
	},
	{
		name: 'peer',
		help: 'its address and port',
		type: 'text',
		sort: 'lowest',
		of: ({ peer }) => formatAddress(peer.host, peer.port),
	},
	{ name: 'client', help: 'its program', type: 'text', sort: 'lowest', of: ({ peer }) => peer.client },
	{
		name: 'rtt',
		help: 'from request to block',
		type: 'number',
		unit: 'time',
		sort: 'lowest',
		of: ({ peer }) => peer.roundTripMs,
	},
	{
		name: 'flight',
		help: 'requests in flight',
		type: 'number',
		unit: 'count',
		sort: 'highest',
		of: ({ peer }) => peer.inFlight,
	},
	{
		name: 'window',
		help: 'most in flight at once',
		type: 'number',
		unit: 'count',
		of: ({ peer }) => peer.window,
	},
	{
		name: 'asks',
		help: 'its requests that wait',
		type: 'number',
		unit: 'count',
		of: ({ peer }) => peer.uploadQueue,
	},
	{
		name: 'got',
		help: 'bytes from it',
		type: 'number',
		unit: 'bytes',
		sort: 'highest',
		of: ({ peer }) => peer.downloadedBytes,
	},
	{
		name: 'gave',
		help: 'bytes to it',
		type: 'number',
		unit: 'bytes',
		sort: 'highest',
		of: ({ peer }) => peer.uploadedBytes,
	},
	{
		name: 'wasted',
		help: 'bytes of it thrown away',
		type: 'number',
		unit: 'bytes',
		of: ({ peer }) => peer.wastedBytes,
	},
	{
		name: 'failures',
		help: 'wrong hashes',
		type: 'number',
		unit: 'count',
		of: ({ peer }) => peer.hashFailures,
	},
	{
		name: 'named',
		help: 'peers that it named',
		type: 'number',
		unit: 'count',
		of: ({ peer }) => peer.exchange?.named,
	},
	{
		name: 'age',
		help: 'how long connected',
		type: 'number',
		unit: 'time',
		sort: 'highest',
		of: ({ peer, at }) => at - peer.connectedAt,
	},
	{
		name: 'silent',
		help: 'since its last message',
		type: 'number',
		unit: 'time',
		of: ({ peer, at }) => at - peer.lastMessageAt,
	},
]

const flags: readonly Field<PeerRow>[] = [
	{ name: 'choked', help: 'it chokes us', type: 'flag', of: ({ peer }) => peer.peerChoking },
	{ name: 'choking', help: 'we choke it', type: 'flag', of: ({ peer }) => peer.amChoking },
	{ name: 'wanted', help: 'it has what we want', type: 'flag', of: ({ peer }) => peer.amInterested },
	{ name: 'interested', help: 'it wants ours', type: 'flag', of: ({ peer }) => peer.peerInterested },
	{ name: 'snubbed', help: 'gives nothing it owes', type: 'flag', of: ({ peer }) => peer.snubbed },
	{ name: 'optimistic', help: 'unchoked to try it', type: 'flag', of: ({ peer }) => peer.optimistic },
	{ name: 'seed', help: 'has every piece', type: 'flag', of: ({ peer }) => peer.seed },
	{ name: 'incoming', help: 'came in by itself', type: 'flag', of: ({ peer }) => peer.incoming },
	{ name: 'dialling', help: 'not connected yet', type: 'flag', of: ({ peer }) => peer.phase === 'dialling' },
	{ name: 'encrypted', help: 'talks encrypted', type: 'flag', of: ({ peer }) => peer.encryption === 'rc4' },
	{ name: 'fast', help: 'fast extension', type: 'flag', of: ({ peer }) => peer.fast },
]

const texts: readonly Field<PeerRow>[] = [
	{ name: 'source', help: 'tracker, dht, pex, lsd …', type: 'text', of: ({ peer }) => peer.source },
	{ name: 'why', help: 'what it does for us', type: 'text', of: ({ peer, at }) => downloadWords(peer, at) },
	{
		name: 'ours',
		help: 'what we do for it',
		type: 'text',
		of: ({ peer, at }) => explain(peer.upload.reason, at),
	},
]

/** Peers as the peer pane lists them. */
export const peerFields = createFieldTable<PeerRow>({
	fields: [...numbers, ...flags, ...texts],
	natural: 'down',
	text: ({ peer, at }) =>
		`${formatAddress(peer.host, peer.port)} ${peer.client} ${downloadWords(peer, at)} ${explain(peer.upload.reason, at)}`,
	examples: ['down>1M & !seed', 'choked | snubbed', 'client~libtorrent', 'have<50% & rtt>200ms'],
})
