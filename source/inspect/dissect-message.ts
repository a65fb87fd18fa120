// The fields of one message of the peer wire protocol: BEP 3, 5 (port), 6 (fast), 10 (extended). Any bytes make
// a tree: a length that does not fit, a number that is no piece and what is behind the end are named as wrong.
import { bitfieldBytes } from '../protocol/bitfield.ts'
import type { Geometry } from '../protocol/geometry.ts'
import { blockBytes } from '../protocol/message.ts'
import { readUint32 } from '../protocol/message-decoder.ts'
import { messageId } from '../protocol/message-id.ts'
import { type SafeText, safe } from '../protocol/safe-text.ts'
import { readLength, readOffset, readPiece } from './block-fields.ts'
import { readBits } from './bitfield-fields.ts'
import { dissectExtension, dissectExtensionHandshake } from './dissect-extension.ts'
import { createField, type Field, FieldCutter } from './field.ts'
import { hexWords, lengthWords } from './field-words.ts'
import type { LoreName } from './lore.ts'
import type { Specimen } from './specimen.ts'

type Body = 'none' | 'index' | 'block' | 'data' | 'bits' | 'port' | 'extended'
type Kind = { readonly name: SafeText; readonly lore: LoreName; readonly body: Body }

const kinds: ReadonlyMap<number, Kind> = new Map<number, Kind>([
	[messageId.choke, { name: safe`choke`, lore: 'choke', body: 'none' }],
	[messageId.unchoke, { name: safe`unchoke`, lore: 'unchoke', body: 'none' }],
	[messageId.interested, { name: safe`interested`, lore: 'interested', body: 'none' }],
	[messageId.notInterested, { name: safe`not interested`, lore: 'notInterested', body: 'none' }],
	[messageId.have, { name: safe`have`, lore: 'have', body: 'index' }],
	[messageId.bitfield, { name: safe`bitfield`, lore: 'bitfield', body: 'bits' }],
	[messageId.request, { name: safe`request`, lore: 'request', body: 'block' }],
	[messageId.piece, { name: safe`piece`, lore: 'piece', body: 'data' }],
	[messageId.cancel, { name: safe`cancel`, lore: 'cancel', body: 'block' }],
	[messageId.port, { name: safe`port`, lore: 'port', body: 'port' }],
	[messageId.suggest, { name: safe`suggest`, lore: 'suggest', body: 'index' }],
	[messageId.haveAll, { name: safe`have all`, lore: 'haveAll', body: 'none' }],
	[messageId.haveNone, { name: safe`have none`, lore: 'haveNone', body: 'none' }],
	[messageId.reject, { name: safe`reject`, lore: 'reject', body: 'block' }],
	[messageId.allowedFast, { name: safe`allowed fast`, lore: 'allowedFast', body: 'index' }],
	[messageId.extended, { name: safe`extended`, lore: 'extended', body: 'extended' }],
])

/** Bytes behind the length prefix, of the kinds that have one length only. */
const fixedLengths: Readonly<Partial<Record<Body, number>>> = { none: 1, index: 5, block: 13, port: 3 }

/** One whole message, keep-alive included. */
export function dissectMessage(specimen: Specimen): Field {
	const { bytes } = specimen
	const end = Math.max(specimen.totalBytes, bytes.length)
	const cutter = new FieldCutter(bytes, end)
	const id = end > 4 ? bytes[4] : undefined
	const kind = id === undefined ? undefined : kinds.get(id)
	cutter.take(safe`length prefix`, 4, prefix => {
		const length = readUint32(prefix, 0)
		const problem = lengthProblem(length, { id, kind, end, geometry: specimen.geometry })
		return { value: lengthWords(length), lore: 'lengthPrefix', problem }
	})
	cutter.take(safe`message id`, 1, () => ({
		value: safe`${id ?? 0}, ${kind?.name ?? safe`unknown`}`,
		lore: kind === undefined ? 'unknownId' : 'messageId',
	}))
	if (kind !== undefined) takeBody(cutter, kind.body, specimen)
	takeSurplus(cutter, kind)
	return createField(messageName(specimen, end, kind), 0, end, {
		value: lengthWords(end),
		children: cutter.fields,
		lore: messageLore(specimen, end, kind),
	})
}

type LengthFacts = {
	readonly id: number | undefined
	readonly kind: Kind | undefined
	readonly end: number
	readonly geometry: Geometry | undefined
}

