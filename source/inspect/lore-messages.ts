// Paragraphs about the messages of BEP 3, 5 and 6 and about their fields.
import { lore } from './lore-entry.ts'

const messages = 'BEP 3, peer messages'
const protocol = 'BEP 3, peer protocol'

export const messageLore = {
	keepAlive: lore(
		protocol,
		`
		Four zero bytes and no id: the sender has nothing to say and wants the connection to stay. Clients
		send one after about two minutes of silence. It proves that the connection lives, not that the peer
		has data to give: a peer that only keeps alive while we wait for blocks is snubbing us.
		`,
	),
	lengthPrefix: lore(
		protocol,
		`
		The bytes that follow, id included and these four not, highest byte first. It frames everything after
		the handshake: TCP is a stream without borders, so one message may come in many reads and many
		messages in one. A reader has to bound it before it sets memory aside; a peer can claim 4 GiB for the
		price of four bytes.
		`,
	),
	messageId: lore(
		messages,
		`
		One byte that tells the type: 0 to 8 are of BEP 3, 9 is the DHT port of BEP 5, 13 to 17 the fast
		extension of BEP 6, 20 the extension protocol of BEP 10, 21 to 23 the hashes of BEP 52. Ids of
		extensions may be sent only when both handshakes set the bit for them.
		`,
	),
	unknownId: lore(
		messages,
		`
		An id that swarmscope does not speak. BEP 3 says nothing of such messages; clients skip them by their
		length, so that a newer peer can be talked to. A stream that lost its framing looks just like this,
		usually with an absurd length before it.
		`,
	),
	unknownMessage: lore(
		messages,
		`
		A message of a type that swarmscope does not speak. Its length says where the next one begins, and
		that is all that is needed to go on. The payload is skipped as it comes in and is not kept.
		`,
	),
	unknownPayload: lore(
		messages,
		`
		What an unknown message carries. It is counted and skipped: nobody here knows how to read it.
		`,
	),
	surplus: lore(
		messages,
		`
		Bytes behind the last field. A message of fixed form has none, so the sender counts otherwise than we
		do, or the stream is out of step. swarmscope closes the connection rather than guess.
		`,
	),
	choke: lore(
		protocol,
		`
		The sender will serve us nothing until it unchokes us. It is no insult: a peer serves a few at a time,
		because TCP works badly over many connections and because giving to those who give makes the swarm
		fair. Without the fast extension all our requests to it are void from here on; with it, each is
		rejected one by one.
		`,
	),
	unchoke: lore(
		protocol,
		`
		From now on requests will be served. Clients choose again every ten seconds: the best givers are
		unchoked, and one peer is tried regardless, the optimistic unchoke, which moves on every 30 seconds.
		That is how a newcomer with nothing to trade gets its first pieces.
		`,
	),
	interested: lore(
		protocol,
		`
		The receiver has at least one piece that the sender lacks and wants. It has to be kept true at every
		moment, also while choked: whoever chooses whom to unchoke looks only at those who are interested, so
		to forget it is to starve quietly.
		`,
	),
	notInterested: lore(
		protocol,
		`
		The receiver has nothing that the sender wants, at this moment. A later have can change it. Clients
		that never take interest back keep an upload slot from somebody who would use it.
		`,
	),
	have: lore(
		messages,
		`
		The sender has this piece now and has checked its hash. It comes once a piece to every peer; many
		clients leave it out towards peers that have the piece already. Counting haves is how availability is
		known, so that the rarest piece can be fetched first.
		`,
	),
	bitfield: lore(
		messages,
		`
		All that the sender has, one bit a piece. It may come only as the first message after the handshakes;
		who has nothing may leave it out. With the fast extension exactly one of bitfield, have all and have
		none must come.
		`,
	),
	bits: lore(
		messages,
		`
		The highest bit of the first byte is piece 0, the next is piece 1, and so on. The number of bytes
		follows from the number of pieces, so a length that does not fit belongs to another torrent or a
		broken client.
		`,
	),
	spareBits: lore(
		messages,
		`
		The number of pieces is rarely a multiple of eight; what is left of the last byte is spare and must be
		zero. A set bit here would claim a piece that does not exist, and clients hang up on it.
		`,
	),
	request: lore(
		messages,
		`
		Asks for one block. Many are kept in flight at once, since a round trip between blocks would leave the
		line idle: rate times round trip is what has to be in flight. A request that is sent while choked is
		lost, unless the piece is allowed fast.
		`,
	),
	piece: lore(
		messages,
		`
		Carries one block, in spite of its name, in answer to a request. Nothing in it names the request but
		piece and offset, so it can come unexpectedly when a choke or a cancel crossed it on the way. The hash
		covers the whole piece: a single block cannot be checked.
		`,
	),
	cancel: lore(
		messages,
		`
		Takes a request back. Seen mostly in the endgame, when the last blocks are asked of several peers and
		the first answer wins. With the fast extension it is still answered, by the block or by a reject;
		without, there may be no answer, or the block may already be on its way.
		`,
	),
	pieceIndex: lore(
		protocol,
		`
		Which piece, counted from zero in the order of the torrent. Pieces are the unit of hashing and of
		have; they ignore the borders of files, so one piece may hold the end of one file and the start of the
		next.
		`,
	),
	blockOffset: lore(
		messages,
		`
		Where the block starts within its piece, in bytes, not in blocks. Clients ask at multiples of 16 KiB;
		another offset is legal, but then the block overlaps what others are asked for.
		`,
	),
	blockLength: lore(
		messages,
		`
		How many bytes are asked for: 16 KiB, and less only for the last block of the last piece or of pieces
		that are no multiple of it. Asking for more makes other clients hang up.
		`,
	),
	blockData: lore(
		messages,
		`
		The data of the torrent itself. It goes from the socket straight to its place in the piece and is not
		kept here. Its length is not written anywhere: it is the length prefix less the nine bytes before it.
		`,
	),
	port: lore(
		'BEP 5, BitTorrent protocol extension',
		`
		Tells the UDP port of the sender's DHT node, so that the receiver can ping it and take it into its
		table. Sent after the handshake when both sides set the DHT bit. Private torrents do not use it.
		`,
	),
	dhtPort: lore(
		'BEP 5, BitTorrent protocol extension',
		`
		A UDP port, two bytes, highest first. It need not be the port of this connection: one DHT node serves
		all torrents of a client.
		`,
	),
	suggest: lore(
		'BEP 6, suggest piece',
		`
		The sender would like this piece to be asked for, for instance because it lies in its cache or because
		it is super-seeding. Advice only: whoever gets it may ignore it, and still has to be unchoked to ask.
		`,
	),
	haveAll: lore(
		'BEP 6, have all and have none',
		`
		The sender is a seed. Stands in place of a bitfield of ones, which for a large torrent would be
		kilobytes. Only right after the handshake, and only when both sides set the bit of the fast extension;
		otherwise the connection is closed.
		`,
	),
	haveNone: lore(
		'BEP 6, have all and have none',
		`
		The sender has no piece yet. Without the fast extension one would leave the bitfield out, and nobody
		could tell an empty peer from one that is late. Only right after the handshake.
		`,
	),
	reject: lore(
		'BEP 6, reject request',
		`
		This request will not be served. With the fast extension each request gets exactly one answer, the
		block or a reject, so nobody has to guess after a choke which ones are lost. A reject of what was
		never asked is an error.
		`,
	),
	allowedFast: lore(
		'BEP 6, allowed fast',
		`
		The receiver may ask for this piece even while it is choked. The few pieces follow from its IP address
		and the info hash, so all peers offer it the same ones: enough to begin to trade, too little to live
		on. It does not say that the sender has the piece.
		`,
	),
	extended: lore(
		'BEP 10',
		`
		The envelope of all extensions since 2008: one more byte tells which. Its numbers are agreed on for
		each connection by name, in the extension handshake, so that nobody has to keep a register of them.
		`,
	),
}
