// A message of the wire log as a sentence: who sent what to whom, and how long it took or why.
import { type SafeText, safeText } from '../protocol/safe-text.ts'
import type { WireRow } from '../torrent/snapshot.ts'
import { describeMessage } from './describe.ts'
import { explain } from './explain.ts'
import { formatAddress, formatSpan } from './units.ts'

/** `192.0.2.1:6881 sent us piece #812 @0x4000 16 KiB, 14 ms after we asked for it`. */
export function tellMessage({ direction, host, port, message, latencyMs, reason, at }: WireRow): SafeText {
	const peer = host === '' ? 'a peer' : formatAddress(host, port)
	const what = describeMessage(message)
	const sent = direction === 'in' ? `${peer} sent us ${what}` : `we sent ${peer} ${what}`
	if (latencyMs !== undefined) return safeText(`${sent}, ${formatSpan(latencyMs)} after we asked for it`)
	return safeText(reason === undefined ? sent : `${sent}: ${explain(reason, at)}`)
}
