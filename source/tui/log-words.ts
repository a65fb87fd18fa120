// A line of the event log as one sentence.
import { type SafeText, safe } from '../protocol/safe-text.ts'
import { eventWords } from './event-words.ts'
import type { LogLine } from './store.ts'

/** Safe for a terminal; pieces that were verified one after the other are one line. */
export function logWords(line: LogLine): SafeText {
	if (line.type === 'note') return line.text
	if (line.count === 1 || line.event.type !== 'pieceVerified') return eventWords(line)
	return safe`${line.count} pieces verified, ${line.event.piecesHave} in all`
}
