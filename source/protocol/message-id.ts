// The first byte of every message but keep-alive: BEP 3, BEP 5 (port), BEP 6 (fast), BEP 10 (extended).

/** Id on the wire by message type. */
export const messageId = {
	choke: 0,
	unchoke: 1,
	interested: 2,
	notInterested: 3,
	have: 4,
	bitfield: 5,
	request: 6,
	piece: 7,
	cancel: 8,
	port: 9,
	suggest: 13,
	haveAll: 14,
	haveNone: 15,
	reject: 16,
	allowedFast: 17,
	extended: 20,
} as const

/** Bytes of a `piece` message before its payload: length prefix, id, piece and offset. */
export const pieceHeaderBytes = 13
