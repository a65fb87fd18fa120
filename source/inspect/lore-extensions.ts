// Paragraphs about extended messages: BEP 10 and what travels in it (BEP 9, 11, 21, 54).
import { lore } from './lore-entry.ts'

const extensions = 'BEP 10, handshake message'
const metadata = 'BEP 9, extension message'
const exchange = 'BEP 11'

export const extensionLore = {
	extendedId: lore(
		'BEP 10',
		`
		Which extension. 0 is the extension handshake; any other number means what the receiver of this
		message said it means in the m of its own handshake. So the same extension has one number on the way
		in and another on the way out: to use one's own is the classic mistake.
		`,
	),
	extensionHandshake: lore(
		extensions,
		`
		A bencoded dictionary in which a side tells which extensions it speaks, under which numbers, and a few
		facts of itself. Sent right after the handshake when both set the bit. It may come again later: then m
		adds to what was said before. Every key is optional, unknown ones are ignored.
		`,
	),
	extensionPayload: lore(
		'BEP 10',
		`
		The content of an extension that swarmscope does not know by name. Most extensions use a bencoded
		dictionary; where these bytes are one, its parts are shown.
		`,
	),
	extensionNames: lore(
		extensions,
		`
		Names of extensions, each with the number by which the sender of this handshake wants to be spoken to.
		Names begin with the letters of the client that invented them (ut for uTorrent, lt for libtorrent), so
		that no register is needed.
		`,
	),
	extensionId: lore(
		extensions,
		`
		Put this number into extended messages for this extension that go to the sender of this handshake.
		Zero turns the extension off. No two extensions may share a number.
		`,
	),
	clientVersion: lore(
		extensions,
		`
		Name and version of the client as text. More to be trusted than the peer id, which many clients copy
		from each other, but a claim all the same. It comes from outside, so it is cleaned before it is shown.
		`,
	),
	listeningPort: lore(
		extensions,
		`
		The TCP port on which the sender takes connections. Who was dialled need not tell it. For who dialled
		it matters: the port of its end of this connection was given for the occasion, and nobody can call
		back there.
		`,
	),
	requestQueue: lore(
		extensions,
		`
		Requests that the sender takes at once before it begins to drop them. It bounds our pipeline from
		above; on long fast lines it can be what limits the rate. Where it is missing, 250 is assumed, as
		libtorrent does.
		`,
	),
	yourAddress: lore(
		extensions,
		`
		The receiver's own address as the sender sees it, 4 or 16 bytes, without a port. Behind address
		translation this is how a client learns its outer address. One peer can lie, so several have to agree.
		`,
	),
	ownAddress: lore(
		extensions,
		`
		An address of the sender in the other family, 4 bytes for IPv4 or 16 for IPv6, by which it may be
		reached as well.
		`,
	),
	encryption: lore(
		'BEP 11, flags',
		`
		Whether the sender would rather have encrypted connections. A wish, not a demand; peer exchange hands
		it on as a flag.
		`,
	),
	completeAgo: lore(
		'in use, libtorrent',
		`
		Seconds since the sender had all of the torrent; libtorrent tells it. Shows how a seed came to be one:
		just now, or long ago. In no BEP.
		`,
	),
	uploadOnly: lore(
		'BEP 21',
		`
		1 when the sender downloads nothing more: a seed, or a partial seed that has all the files it was told
		to fetch. Two such peers have nothing to say to each other and may part.
		`,
	),
	metadataSize: lore(
		'BEP 9, extension header',
		`
		Bytes of the info dictionary. Who came by a magnet link needs it to know how many 16 KiB pieces of
		metadata to ask for. Peers have claimed 2 GB and more: bound it before memory is set aside, and
		believe no single peer.
		`,
	),
	metadata: lore(
		metadata,
		`
		Hands the info dictionary from peer to peer in pieces of 16 KiB, so that a magnet link, which holds
		only its hash, is enough to begin. The whole is checked against the info hash at the end; a single
		piece cannot be.
		`,
	),
	metadataType: lore(
		metadata,
		`
		0 asks for a piece of metadata, 1 brings it, 2 says no: not there yet, or asked too often. Numbers
		that are unknown are ignored, so that more can come.
		`,
	),
	metadataIndex: lore(
		metadata,
		`
		Which 16 KiB of the info dictionary, counted from zero. These pieces have nothing to do with the
		pieces of the torrent's data.
		`,
	),
	metadataPiece: lore(
		metadata,
		`
		A part of the info dictionary, appended behind the bencoded dictionary and not inside it. So the end
		of the dictionary has to be found by parsing, and a decoder that insists on the end of the input fails
		here.
		`,
	),
	peerExchange: lore(
		exchange,
		`
		Peers tell each other whom they are connected to: what changed since the last time, once a minute at
		most. A swarm finds itself that way even when the tracker is gone. Not for private torrents. All of it
		is hearsay, so addresses are dialled with care.
		`,
	),
	pexAdded: lore(
		exchange,
		`
		Peers that the sender has connected to since its last message, not more than 50 but in the first. Only
		peers that were really reached may be named, to keep floods of invented addresses out.
		`,
	),
	pexDropped: lore(
		exchange,
		`
		Peers that the sender is no longer connected to. It says nothing of why, nor that they are gone: they
		may be full, or both be seeds.
		`,
	),
	pexFlags: lore(
		exchange,
		`
		One byte for each added peer, in the same order: 0x01 likes encryption, 0x02 is a seed, 0x04 speaks
		uTP, 0x08 can punch holes, 0x10 was reached by dialling, so it takes connections.
		`,
	),
	compactAddress: lore(
		'BEP 23, BEP 7',
		`
		An endpoint in 6 bytes for IPv4 or 18 for IPv6: the address, then the port, highest byte first. The
		key it stands under tells which, never the bytes.
		`,
	),
	dontHave: lore(
		'BEP 54',
		`
		The opposite of have: the sender has given the piece up, to make room for another. Requests for it are
		rejected, or dropped without the fast extension.
		`,
	),
}
