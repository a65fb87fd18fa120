// Why nothing was done with a datagram of the DHT, in words for the wire log.
import type { DatagramDrop } from '../dht/reasons.ts'

export const dhtFaults: { readonly [Why in DatagramDrop]: string } = {
	flood: 'ignored, it sends too much',
	malformed: 'no message of the DHT',
	unasked: 'answers nothing that we asked',
	'wrong-sender': 'another one was asked',
	'wrong-id': 'its id is not the one under which it was named',
	'impossible-sender': 'from where no node can be',
	'read-only': 'not answered, we only ask',
	'over-limit': 'not answered, enough was sent',
}
