// From the bytes of one message or handshake to the tree of its fields. Pure, linear in the bytes, and it never
// throws: what is malformed becomes a field that says what is wrong with it (BEP 3, 5, 6, 10).
import { dissectHandshake } from './dissect-handshake.ts'
import { dissectMessage } from './dissect-message.ts'
import type { Field } from './field.ts'
import type { Specimen } from './specimen.ts'

/** The whole as one field, its parts as children. */
export function dissect(specimen: Specimen): Field {
	return specimen.type === 'handshake' ? dissectHandshake(specimen) : dissectMessage(specimen)
}
