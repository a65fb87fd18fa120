// Fields of compact lists: endpoints of 6 or 18 bytes (BEP 23, 7), nodes of the DHT of 26 or 38 (BEP 5, 32). A
// distance is told where it is known to what; whether an id fits its address is told wherever both stand together.
import { formatHost } from '../protocol/address.ts'
import { safe, safeText } from '../protocol/safe-text.ts'
import { createField, type Field, type Reading } from './field.ts'
import { hexWords } from './field-words.ts'
import type { LoreName } from './lore.ts'
import { distanceWords, nodeIdWords } from './node-id-words.ts'
import { formatAddress } from './units.ts'

const idBytes = 20

/** `payload`, which starts at `at`, as endpoints of `stride` bytes each; the last one may be cut off. */
export function endpointFields(payload: Uint8Array, at: number, stride: 6 | 18): Field[] {
	return listFields(payload, { at, stride, read: endpointReading })
}

/** One endpoint: address, then port. */
export function endpointReading(bytes: Uint8Array, at: number): Reading {
	return {
		value: safeText(endpointText(bytes)),
		lore: 'compactAddress',
		children: endpointParts(bytes, at),
		folded: true,
	}
}

/** `payload` as nodes: id, address, port. `target` is what was asked about, 40 hexadecimal digits. */
export function nodeFields(
	payload: Uint8Array,
	at: number,
	{ stride, target }: { readonly stride: 26 | 38; readonly target: string | undefined },
): Field[] {
	return listFields(payload, { at, stride, read: (bytes, from) => nodeReading(bytes, from, target) })
}

/** `payload` as hashes of 20 bytes. */
export function hashFields(payload: Uint8Array, at: number, lore: LoreName): Field[] {
	return listFields(payload, { at, stride: 20, read: bytes => ({ value: hexWords(bytes), lore }) })
}

type ListParts = {
	readonly at: number
	readonly stride: number
	readonly read: (bytes: Uint8Array, at: number) => Reading
}

function listFields(payload: Uint8Array, { at, stride, read }: ListParts): Field[] {
	const fields: Field[] = []
	for (let from = 0; from < payload.length; from += stride) {
		const bytes = payload.subarray(from, from + stride)
		const start = at + from
		const reading = bytes.length < stride ? cutOff(stride, bytes.length) : read(bytes, start)
		fields.push(createField(safe`${fields.length + 1}`, start, start + bytes.length, reading))
	}
	return fields
}

function cutOff(expected: number, got: number): Reading {
	return { value: safe`cut off`, problem: safe`expected ${expected} bytes, got ${got}` }
}

function nodeReading(bytes: Uint8Array, at: number, target: string | undefined): Reading {
	const id = bytes.subarray(0, idBytes)
	const endpoint = bytes.subarray(idBytes)
	const host = formatHost(endpoint.subarray(0, -2))
	const where = safeText(endpointText(endpoint))
	return {
		value: target === undefined ? where : safe`${where}  ${distanceWords(id, target)}`,
		lore: 'compactNode',
		folded: true,
		children: [
			createField(safe`id`, at, at + idBytes, { value: nodeIdWords(id, host), lore: 'nodeId' }),
			...endpointParts(endpoint, at + idBytes),
		],
	}
}

function endpointParts(bytes: Uint8Array, at: number): Field[] {
	const end = at + bytes.length
	const host = safeText(formatHost(bytes.subarray(0, -2)))
	return [
		createField(safe`address`, at, end - 2, { value: host, lore: 'compactAddress' }),
		createField(safe`port`, end - 2, end, { value: safe`${portOf(bytes)}`, lore: 'compactAddress' }),
	]
}

function endpointText(bytes: Uint8Array): string {
	return formatAddress(formatHost(bytes.subarray(0, -2)), portOf(bytes))
}

function portOf(bytes: Uint8Array): number {
	return ((bytes.at(-2) ?? 0) << 8) | (bytes.at(-1) ?? 0)
}
