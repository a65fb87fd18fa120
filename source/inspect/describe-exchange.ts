// One line of a wire log for what goes on beside the peers: datagrams of the DHT, of local discovery and of
// trackers, and HTTP. Which kind it is stands first, then what it says.
import { type SafeText, safe, safeText } from '../protocol/safe-text.ts'
import type { WireExchange } from '../torrent/wire-exchange.ts'
import { formatCount, formatLength } from './units.ts'

/** Hexadecimal digits that are enough to tell one target from another. */
const subjectDigits = 8
const mostFields = 48

/** Such as `dht query get_peers 0f3a12b4` or `udp announce started`. */
export function describeExchange(message: WireExchange): SafeText {
	const fields = exchangeFields(message)
	const kind = exchangeKind(message)
	return fields === '' ? kind : safe`${kind} ${safeText(fields, mostFields)}`
}

function exchangeKind(message: WireExchange): SafeText {
	switch (message.type) {
		case 'dhtQuery':
			return safe`dht query`
		case 'dhtResponse':
			return safe`dht response`
		case 'dhtError':
			return safe`dht error`
		case 'localAnnounce':
			return safe`local announce`
		case 'trackerRequest':
		case 'trackerResponse':
			return safe`udp ${safeText(message.action)}`
		case 'httpRequest':
		case 'httpResponse':
			return safe`http`
		case 'datagram':
			return safe`datagram`
	}
}

function exchangeFields(message: WireExchange): string {
	switch (message.type) {
		case 'dhtQuery':
			return `${message.method} ${(message.subject ?? '').slice(0, subjectDigits)}`.trim()
		case 'dhtResponse':
			return responseFields(message)
		case 'dhtError':
			return `${message.errorCode ?? ''} ${message.text}`.trim()
		case 'localAnnounce': {
			const port = message.listeningPort === undefined ? '' : `, port ${message.listeningPort}`
			return `${formatCount(message.hashes, 'torrent')}${port}`
		}
		case 'trackerRequest':
			return message.event ?? ''
		case 'trackerResponse':
			return message.text ?? (message.peers === undefined ? 'answer' : formatCount(message.peers, 'peer'))
		case 'httpRequest':
			return requestFields(message)
		case 'httpResponse':
			return `${message.status} ${message.peers === undefined ? formatLength(message.bodyBytes) : formatCount(message.peers, 'peer')}`
		case 'datagram':
			return formatLength(message.bytes)
	}
}

/** What is asked for and why; the arguments are for whoever opens the row. */
function requestFields({ method, target }: Extract<WireExchange, { type: 'httpRequest' }>): string {
	const [path = ''] = target.split('?', 1)
	const event = /[?&]event=([a-z]+)/u.exec(target)?.[1] ?? ''
	return `${method} ${path} ${event}`.trimEnd()
}

function responseFields({ method, nodes, peers }: Extract<WireExchange, { type: 'dhtResponse' }>): string {
	const found = [
		...(peers > 0 ? [formatCount(peers, 'peer')] : []),
		...(nodes > 0 ? [formatCount(nodes, 'node')] : []),
	].join(', ')
	return [method ?? '', found].filter(part => part !== '').join(' ')
}
