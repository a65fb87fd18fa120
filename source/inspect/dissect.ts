// From the bytes of one message, handshake, datagram or HTTP message to the tree of its fields. Pure, linear in the
// bytes, and it never throws: what is malformed becomes a field that says what is wrong with it.
import { dissectEncryption } from './dissect-encryption.ts'
import { dissectHandshake } from './dissect-handshake.ts'
import { dissectHttp } from './dissect-http.ts'
import { dissectKrpc } from './dissect-krpc.ts'
import { dissectLocal } from './dissect-local.ts'
import { dissectMessage } from './dissect-message.ts'
import { dissectUdpTracker } from './dissect-udp-tracker.ts'
import type { Field } from './field.ts'
import type { Specimen } from './specimen.ts'

/** The whole as one field, its parts as children. */
export function dissect(specimen: Specimen): Field {
	switch (specimen.type) {
		case 'handshake':
			return dissectHandshake(specimen)
		case 'message':
			return dissectMessage(specimen)
		case 'encryption':
			return dissectEncryption(specimen)
		case 'krpc':
			return dissectKrpc(specimen)
		case 'lsd':
			return dissectLocal(specimen)
		case 'udpTracker':
			return dissectUdpTracker(specimen)
		case 'http':
			return dissectHttp(specimen)
	}
}
