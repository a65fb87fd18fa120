// An animated PNG (PNG 11.3.2 of the third edition): frames of one palette, each only where it differs from the one
// before, and there only the pixels that changed. Programs that know no animation show the first frame.
import { deflateSync } from 'node:zlib'
import { unfiltered } from './indexed-png.ts'
import { choosePalette, createIndexer } from './palette.ts'
import { indexedHeader, paletteChunk, type Pixels, pngChunk, pngSignature } from './png-pixels.ts'

export type Frame = { readonly pixels: Pixels; readonly durationMs: number }

const mostColours = 48
/** The palette's first entry: what stays as it was. */
const unchanged = 0

/** Repeats for ever. All frames have the size of the first; their colours become 48, `kept` (0xRRGGBB) among them. */
export function animatedPng(frames: readonly Frame[], kept: readonly number[]): Uint8Array {
	const [first] = frames
	if (first === undefined) throw new RangeError('expected at least one frame')
	const { width, height } = first.pixels
	const pictures = frames.map(({ pixels }) => pixels)
	// A part of the frames tells which colours there are.
	const sample = pictures.filter((_, index) => index % 8 === 0)
	const palette = [0, ...choosePalette(sample, kept, mostColours)]
	const toIndexes = createIndexer(palette.slice(1))
	const control = Buffer.alloc(8)
	control.writeUInt32BE(frames.length, 0)
	const chunks = [
		pngSignature,
		indexedHeader({ width, height }),
		pngChunk('acTL', control),
		paletteChunk(palette),
		pngChunk('tRNS', Buffer.from([0])),
	]
	let sequence = 0
	let before: Uint8Array | undefined
	for (const { pixels, durationMs } of frames) {
		if (pixels.width !== width || pixels.height !== height)
			throw new RangeError(`expected frames of ${width}×${height}, got ${pixels.width}×${pixels.height}`)
		const indexes = toIndexes(pixels.colours).map(index => index + 1)
		const part = before === undefined ? { x: 0, y: 0, width, height } : changedPart(before, indexes, width)
		const data = deflateSync(unfiltered(cut(indexes, before, part, width), part), { level: 9 })
		chunks.push(frameControl(sequence, part, durationMs))
		sequence += 1
		if (before === undefined) chunks.push(pngChunk('IDAT', data))
		else {
			const number = Buffer.alloc(4)
			number.writeUInt32BE(sequence)
			chunks.push(pngChunk('fdAT', Buffer.concat([number, data])))
			sequence += 1
		}
		before = indexes
	}
	return Buffer.concat([...chunks, pngChunk('IEND', Buffer.alloc(0))])
}

type Part = { readonly x: number; readonly y: number; readonly width: number; readonly height: number }

/** The smallest rectangle that holds every change; one pixel where there is none. */
function changedPart(before: Uint8Array, after: Uint8Array, width: number): Part {
	let [left, right, top, bottom] = [width, 0, Number.POSITIVE_INFINITY, 0]
	for (let index = 0; index < after.length; index += 1) {
		if (after[index] === before[index]) continue
		const [x, y] = [index % width, Math.floor(index / width)]
		left = Math.min(left, x)
		right = Math.max(right, x)
		top = Math.min(top, y)
		bottom = y
	}
	if (right < left) return { x: 0, y: 0, width: 1, height: 1 }
	return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 }
}

function cut(after: Uint8Array, before: Uint8Array | undefined, part: Part, width: number): Uint8Array {
	const pixels = new Uint8Array(part.width * part.height)
	for (let row = 0; row < part.height; row += 1) {
		for (let column = 0; column < part.width; column += 1) {
			const at = (part.y + row) * width + part.x + column
			const index = after[at] ?? unchanged
			pixels[row * part.width + column] = before?.[at] === index ? unchanged : index
		}
	}
	return pixels
}

/** What is drawn stays (dispose 0), and is laid over what was there (blend 1). */
function frameControl(sequence: number, { x, y, width, height }: Part, durationMs: number): Buffer {
	const data = Buffer.alloc(26)
	for (const [index, value] of [sequence, width, height, x, y].entries()) data.writeUInt32BE(value, index * 4)
	data.writeUInt16BE(Math.min(65_535, Math.round(durationMs)), 20)
	data.writeUInt16BE(1000, 22)
	data.set([0, 1], 24)
	return pngChunk('fcTL', data)
}
