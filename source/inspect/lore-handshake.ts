// Paragraphs about the handshake: BEP 3, the reserved bits of BEP 4 and others, the peer id of BEP 20.
import { lore } from './lore-entry.ts'

const handshake = 'BEP 3, peer protocol'
const reserved = 'BEP 4, reserved bits'

export const handshakeLore = {
	handshake: lore(
		handshake,
		`
		The first 68 bytes of each side: protocol, abilities, torrent, name. Who dialled speaks first; who was
		called may wait for the info hash to see which torrent is meant, and then answers. Different info
		hashes end the connection. There is no acknowledgement: messages follow at once.
		`,
	),
	protocolLength: lore(
		handshake,
		`
		The length of the protocol's name, always 19. It was meant to let other protocols begin alike and
		still be told apart by the first bytes. Anything else on a BitTorrent port is another protocol, or an
		encrypted handshake.
		`,
	),
	protocolName: lore(
		handshake,
		`
		Nineteen letters without an end mark. Together with the length they are what middleboxes look for when
		they want to slow BitTorrent down, which is why many clients can encrypt the handshake.
		`,
	),
	reserved: lore(
		reserved,
		`
		Eight bytes of single bits, zero at first, by which a side says what else it speaks. An extension
		counts only when both sides set its bit. Unknown bits are to be ignored; a client that checked them
		for zero could talk to nobody today.
		`,
	),
	reservedUnknown: lore(
		reserved,
		`
		Bits without a use that is known to us. They are ignored, as everybody should, so that tomorrow's
		extensions can be announced in them.
		`,
	),
	bitAzureus: lore(
		reserved,
		`
		Vuze's own messaging protocol instead of the usual one, for peers that both speak it. It goes with
		another framing of the stream; swarmscope does not set the bit.
		`,
	),
	bitLocation: lore(
		reserved,
		`
		A proposal in which peers tell where on Earth they are. It was reserved, and nobody is known to have
		made it.
		`,
	),
	bitExtended: lore(
		'BEP 10',
		`
		Speaks the extension protocol: message 20 may be sent, and should be the first thing after the
		handshake. The gate to nearly everything newer: metadata for magnet links, peer exchange, partial
		seeds.
		`,
	),
	bitNegotiation: lore(
		reserved,
		`
		Two bits by which clients that speak both Vuze's messaging and the extension protocol settle on one of
		them. Zero with nearly everybody.
		`,
	),
	bitV2: lore(
		'BEP 52, upgrade path',
		`
		On a connection for the v1 hash of a hybrid torrent: the sender knows the v2 form too. If the other
		side answers with the v2 info hash, the connection is upgraded and both use hash trees of SHA-256.
		`,
	),
	bitNat: lore(
		reserved,
		`
		A way of old to meet behind address translation with help of a third peer. Today that is the
		ut_holepunch extension, which needs no bit of its own.
		`,
	),
	bitFast: lore(
		'BEP 6',
		`
		Speaks the fast extension: have all, have none, suggest, reject and allowed fast. With it every
		request gets an answer, so a choke no longer leaves one in the dark about what was lost.
		`,
	),
	bitXbt: lore(
		reserved,
		`
		The peer exchange of XBT Client, long given up for ut_pex over the extension protocol.
		`,
	),
	bitDht: lore(
		'BEP 5',
		`
		Takes part in the distributed hash table. The other side is then expected to send its DHT port in a
		port message. To be left out for private torrents.
		`,
	),
	infoHash: lore(
		handshake,
		`
		SHA-1 over the info dictionary of the torrent, exactly as its bytes stand in the file. It names the
		torrent: to trackers, in magnet links and here. It is sent in the clear, so whoever sees the line sees
		what is shared. For v2 torrents it is the first 20 bytes of a SHA-256.
		`,
	),
	peerId: lore(
		'BEP 20',
		`
		Twenty bytes by which a client names itself, by custom with its kind and version in front. A mere
		claim: anybody may write anything. Its one duty is to show when we have dialled ourselves or the same
		peer twice.
		`,
	),
	clientCode: lore(
		'BEP 20',
		`
		The most common custom: a dash, two letters for the client, four characters of version, a dash. Some
		clients count on with letters after 9. The v of the extension handshake is the better source.
		`,
	),
	peerIdRandom: lore(
		'BEP 20',
		`
		The rest is drawn by chance. swarmscope draws it anew for each run, so that two runs cannot be tied
		together by it. Some clients put printable characters only, some any byte.
		`,
	),
}
