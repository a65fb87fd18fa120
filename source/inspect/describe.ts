// One line of a wire log for a message: its name in the BEPs' words and its fields. Made for visible rows only,
// from numbers and words of ours alone, so it needs no cleaning.

import { extensionHandshakeId } from '../protocol/extension.ts'
import type { BlockFields } from '../protocol/message.ts'
import { type SafeText, safe, safeText } from '../protocol/safe-text.ts'
import type { WireMessage } from '../torrent/snapshot.ts'
import { describeExchange } from './describe-exchange.ts'

/** Such as `request #812 @0x4000 16 KiB`: piece, offset of the block in it, length. Never longer than 50, but for what is wrong. */
export function describeMessage(message: WireMessage): SafeText {
	switch (message.type) {
		case 'handshake':
			return safe`handshake`
		case 'keepAlive':
			return safe`keep-alive`
		case 'choke':
			return safe`choke`
		case 'unchoke':
			return safe`unchoke`
		case 'interested':
			return safe`interested`
		case 'notInterested':
			return safe`not interested`
		case 'have':
			return safe`have #${message.piece}`
		case 'bitfield':
			return safe`bitfield ${message.pieces} pieces, ${describeBytes(message.payloadBytes)}`
		case 'request':
			return safe`request ${describeBlock(message)}`
		case 'piece':
			return safe`piece ${describeBlock(message)}`
		case 'cancel':
			return safe`cancel ${describeBlock(message)}`
		case 'port':
			return safe`port ${message.port}`
		case 'suggest':
			return safe`suggest #${message.piece}`
		case 'haveAll':
			return safe`have all`
		case 'haveNone':
			return safe`have none`
		case 'reject':
			return safe`reject ${describeBlock(message)}`
		case 'allowedFast':
			return safe`allowed fast #${message.piece}`
		case 'extended':
			return describeExtended(message)
		case 'malformed':
			return safe`malformed: ${message.fault}`
		case 'unknown':
			return safe`unknown ${message.id} ${describeBytes(message.length)}`
		case 'encryption':
			return safe`mse ${safeText(message.step)} ${describeBytes(message.bytes)}`
		default:
			return describeExchange(message)
	}
}

/** `#812 @0x4000 16 KiB`. */
function describeBlock({ piece, offset, length }: BlockFields): SafeText {
	return safe`#${piece} @${safeText(`0x${offset.toString(16)}`)} ${describeBytes(length)}`
}

// Exact: a block that is one byte short has to show.
function describeBytes(bytes: number): SafeText {
	return bytes >= 1024 && bytes % 1024 === 0 ? safe`${bytes / 1024} KiB` : safe`${bytes} B`
}

function describeExtended({ id, name, payloadBytes }: Extract<WireMessage, { type: 'extended' }>): SafeText {
	const size = describeBytes(payloadBytes)
	if (id === extensionHandshakeId) return safe`extended handshake ${size}`
	return name === undefined ? safe`extended ${id} ${size}` : safe`extended ${safeText(name)} ${size}`
}
