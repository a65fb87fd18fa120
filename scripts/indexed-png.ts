// A PNG of true colours as one of a palette: a picture of a terminal has few colours, and as indexes it takes a
// quarter of the bytes.
import { deflateSync } from 'node:zlib'
import { choosePalette, createIndexer } from './palette.ts'
import { indexedHeader, paletteChunk, pngChunk, pngSignature, readPixels } from './png-pixels.ts'

const mostColours = 64

/**
 * The same picture with at most 64 colours, those of `kept` (0xRRGGBB) among them, and no transparency. Throws for
 * a PNG of another kind than rsvg-convert writes.
 */
export function indexedPng(png: Uint8Array, kept: readonly number[]): Uint8Array {
	const pixels = readPixels(png)
	const palette = choosePalette([pixels], kept, mostColours)
	return Buffer.concat([
		pngSignature,
		indexedHeader(pixels),
		paletteChunk(palette),
		pngChunk('IDAT', deflateSync(unfiltered(createIndexer(palette)(pixels.colours), pixels), { level: 9 })),
		pngChunk('IEND', Buffer.alloc(0)),
	])
}

/** Rows of `width` indexes; one byte before each names its filter: 0, none. */
export function unfiltered(
	indexes: Uint8Array,
	{ width, height }: { readonly width: number; readonly height: number },
): Buffer {
	const rows = Buffer.alloc(height * (width + 1))
	for (let row = 0; row < height; row += 1)
		rows.set(indexes.subarray(row * width, (row + 1) * width), row * (width + 1) + 1)
	return rows
}
