// Paragraphs about what is said to trackers: over HTTP (BEP 3, 7, 23, 24, 31, 48) and over UDP (BEP 15, 41).
import { lore } from './lore-entry.ts'

const announce = 'BEP 3, trackers'
const udp = 'BEP 15'

export const trackerLore = {
	http: lore(
		announce,
		`
		Announcing over HTTP: one GET whose query tells who we are and how far we got, and a bencoded answer
		that names peers. Connections are not kept: trackers serve millions, and each says the next time after
		half an hour.
		`,
	),
	httpRequestLine: lore(
		announce,
		`
		GET, then path and query of the tracker with what we announce, then the version. Passkeys in it are
		masked on the screen, never on the wire.
		`,
	),
	httpStatusLine: lore(
		'in use, RFC 9112',
		`
		The number is what counts: 200 brings an answer, 3xx sends on to another address, others fail. A
		failure of the tracker itself mostly comes with 200 and a failure reason.
		`,
	),
	httpWord: lore(
		'in use, RFC 9112',
		`
		One word of the first line. Words are parted by one space each; the last may hold spaces of its own.
		`,
	),
	httpTarget: lore(
		announce,
		`
		The path of the announce URL, to which the arguments are appended behind a question mark. Bytes that
		are no plain letters or digits stand as percent sign and two hexadecimal digits.
		`,
	),
	httpPath: lore(
		announce,
		`
		As it stands in the torrent. Private trackers put a passkey into it, by which they know their members:
		whoever has the URL is that member.
		`,
	),
	httpHost: lore(
		'in use, RFC 9110',
		`
		The name that was asked for. One address may serve many names, so the name has to be said, although it
		was looked up before.
		`,
	),
	httpAgent: lore(
		'in use, RFC 9110',
		`
		Which program asks. Trackers count clients by it, and some let only certain ones in.
		`,
	),
	httpEncoding: lore(
		'in use, RFC 9110',
		`
		How the body is packed. swarmscope takes gzip and shows the body unpacked; what it unpacks to is
		bounded, or a few kilobytes could fill the memory.
		`,
	),
	httpLength: lore(
		'in use, RFC 9110',
		`
		Bytes of the body as it was on the wire, before it was unpacked. It is a claim: the body is bounded by
		us whatever stands here.
		`,
	),
	httpRetry: lore(
		'in use, RFC 9110',
		`
		Seconds to wait before the next try, from a server that is overrun. swarmscope waits at least so long.
		`,
	),
	httpLocation: lore(
		'in use, RFC 9110',
		`
		Where to ask instead. A redirect into a local network, or from https to http, is not followed: a
		tracker must not use us to reach what only we can reach.
		`,
	),
	httpBody: lore(
		announce,
		`
		A bencoded dictionary. With failure reason in it nothing else counts; otherwise it brings peers and
		says when to come again.
		`,
	),
	percentEncoding: lore(
		'in use, RFC 3986',
		`
		The value as it was sent: of an info hash twenty raw bytes, each either a plain letter or digit, or a
		percent sign with two digits. Hexadecimal text here is a classic mistake.
		`,
	),
	announcePort: lore(
		announce,
		`
		The port on which we take connections; the tracker hands it on together with the address that it sees.
		`,
	),
	announceUploaded: lore(
		announce,
		`
		Bytes given since the event started was sent. Private trackers keep a ratio of it; public ones do not
		look.
		`,
	),
	announceDownloaded: lore(
		announce,
		`
		Bytes taken since the event started was sent, what was thrown away included with most clients.
		`,
	),
	announceLeft: lore(
		announce,
		`
		Bytes that are still to come. 0 makes us a seed in the books of the tracker, and it need not name
		other seeds to us.
		`,
	),
	announceEvent: lore(
		announce,
		`
		Started with the first announce, completed when the last piece is there and only then, stopped on
		leaving. Without an event it is a regular visit. In UDP they are the numbers 2, 1 and 3.
		`,
	),
	announceCompact: lore(
		'BEP 23',
		`
		1 asks for peers as 6 bytes each instead of a dictionary each. Advice only: the answer may come in
		either form, and a client has to read both.
		`,
	),
	announceWanted: lore(
		announce,
		`
		How many peers we would like, 50 where it is missing. On leaving it is 0: no names for somebody who
		goes.
		`,
	),
	announceKey: lore(
		announce,
		`
		A number of ours that no other peer sees. By it a tracker knows us again when our address changes; it
		is drawn anew for each run.
		`,
	),
	announceTrackerId: lore(
		announce,
		`
		Words that the tracker gave in an earlier answer and wants to hear again. What they mean is its own
		affair.
		`,
	),
	announceAddress: lore(
		'BEP 3, BEP 7',
		`
		An address to hand out in place of the one the tracker sees. Most trackers ignore it, since one could
		announce victims with it; swarmscope sends none.
		`,
	),
	announceOther: lore(
		announce,
		`
		An argument of the query: an ampersand, a name, an equals sign, a value. What a tracker does not know
		it ignores.
		`,
	),
	trackerInterval: lore(
		announce,
		`
		Seconds until the next regular announce, mostly half an hour. Who comes sooner is a burden and may be
		refused.
		`,
	),
	trackerMinInterval: lore(
		'in use, trackers',
		`
		Seconds below which the tracker wants to hear nothing from us, whatever happens, events apart.
		`,
	),
	trackerSeeders: lore(
		announce,
		`
		Peers with all of the data, as the tracker counts them: it believes what each says of itself.
		`,
	),
	trackerLeechers: lore(
		announce,
		`
		Peers that still lack something, we among them while we download. Over HTTP the key is incomplete.
		`,
	),
	trackerDownloads: lore(
		'BEP 48',
		`
		How often somebody has announced completed since the tracker began to count. Who cancels before is not
		in it.
		`,
	),
	trackerPeers: lore(
		'BEP 23, BEP 7',
		`
		Peers of the torrent, chosen by chance from all: 4 bytes of address and 2 of port each, 16 and 2 for
		IPv6. We are often among them. Addresses where no peer can be are not dialled.
		`,
	),
	trackerFailure: lore(
		announce,
		`
		Why the tracker will not answer, as a sentence for people: the torrent is not registered, the client
		is not wanted, too soon. Nothing else in the answer counts then.
		`,
	),
	trackerWarning: lore(
		announce,
		`
		A sentence for people that does not stop the answer from counting. swarmscope shows it with the
		tracker.
		`,
	),
	trackerExternal: lore(
		'BEP 24',
		`
		Our own address as the tracker sees it, 4 or 16 bytes: behind address translation one cannot know it
		otherwise.
		`,
	),
	trackerRetry: lore(
		'BEP 31',
		`
		Minutes to wait after a failure, or never. Without it a client backs off by itself, longer each time.
		`,
	),
	scrapeFiles: lore(
		'BEP 48',
		`
		Counts for each torrent that was asked about, under its raw info hash. A scrape brings no peers and
		announces nobody.
		`,
	),
	udpTracker: lore(
		udp,
		`
		A tracker over UDP: a connect that proves our address, then an announce or a scrape. Four datagrams
		in place of the ten or more that HTTP over TCP takes. What gets lost is sent again after 15 seconds,
		then after twice that, and so on.
		`,
	),
	udpProtocolId: lore(
		udp,
		`
		A constant, 0x41727101980, by which a tracker knows that somebody wants to connect and does not send
		noise.
		`,
	),
	udpConnectionId: lore(
		udp,
		`
		Drawn by the tracker for our address and good for a minute or two. That we can repeat it proves that
		we receive there: no one can announce or make the tracker flood somebody else.
		`,
	),
	udpAction: lore(
		udp,
		`
		0 connects, 1 announces, 2 scrapes, 3 is an error and comes from trackers only. It stands first in
		answers and behind the connection id in requests.
		`,
	),
	udpTransaction: lore(
		udp,
		`
		Drawn by us for this question and repeated in the answer. An answer with another one is not for us, or
		comes from somebody who guesses.
		`,
	),
	udpScrape: lore(
		udp,
		`
		Up to 74 torrents in one scrape, as many as a datagram holds; the answer has three counts for each, in
		the same order.
		`,
	),
	udpOptions: lore(
		'BEP 41',
		`
		Options behind an announce: a type, a length, the data. Type 0 ends them, type 1 does nothing, unknown
		ones are skipped by their length. Trackers that do not know them do not look so far.
		`,
	),
	udpUrlData: lore(
		'BEP 41',
		`
		Path and query of the announce URL. UDP has no place for them otherwise, and so trackers that tell
		members by a passkey could not be reached by UDP.
		`,
	),
	udpSurplus: lore(
		udp,
		`
		Bytes behind what is known. Clients and trackers may not insist on a size, so that fields can be added
		without breaking anybody.
		`,
	),
}
