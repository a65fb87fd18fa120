// The pixels of a PNG, and the parts that one is made of. Reads what rsvg-convert writes (8 bits, RGB or RGBA, not
// interlaced) and nothing else.
import { crc32, inflateSync } from 'node:zlib'

export const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

export type Pixels = {
	readonly width: number
	readonly height: number
	/** 0xRRGGBB, row by row. */
	readonly colours: Uint32Array
}

/** A part of a file: length, type, data, checksum (PNG 5.3). */
export function pngChunk(type: string, data: Uint8Array): Buffer {
	const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
	const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
	length.writeUInt32BE(data.length)
	check.writeUInt32BE(crc32(body))
	return Buffer.concat([length, body, check])
}

/** The header of a picture whose pixels are indexes of one byte into a palette. */
export function indexedHeader({ width, height }: Pick<Pixels, 'width' | 'height'>): Buffer {
	const header = Buffer.alloc(13)
	header.writeUInt32BE(width, 0)
	header.writeUInt32BE(height, 4)
	header.set([8, 3, 0, 0, 0], 8)
	return pngChunk('IHDR', header)
}

/** The colours that indexes stand for. */
export function paletteChunk(palette: readonly number[]): Buffer {
	return pngChunk(
		'PLTE',
		Buffer.from(palette.flatMap(colour => [colour >> 16, (colour >> 8) & 255, colour & 255])),
	)
}

/** Throws for a PNG of another kind. */
export function readPixels(png: Uint8Array): Pixels {
	const bytes = Buffer.from(png)
	if (!bytes.subarray(0, 8).equals(pngSignature)) throw new Error('expected a PNG')
	const data: Buffer[] = []
	let header: Buffer | undefined
	for (let at = 8; at < bytes.length; ) {
		const length = bytes.readUInt32BE(at)
		const type = bytes.toString('latin1', at + 4, at + 8)
		const body = bytes.subarray(at + 8, at + 8 + length)
		if (type === 'IHDR') header = body
		else if (type === 'IDAT') data.push(body)
		at += length + 12
	}
	const channels = header?.[9] === 6 ? 4 : header?.[9] === 2 ? 3 : undefined
	if (header === undefined || channels === undefined || header[8] !== 8 || header[12] !== 0)
		throw new Error('expected a PNG of 8 bits, RGB or RGBA, not interlaced')
	const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
	const values = unfilter(inflateSync(Buffer.concat(data)), { stride: width * channels, channels, height })
	const colours = new Uint32Array(width * height)
	for (let index = 0; index < colours.length; index += 1) {
		const at = index * channels
		colours[index] = ((values[at] ?? 0) << 16) | ((values[at + 1] ?? 0) << 8) | (values[at + 2] ?? 0)
	}
	return { width, height, colours }
}

type Rows = { readonly stride: number; readonly channels: number; readonly height: number }

/** PNG 9.2: every byte is stored as its difference to what its neighbours predict. */
function unfilter(stored: Buffer, { stride, channels, height }: Rows): Uint8Array {
	const bytes = new Uint8Array(stride * height)
	for (let row = 0; row < height; row += 1) {
		const filter = stored[row * (stride + 1)] ?? 0
		for (let column = 0; column < stride; column += 1) {
			const at = row * stride + column
			const left = column < channels ? 0 : (bytes[at - channels] ?? 0)
			const above = row === 0 ? 0 : (bytes[at - stride] ?? 0)
			const corner = column < channels || row === 0 ? 0 : (bytes[at - stride - channels] ?? 0)
			bytes[at] = (stored[at + row + 1] ?? 0) + predict(filter, left, { above, corner })
		}
	}
	return bytes
}

function predict(
	filter: number,
	left: number,
	{ above, corner }: { readonly above: number; readonly corner: number },
): number {
	switch (filter) {
		case 0:
			return 0
		case 1:
			return left
		case 2:
			return above
		case 3:
			return (left + above) >> 1
		default: {
			const guess = left + above - corner
			const [toLeft, toAbove, toCorner] = [
				Math.abs(guess - left),
				Math.abs(guess - above),
				Math.abs(guess - corner),
			]
			if (toLeft <= toAbove && toLeft <= toCorner) return left
			return toAbove <= toCorner ? above : corner
		}
	}
}
