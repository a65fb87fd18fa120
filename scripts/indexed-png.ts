// A PNG of true colours as one of a palette: a picture of a terminal has few colours, and as indexes it takes a
// quarter of the bytes. Reads what rsvg-convert writes (8 bits, RGB or RGBA, not interlaced) and nothing else.
import { crc32, deflateSync, inflateSync } from 'node:zlib'

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const mostColours = 64

type Pixels = {
	readonly width: number
	readonly height: number
	/** 0xRRGGBB, row by row. */
	readonly colours: Uint32Array
}

/**
 * The same picture with at most 64 colours, those of `kept` (0xRRGGBB) among them, and no transparency. Throws for
 * a PNG of another kind.
 */
export function indexedPng(png: Uint8Array, kept: readonly number[]): Uint8Array {
	const pixels = readPixels(Buffer.from(png))
	const palette = choosePalette(pixels.colours, kept)
	const rows = Buffer.alloc(pixels.height * (pixels.width + 1))
	const nearest = new Map<number, number>()
	for (let row = 0; row < pixels.height; row += 1) {
		for (let column = 0; column < pixels.width; column += 1) {
			const colour = pixels.colours[row * pixels.width + column] ?? 0
			let index = nearest.get(colour)
			if (index === undefined) {
				index = nearestIndex(palette, colour)
				nearest.set(colour, index)
			}
			// One byte before each row names its filter: 0, none.
			rows[row * (pixels.width + 1) + column + 1] = index
		}
	}
	const header = Buffer.alloc(13)
	header.writeUInt32BE(pixels.width, 0)
	header.writeUInt32BE(pixels.height, 4)
	header.set([8, 3, 0, 0, 0], 8)
	const entries = Buffer.from(palette.flatMap(colour => [colour >> 16, (colour >> 8) & 255, colour & 255]))
	return Buffer.concat([
		signature,
		chunk('IHDR', header),
		chunk('PLTE', entries),
		chunk('IDAT', deflateSync(rows, { level: 9 })),
		chunk('IEND', Buffer.alloc(0)),
	])
}

function chunk(type: string, data: Buffer): Buffer {
	const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
	const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
	length.writeUInt32BE(data.length)
	check.writeUInt32BE(crc32(body))
	return Buffer.concat([length, body, check])
}

function readPixels(png: Buffer): Pixels {
	if (!png.subarray(0, 8).equals(signature)) throw new Error('expected a PNG')
	const data: Buffer[] = []
	let header: Buffer | undefined
	for (let at = 8; at < png.length; ) {
		const length = png.readUInt32BE(at)
		const type = png.toString('latin1', at + 4, at + 8)
		const body = png.subarray(at + 8, at + 8 + length)
		if (type === 'IHDR') header = body
		else if (type === 'IDAT') data.push(body)
		at += length + 12
	}
	const channels = header?.[9] === 6 ? 4 : header?.[9] === 2 ? 3 : undefined
	if (header === undefined || channels === undefined || header[8] !== 8 || header[12] !== 0)
		throw new Error('expected a PNG of 8 bits, RGB or RGBA, not interlaced')
	const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
	const bytes = unfilter(inflateSync(Buffer.concat(data)), { stride: width * channels, channels, height })
	const colours = Uint32Array.from({ length: width * height }, (_, index) => {
		const at = index * channels
		return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
	})
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
			bytes[at] = (stored[at + row + 1] ?? 0) + predict(filter, { left, above, corner })
		}
	}
	return bytes
}

type Neighbours = { readonly left: number; readonly above: number; readonly corner: number }

function predict(filter: number, { left, above, corner }: Neighbours): number {
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
			const [toLeft, toAbove, toCorner] = [left, above, corner].map(value => Math.abs(guess - value))
			if ((toLeft ?? 0) <= (toAbove ?? 0) && (toLeft ?? 0) <= (toCorner ?? 0)) return left
			return (toAbove ?? 0) <= (toCorner ?? 0) ? above : corner
		}
	}
}

/** What must be kept, then the most frequent: the edges of letters take the nearest. */
function choosePalette(colours: Uint32Array, kept: readonly number[]): number[] {
	const counts = new Map<number, number>()
	for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1)
	const frequent = [...counts]
		.sort(([one, ones], [other, others]) => others - ones || one - other)
		.map(([colour]) => colour)
	return [...new Set([...kept, ...frequent])].slice(0, mostColours)
}

function nearestIndex(palette: readonly number[], colour: number): number {
	let best = 0
	let least = Number.POSITIVE_INFINITY
	for (const [index, candidate] of palette.entries()) {
		const far = [16, 8, 0].reduce(
			(sum, shift) => sum + (((candidate >> shift) & 255) - ((colour >> shift) & 255)) ** 2,
			0,
		)
		if (far < least) {
			least = far
			best = index
		}
	}
	return best
}
