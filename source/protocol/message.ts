// The messages of the peer wire protocol as values: BEP 3, BEP 5 (port), BEP 6 (fast), BEP 10 (extended).
// A block's payload never is part of a message value: it goes from the socket to its place in the piece.

/** The largest block that is asked for or served, in bytes (BEP 3). */
export const blockBytes = 16_384

/** A block of a piece as it stands on the wire: numbers that nobody has checked yet. */
export type BlockFields = { readonly piece: number; readonly offset: number; readonly length: number }

export type Message =
	| { readonly type: 'keepAlive' }
	| { readonly type: 'choke' }
	| { readonly type: 'unchoke' }
	| { readonly type: 'interested' }
	| { readonly type: 'notInterested' }
	| { readonly type: 'have'; readonly piece: number }
	| { readonly type: 'bitfield'; readonly bits: Uint8Array }
	| ({ readonly type: 'request' } & BlockFields)
	| ({ readonly type: 'piece' } & BlockFields)
	| ({ readonly type: 'cancel' } & BlockFields)
	| { readonly type: 'port'; readonly port: number }
	| { readonly type: 'suggest'; readonly piece: number }
	| { readonly type: 'haveAll' }
	| { readonly type: 'haveNone' }
	| ({ readonly type: 'reject' } & BlockFields)
	| { readonly type: 'allowedFast'; readonly piece: number }
	| { readonly type: 'extended'; readonly id: number; readonly payload: Uint8Array }
	| { readonly type: 'unknown'; readonly id: number; readonly length: number }

export type MessageType = Message['type']
