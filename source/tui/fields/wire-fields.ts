// What can be asked of a message of the wire. Its type is a word of its own: `piece`, `request`, `have`.
import { formatAddress } from '../../inspect/units.ts'
import type { WireRow } from '../../torrent/snapshot.ts'
import { afterwards, messageWords } from '../wire-row.ts'
import { createFieldTable, type Field } from './field.ts'

type WireMessage = WireRow['message']
type MessageName = WireMessage['type']

/** Each type of message, as it is typed. */
const typeNames: Readonly<Record<MessageName, string>> = {
	handshake: 'handshake',
	keepAlive: 'keep-alive',
	choke: 'choke',
	unchoke: 'unchoke',
	interested: 'interested',
	notInterested: 'not-interested',
	have: 'have',
	bitfield: 'bitfield',
	request: 'request',
	piece: 'piece',
	cancel: 'cancel',
	port: 'port',
	suggest: 'suggest',
	haveAll: 'have-all',
	haveNone: 'have-none',
	reject: 'reject',
	allowedFast: 'allowed-fast',
	extended: 'extended',
	unknown: 'unknown',
	malformed: 'malformed',
	encryption: 'mse',
	dhtQuery: 'dht-query',
	dhtResponse: 'dht-response',
	dhtError: 'dht-error',
	localAnnounce: 'local-announce',
	trackerRequest: 'udp-request',
	trackerResponse: 'udp-response',
	httpRequest: 'http-request',
	httpResponse: 'http-response',
	datagram: 'datagram',
}

const types = Object.entries(typeNames).map(
	([type, name]): Field<WireRow> => ({
		name,
		help: `${name} messages`,
		type: 'flag',
		of: ({ message }) => message.type === type,
	}),
)

const fields: readonly Field<WireRow>[] = [
	{ name: 'in', help: 'from the peer', type: 'flag', of: ({ direction }) => direction === 'in' },
	{ name: 'out', help: 'to the peer', type: 'flag', of: ({ direction }) => direction === 'out' },
	{ name: 'peer', help: 'address and port', type: 'text', of: ({ host, port }) => formatAddress(host, port) },
	{ name: 'channel', help: 'such as dht', type: 'text', of: ({ channel }) => channel },
	{
		name: 'method',
		help: 'such as get_peers',
		type: 'text',
		of: ({ message }) => ('method' in message ? (message.method ?? '') : ''),
	},
	{
		name: 'target',
		help: 'what it is about',
		type: 'text',
		of: ({ message, target }) => target ?? ('subject' in message ? (message.subject ?? '') : ''),
	},
	{ name: 'type', help: 'such as type=have', type: 'text', of: ({ message }) => typeNames[message.type] },
	{
		name: 'index',
		help: 'number of the piece',
		type: 'number',
		unit: 'count',
		of: ({ message }) => ('piece' in message ? message.piece : undefined),
	},
	{
		name: 'offset',
		help: 'of the block',
		type: 'number',
		unit: 'count',
		of: ({ message }) => ('offset' in message ? message.offset : undefined),
	},
	{
		name: 'length',
		help: 'of the block',
		type: 'number',
		unit: 'bytes',
		of: ({ message }) => ('length' in message ? message.length : undefined),
	},
	{
		name: 'latency',
		help: 'from request to block',
		type: 'number',
		unit: 'time',
		of: ({ latencyMs }) => latencyMs,
	},
	{
		name: 'why',
		help: 'why we sent it',
		type: 'text',
		of: row => (row.reason === undefined && row.fault === undefined ? '' : afterwards(row)),
	},
]

/** Messages as the wire pane lists them. */
export const wireFields = createFieldTable<WireRow>({
	fields: [...fields, ...types],
	natural: 'time',
	text: row => `${formatAddress(row.host, row.port)} ${messageWords(row.message)} ${afterwards(row)}`,
	examples: ['request & out', 'piece & latency>1s', 'peer=82.14', 'channel=dht', '!piece & !request'],
})
