// The fields of the handshake: BEP 3; reserved bits of BEP 4, 5, 6, 10 and 52; peer id of BEP 20.
import { clientName } from '../protocol/client-name.ts'
import { type SafeText, safe } from '../protocol/safe-text.ts'
import { createField, type Field, FieldCutter, type Reading } from './field.ts'
import { bitWords, hexNumber, hexWords, textWords } from './field-words.ts'
import type { LoreName } from './lore.ts'
import type { Specimen } from './specimen.ts'

const protocolName = 'BitTorrent protocol'
const reservedBytes = 8
/** `-XX1234-` and what follows it. */
const clientCodeBytes = 8

type ReservedBit = {
	readonly byte: number
	readonly mask: number
	readonly name: SafeText
	readonly lore: LoreName
}

const reservedBits: readonly ReservedBit[] = [
	{ byte: 0, mask: 0x80, name: safe`Azureus messaging`, lore: 'bitAzureus' },
	{ byte: 2, mask: 0x08, name: safe`location-aware`, lore: 'bitLocation' },
	{ byte: 5, mask: 0x10, name: safe`extension protocol`, lore: 'bitExtended' },
	{ byte: 5, mask: 0x03, name: safe`negotiation`, lore: 'bitNegotiation' },
	{ byte: 7, mask: 0x10, name: safe`upgrade to v2`, lore: 'bitV2' },
	{ byte: 7, mask: 0x08, name: safe`NAT traversal`, lore: 'bitNat' },
	{ byte: 7, mask: 0x04, name: safe`fast extension`, lore: 'bitFast' },
	{ byte: 7, mask: 0x02, name: safe`XBT peer exchange`, lore: 'bitXbt' },
	{ byte: 7, mask: 0x01, name: safe`DHT`, lore: 'bitDht' },
]

/** The whole handshake; of one that was cut short as much as there is. */
export function dissectHandshake({ bytes, totalBytes }: Specimen): Field {
	const end = Math.max(totalBytes, bytes.length)
	const cutter = new FieldCutter(bytes, end)
	const nameBytes = bytes[0] ?? 0
	cutter.take(safe`name length`, 1, () => ({
		value: safe`${nameBytes}`,
		lore: 'protocolLength',
		...(nameBytes === protocolName.length
			? {}
			: { problem: safe`expected ${protocolName.length}, got ${nameBytes}` }),
	}))
	cutter.take(safe`protocol name`, nameBytes, readProtocolName)
	cutter.take(safe`reserved bits`, reservedBytes, readReserved)
	cutter.take(safe`info hash`, 20, hash => ({ value: hexWords(hash), lore: 'infoHash' }))
	cutter.take(safe`peer id`, 20, readPeerId)
	cutter.takeRest(safe`surplus`, surplus => ({
		value: hexWords(surplus),
		problem: safe`expected the end`,
		lore: 'surplus',
	}))
	return createField(safe`handshake`, 0, end, {
		value: safe`${end} B`,
		children: cutter.fields,
		lore: 'handshake',
	})
}

function readProtocolName(bytes: Uint8Array): Reading {
	const isOurs =
		bytes.length === protocolName.length && bytes.every((byte, at) => byte === protocolName.charCodeAt(at))
	const reading = { value: textWords(bytes), lore: 'protocolName' } as const
	return isOurs ? reading : { ...reading, problem: safe`expected the name of the BitTorrent protocol` }
}

function readReserved(bytes: Uint8Array, at: number): Reading {
	const children: Field[] = []
	const names: SafeText[] = []
	let zeroFrom = 0
	const closeZeros = (end: number) => {
		if (end > zeroFrom) children.push(zeroField(at + zeroFrom, at + end))
	}
	for (const [index, byte] of bytes.entries()) {
		const known = reservedBits.filter(bit => bit.byte === index)
		if (byte === 0 && known.length === 0) continue
		closeZeros(index)
		zeroFrom = index + 1
		children.push(reservedByte(byte, index, at))
		names.push(...known.filter(({ mask }) => (byte & mask) !== 0).map(({ name }) => name))
	}
	closeZeros(bytes.length)
	return { value: listed(names, safe`none set`), children, lore: 'reserved' }
}

function zeroField(start: number, end: number): Field {
	return createField(safe`no known bit`, start, end, { value: safe`zero`, lore: 'reservedUnknown' })
}

function reservedByte(byte: number, index: number, at: number): Field {
	const start = at + index
	const known = reservedBits.filter(bit => bit.byte === index)
	const unknownMask = 0xff & ~known.reduce((sum, { mask }) => sum | mask, 0)
	const children = known.map(({ mask, name, lore }) => bitField(name, { byte, mask, start, lore }))
	children.push(bitField(safe`other bits`, { byte, mask: unknownMask, start, lore: 'reservedUnknown' }))
	return createField(safe`byte ${index}`, start, start + 1, {
		value: hexNumber(byte),
		children,
		lore: 'reserved',
		folded: byte === 0,
	})
}

type BitParts = {
	readonly byte: number
	readonly mask: number
	readonly start: number
	readonly lore: LoreName
}

function bitField(name: SafeText, { byte, mask, start, lore }: BitParts): Field {
	const word = (byte & mask) === 0 ? safe`no` : safe`yes`
	const value = safe`${bitWords(byte, mask)}  ${word}`
	return { ...createField(name, start, start + 1, { value, lore }), mask }
}

function listed(names: readonly SafeText[], none: SafeText): SafeText {
	const [first, ...others] = names
	if (first === undefined) return none
	return others.reduce((text, name) => safe`${text}, ${name}`, first)
}

function readPeerId(bytes: Uint8Array, at: number): Reading {
	const value = clientName(bytes)
	const isDashed = bytes[0] === 0x2d && bytes[clientCodeBytes - 1] === 0x2d
	if (!isDashed) return { value: safe`${value}  ${hexWords(bytes)}`, lore: 'peerId' }
	const split = at + clientCodeBytes
	return {
		value,
		lore: 'peerId',
		children: [
			createField(safe`client and version`, at, split, {
				value: textWords(bytes.subarray(0, clientCodeBytes)),
				lore: 'clientCode',
			}),
			createField(safe`drawn by chance`, split, at + bytes.length, {
				value: hexWords(bytes.subarray(clientCodeBytes)),
				lore: 'peerIdRandom',
			}),
		],
	}
}