function lengthProblem(length: number, { id, kind, end, geometry }: LengthFacts): SafeText | undefined {
	if (length !== end - 4) return safe`says ${length}, but ${end - 4} bytes follow`
	if (id === undefined || kind === undefined) return undefined
	const expected =
		kind.body === 'bits' && geometry !== undefined
			? 1 + bitfieldBytes(geometry.pieceCount)
			: fixedLengths[kind.body]
	if (expected !== undefined && length !== expected) return safe`expected ${expected}, got ${length}`
	if (kind.body === 'data' && length < 10) return safe`expected at least 10, got ${length}`
	if (kind.body === 'data' && length > 9 + blockBytes)
		return safe`expected at most ${9 + blockBytes}, got ${length}`
	return kind.body === 'extended' && length < 2 ? safe`expected at least 2, got ${length}` : undefined
}

function takeBody(cutter: FieldCutter, body: Body, specimen: Specimen): void {
	const { bytes, geometry } = specimen
	const piece = bytes.length >= 9 ? readUint32(bytes, 5) : 0
	const offset = bytes.length >= 13 ? readUint32(bytes, 9) : 0
	switch (body) {
		case 'none':
			return
		case 'index':
			cutter.take(safe`piece`, 4, () => readPiece(piece, geometry))
			return
		case 'block':
			cutter.take(safe`piece`, 4, () => readPiece(piece, geometry))
			cutter.take(safe`offset`, 4, () => readOffset({ piece, offset }, geometry))
			cutter.take(safe`length`, 4, length =>
				readLength({ piece, offset, length: readUint32(length, 0) }, geometry),
			)
			return
		case 'data':
			cutter.take(safe`piece`, 4, () => readPiece(piece, geometry))
			cutter.take(safe`offset`, 4, () => readOffset({ piece, offset }, geometry))
			cutter.takeRest(safe`data`, () => {
				const length = Math.max(specimen.totalBytes, bytes.length) - 13
				return { ...readLength({ piece, offset, length }, geometry), lore: 'blockData' }
			})
			return
		case 'bits':
			cutter.takeRest(safe`pieces`, (bits, at) => readBits(bits, at, specimen))
			return
		case 'port':
			cutter.take(safe`port`, 2, port => ({
				value: safe`${((port[0] ?? 0) << 8) | (port[1] ?? 0)}`,
				lore: 'dhtPort',
			}))
			return
		case 'extended':
			takeExtended(cutter, specimen)
	}
}

function takeExtended(cutter: FieldCutter, { bytes, totalBytes, direction, extension }: Specimen): void {
	const id = bytes[5] ?? 0
	const whose = direction === 'in' ? safe`by our handshake` : safe`by its handshake`
	const name = extension ?? safe`unknown`
	cutter.take(safe`extended id`, 1, () => ({
		value: id === 0 ? safe`0, handshake` : safe`${id}, ${name} ${whose}`,
		lore: 'extendedId',
	}))
	cutter.takeRest(safe`payload`, (payload, at) => {
		if (bytes.length < totalBytes)
			return { value: safe`${lengthWords(payload.length)} kept`, lore: 'extensionPayload' }
		return id === 0 ? dissectExtensionHandshake(payload, at) : dissectExtension(extension, payload, at)
	})
}

function takeSurplus(cutter: FieldCutter, kind: Kind | undefined): void {
	if (kind === undefined) {
		cutter.takeRest(safe`payload`, payload => ({ value: hexWords(payload), lore: 'unknownPayload' }))
		return
	}
	cutter.takeRest(safe`surplus`, surplus => ({
		value: hexWords(surplus),
		problem: safe`expected the end`,
		lore: 'surplus',
	}))
}

function messageName({ bytes, extension }: Specimen, end: number, kind: Kind | undefined): SafeText {
	if (kind?.body === 'extended' && end > 5 && bytes.length > 5) {
		if (bytes[5] === 0) return safe`extended handshake`
		return extension === undefined ? kind.name : safe`extended ${extension}`
	}
	if (kind !== undefined) return kind.name
	return isKeepAlive(bytes, end) ? safe`keep-alive` : safe`unknown message`
}

function messageLore({ bytes }: Specimen, end: number, kind: Kind | undefined): LoreName {
	if (kind?.body === 'extended' && bytes[5] === 0) return 'extensionHandshake'
	return kind?.lore ?? (isKeepAlive(bytes, end) ? 'keepAlive' : 'unknownMessage')
}

function isKeepAlive(bytes: Uint8Array, end: number): boolean {
	return end === 4 && bytes.length === 4 && readUint32(bytes, 0) === 0
}
