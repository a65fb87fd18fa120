// Paragraphs about bencode, the encoding of torrents, trackers and extensions (BEP 3).
import { lore } from './lore-entry.ts'

const bencoding = 'BEP 3, bencoding'

export const bencodeLore = {
	bencodeEntry: lore(
		'in use, all bencoded messages',
		`
		A key and its value. Keys that are not known are ignored by everybody; so clients try new things
		without asking, and what is useful becomes a BEP later.
		`,
	),
	bencodeKey: lore(
		bencoding,
		`
		A key is a string: its length in decimal, a colon, the bytes. Keys stand in the order of their raw
		bytes, each once, so that a dictionary has one form only and can be hashed.
		`,
	),
	bencodeInteger: lore(
		bencoding,
		`
		An i, decimal digits, an e. No leading zeros and no minus zero, so that a number has one form only.
		Without bound by the rules; most programs stop at 64 bits.
		`,
	),
	bencodeLength: lore(
		bencoding,
		`
		The number of bytes that follow, in decimal, then a colon. It counts bytes and not characters: text in
		UTF-8 is longer than it looks.
		`,
	),
	bencodeString: lore(
		bencoding,
		`
		Plain bytes: text, an address, a hash. Nothing in them says which; that depends on the key. So nothing
		of it may reach a terminal as it is.
		`,
	),
	bencodeList: lore(
		bencoding,
		`
		An l, the values one after the other, an e. Values may be of any kind, lists included; a decoder has
		to bound how deep they nest.
		`,
	),
	bencodeDictionary: lore(
		bencoding,
		`
		A d, then key and value in turn, an e. Its length is written nowhere: only parsing finds the end.
		`,
	),
}
