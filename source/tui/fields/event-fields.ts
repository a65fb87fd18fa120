// What can be asked of a line of the event log.
import { eventTone } from '../event-words.ts'
import { logWords } from '../log-words.ts'
import type { LogLine } from '../store.ts'
import { createFieldTable, type Field } from './field.ts'

/** Events by what they are about, as they are typed. */
const topics: readonly (readonly [string, string, RegExp])[] = [
	['peers', 'peers that come and go', /^(?:peer|dial)/u],
	['trackers', 'answers and failures', /^tracker/u],
	['pieces', 'verified or not', /^piece/u],
	['metadata', 'metadata of a link', /^metadata/u],
	['disk', 'the disk', /^disk/u],
	['bans', 'peers that were banned', /^peerBanned$/u],
]

const fields: readonly Field<LogLine>[] = [
	...topics.map(
		([name, help, pattern]): Field<LogLine> => ({
			name,
			help,
			type: 'flag',
			of: line => line.type === 'event' && pattern.test(line.event.type),
		}),
	),
	{ name: 'bad', help: 'bans and faults', type: 'flag', of: line => toneOf(line) === 'bad' },
	{
		name: 'warnings',
		help: 'warnings and bad ones',
		type: 'flag',
		of: line => ['bad', 'warning'].includes(toneOf(line)),
	},
	{
		name: 'notes',
		help: 'notes',
		type: 'flag',
		of: line => line.type === 'note' || line.event.type === 'note',
	},
	{ name: 'text', help: 'the sentence', type: 'text', of: logWords },
]

/** Lines as the event pane lists them. */
export const eventFields = createFieldTable<LogLine>({
	natural: 'time',
	fields,
	text: logWords,
	examples: ['warnings', 'bans', 'trackers & !bad', 'text~timeout'],
})

function toneOf(line: LogLine): string {
	return line.type === 'note' ? 'warning' : eventTone(line)
}
