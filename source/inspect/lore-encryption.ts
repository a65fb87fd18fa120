// Paragraphs about the encrypted handshake (MSE, also called PE): agreed on by clients in 2006, in no BEP.
import { lore } from './lore-entry.ts'

const mse = 'in use, Message Stream Encryption'

export const encryptionLore = {
	mseHandshake: lore(
		mse,
		`
		Four flights before the usual handshake, so that nobody on the way can tell BitTorrent by its bytes: a
		key each way, a request, an answer. It hides the protocol from middleboxes that slow it down. It
		proves nobody's identity: who sits in between can still listen.
		`,
	),
	msePublicKey: lore(
		mse,
		`
		The first 96 bytes of each side: 2 to the power of a secret number, modulo a prime of 768 bits. From
		the other's key and one's own secret both compute the same shared secret, and a listener cannot. There
		is no greeting in front: it all looks like noise.
		`,
	),
	msePad: lore(
		mse,
		`
		Up to 512 bytes that say nothing, so that lengths give nothing away. Its own length is not told before
		the key exchange: the other side looks for what has to follow it, and gives up after 512 bytes.
		`,
	),
	mseSecretHash: lore(
		mse,
		`
		SHA-1 over req1 and the shared secret. The one who was dialled looks for these 20 bytes to find where
		the pad of unknown length ends; only somebody who knows the secret can make them.
		`,
	),
	mseTorrentHash: lore(
		mse,
		`
		SHA-1 over req2 and the info hash, XORed with SHA-1 over req3 and the shared secret. So the torrent is
		named only to somebody who has it already: who was dialled tries all of its torrents. The info hash is
		the second secret of the key of RC4.
		`,
	),
	mseConstant: lore(
		mse,
		`
		Eight zeros, enciphered: when they come out as zeros, both sides have the same keystream and know the
		same info hash. Who dialled looks for them to find the end of the other's pad. From here on it was
		enciphered with RC4, its first 1024 bytes thrown away; here it is shown deciphered.
		`,
	),
	mseProvide: lore(
		mse,
		`
		The ways to go on that whoever dialled offers, one bit each: 1 is plain text behind the handshake, 2
		is RC4 for all of it. Plain text costs nothing and hides only the first bytes; many prefer RC4, and
		some take nothing else.
		`,
	),
	mseSelect: lore(
		mse,
		`
		The one way that was chosen from those offered. Exactly one known bit is set; a choice that was not
		offered ends the connection.
		`,
	),
	msePadLength: lore(
		mse,
		`
		Bytes of pad that follow, at most 512, enciphered like the rest. Now the length may be told, since
		nobody else can read it.
		`,
	),
	mseFirstLength: lore(
		mse,
		`
		Bytes of first data that follow: mostly 68, the usual handshake, so that the encryption costs no round
		trip more than it has to.
		`,
	),
	mseFirstData: lore(
		mse,
		`
		The beginning of the stream itself, sent before the answer has come: the usual handshake. It is
		enciphered whichever way is chosen for what follows.
		`,
	),
}
