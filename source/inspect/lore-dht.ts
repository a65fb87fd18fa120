// Paragraphs about the datagrams of the DHT (BEP 5, 32, 33, 42, 43, 44, 51) and of local discovery (BEP 14).
import { lore } from './lore-entry.ts'

const krpc = 'BEP 5, KRPC protocol'
const queries = 'BEP 5, DHT queries'
const local = 'BEP 14'

export const dhtLore = {
	krpc: lore(
		krpc,
		`
		One datagram, one message: a bencoded dictionary over UDP. A query, and then its response or its
		error. Nothing is sent again by itself and nothing is acknowledged; who hears nothing asks another
		node. Since a sender's address can be invented, an answer must never be much longer than its question.
		`,
	),
	krpcTransaction: lore(
		krpc,
		`
		Chosen by whoever asks, repeated by whoever answers: it ties an answer to its question. Two bytes are
		usual. An answer counts only when it also comes from the address that was asked; else anybody who
		guesses two bytes could plant nodes.
		`,
	),
	krpcKind: lore(
		krpc,
		`
		One letter: q asks, r answers, e says that it will not. What stands beside it depends on it: q and a,
		or r, or e.
		`,
	),
	krpcMethod: lore(
		queries,
		`
		What is asked: ping (are you there), find_node (who is close to this id), get_peers (who has this
		torrent, or else who is close to it), announce_peer (I have it). Unknown methods get error 204, or are
		read as find_node when they name a target.
		`,
	),
	krpcArguments: lore(
		queries,
		`
		The arguments of a query, by name. The id of the asker is always among them, so every question also
		makes an acquaintance.
		`,
	),
	krpcResponse: lore(
		queries,
		`
		The values of the answer, by name. The id of the answerer is always among them; the method is not:
		only the asker knows what was asked.
		`,
	),
	krpcError: lore(
		'BEP 5, errors',
		`
		A list of a number and a sentence. 203 comes most: a token that is too old, or arguments that make no
		sense. An answerer is free to stay silent instead, and many do.
		`,
	),
	krpcErrorCode: lore(
		'BEP 5, errors',
		`
		201 is any error, 202 a trouble of the server, 203 a malformed message or a bad token, 204 a method
		that is unknown; from 205 on they belong to stored values (BEP 44).
		`,
	),
	krpcErrorText: lore(
		'BEP 5, errors',
		`
		For people who read logs, in whatever words the other program has. It comes from outside and is
		cleaned before it is shown.
		`,
	),
	krpcClient: lore(
		krpc,
		`
		The sender's software: two letters and two bytes of version, so registered with BEP 20. Many nodes
		leave it out, and nothing depends on it.
		`,
	),
	krpcAddress: lore(
		'BEP 42',
		`
		The receiver's own address and port as the sender sees them. Behind address translation this is how a
		node learns where it is, and so which id it may have. One answer may lie; the votes of many nodes in
		different nets decide.
		`,
	),
	krpcReadOnly: lore(
		'BEP 43',
		`
		The sender answers no queries: it sits behind a firewall, or pays for its data. Whoever sees this must
		not take it into the routing table, since it would only be a silent node there.
		`,
	),
	nodeId: lore(
		'BEP 42',
		`
		A place in the space of 160 bits, the same space as info hashes. The first 21 bits have to follow from
		the IP address, so that nobody can pick an id next to a torrent and become the one who answers for it.
		Local addresses are exempt.
		`,
	),
	krpcTarget: lore(
		queries,
		`
		The id that is looked for. The answerer names the eight nodes of its table that are closest to it by
		XOR; asking those again comes closer each time, so that a few rounds cross a network of millions.
		`,
	),
	krpcInfoHash: lore(
		queries,
		`
		The torrent whose peers are looked for, or to which the sender announces itself. Peers are kept by the
		nodes whose ids are closest to it: nobody is in charge, and everybody finds the same ones.
		`,
	),
	krpcPort: lore(
		queries,
		`
		The TCP port on which the announcing peer takes connections. The address is that of the datagram; a
		peer cannot announce somebody else.
		`,
	),
	krpcImpliedPort: lore(
		queries,
		`
		1 says: take the port that this datagram came from instead. Behind address translation the outer port
		is known to the receiver only, and clients that speak uTP take connections there.
		`,
	),
	krpcToken: lore(
		queries,
		`
		A short secret that a node hands out with get_peers and wants back with announce_peer within ten
		minutes. It proves that the announcer really receives at its address; without it one could announce
		victims. It is mostly a hash of the address and a secret that changes.
		`,
	),
	krpcWant: lore(
		'BEP 32',
		`
		Which nodes the asker would like: n4 for IPv4, n6 for IPv6. The two networks are apart, and each may
		help out with addresses of the other.
		`,
	),
	krpcSeed: lore(
		'BEP 33',
		`
		1 says that the announcing peer is a seed. With the filters of the same BEP, swarms can be counted
		roughly without a tracker.
		`,
	),
	krpcNodes: lore(
		'BEP 5, contact encoding',
		`
		Up to eight nodes close to what was asked about: 20 bytes of id and 6 of address each, 18 in nodes6.
		The heart of the DHT: each answer brings the next ones to ask. Nothing proves them; they count only
		once they answer themselves, under the id they were named with.
		`,
	),
	compactNode: lore(
		'BEP 5, contact encoding',
		`
		A node: its id, then its address and port. The distance to what was asked about is the XOR of the two
		ids, read as a number: the more leading bits are alike, the closer. Distance has nothing to do with
		the map.
		`,
	),
	krpcValues: lore(
		'BEP 5, get_peers',
		`
		Peers of the torrent that announced themselves to this node, 6 bytes each, 18 for IPv6. Hearsay to be
		dialled with care: anybody could have announced. That they all stand in one list shows that this node
		is close enough to the torrent.
		`,
	),
	krpcSamples: lore(
		'BEP 51',
		`
		Info hashes that the node keeps peers of, drawn by chance, so that the DHT can be surveyed without
		listening to it for weeks.
		`,
	),
	krpcStored: lore(
		'BEP 44',
		`
		A value that is kept in the DHT under its hash, or under a public key with a signature and a number.
		swarmscope stores none and asks for none.
		`,
	),
	localAnnounce: lore(
		local,
		`
		A shout into the local network: I take part in this torrent, at this port. Sent by multicast to
		whoever listens, every five minutes a torrent and once a minute at most. Finds the machine next door
		without any tracker. Never for private torrents.
		`,
	),
	localRequest: lore(
		local,
		`
		The request line of a made-up method, so that a parser for HTTP can read the rest. There is no answer:
		whoever is interested connects over TCP.
		`,
	),
	localHost: lore(
		local,
		`
		The multicast group that this was sent to: 239.192.152.143 for IPv4, ff15::efc0:988f for IPv6, port
		6771. Routers keep it within the organisation.
		`,
	),
	localPort: lore(
		local,
		`
		The TCP port on which the sender takes connections. Its address is that from which the datagram came;
		it is written nowhere.
		`,
	),
	localHash: lore(
		local,
		`
		The torrent, 40 hexadecimal digits. Several may stand in one datagram as long as it has no more than
		1400 bytes; what we do not have is ignored.
		`,
	),
	localCookie: lore(
		local,
		`
		Any word by which the sender knows its own announces: multicast comes back to the machine that sent
		it, and nobody wants to connect to himself.
		`,
	),
	header: lore(
		'in use, RFC 9110',
		`
		A header: a name, a colon, a value, a line end. Capitals in names mean nothing, order means little,
		and unknown ones are ignored.
		`,
	),
	headerEnd: lore(
		'in use, RFC 9112',
		`
		An empty line ends the headers; what follows is the body. Local discovery has no body and ends with
		two of them.
		`,
	),
	lineEnd: lore(
		'in use, RFC 9112',
		`
		Carriage return and line feed: 0d 0a. Old as the teleprinter, on which the first moved the carriage
		and the second the paper.
		`,
	),
}
