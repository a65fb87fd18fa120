// Rows of the wire log for tests, as the engine would make them.
import { summariseMessage } from '../../source/engine/wire-log.ts'
import { toPeerNumber } from '../../source/protocol/ids.ts'
import type { Message } from '../../source/protocol/message.ts'
import type { WireRow } from '../../source/torrent/snapshot.ts'

/** A row that came from 192.0.2.1:6881 a second after the start. */
export function wireRow(
	message: Message | { readonly type: 'handshake' },
	facts: Partial<WireRow> = {},
): WireRow {
	return {
		sequence: 1,
		at: 2000,
		direction: 'in',
		channel: 'peer',
		peer: toPeerNumber(1),
		host: '192.0.2.1',
		port: 6881,
		message: message.type === 'handshake' ? message : summariseMessage(message, undefined),
		latencyMs: undefined,
		reason: undefined,
		...facts,
	}
}
