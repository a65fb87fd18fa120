import { crc32, inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { animatedPng } from '../../scripts/animated-png.ts'

const picture = (...colours: number[]) => ({ width: 2, height: 2, colours: Uint32Array.from(colours) })
const [black, red, blue] = [0x12161c, 0xe06c6c, 0x6a9fe0]
const film = animatedPng(
	[
		{ pixels: picture(black, black, red, black), durationMs: 250 },
		{ pixels: picture(black, blue, red, blue), durationMs: 250 },
		{ pixels: picture(black, blue, red, blue), durationMs: 1000 },
	],
	[black, red, blue],
)

type Chunk = { readonly type: string; readonly data: Buffer }

function chunksOf(bytes: Uint8Array): Chunk[] {
	const png = Buffer.from(bytes)
	const chunks: Chunk[] = []
	for (let at = 8; at < png.length; ) {
		const length = png.readUInt32BE(at)
		expect(crc32(png.subarray(at + 4, at + 8 + length))).toBe(png.readUInt32BE(at + 8 + length))
		chunks.push({
			type: png.toString('latin1', at + 4, at + 8),
			data: png.subarray(at + 8, at + 8 + length),
		})
		at += length + 12
	}
	return chunks
}

describe('the animated picture', () => {
	const chunks = chunksOf(film)

	it('names its frames before the first, numbers all their parts, and ends', () => {
		expect(chunks.map(({ type }) => type)).toEqual([
			'IHDR',
			'acTL',
			'PLTE',
			'tRNS',
			'fcTL',
			'IDAT',
			'fcTL',
			'fdAT',
			'fcTL',
			'fdAT',
			'IEND',
		])
		expect(chunks[1]?.data.readUInt32BE(0)).toBe(3)
		const numbered = chunks.filter(({ type }) => type === 'fcTL' || type === 'fdAT')
		expect(numbered.map(({ data }) => data.readUInt32BE(0))).toEqual([0, 1, 2, 3, 4])
	})

	it('keeps of a frame only the part that changed, and there what stayed is transparent', () => {
		const [, second, third] = chunks.filter(({ type }) => type === 'fcTL')
		const part = (chunk: Chunk | undefined) => [4, 8, 12, 16].map(at => chunk?.data.readUInt32BE(at))
		expect(part(second)).toEqual([1, 2, 1, 0])
		expect(part(third)).toEqual([1, 1, 0, 0])
		expect(third?.data.readUInt16BE(20)).toBe(1000)
		const palette = chunks
			.find(({ type }) => type === 'PLTE')
			?.data.toString('hex')
			.match(/.{6}/gu)
		const [changed, same] = chunks.filter(({ type }) => type === 'fdAT')
		const pixels = inflateSync(changed?.data.subarray(4) ?? Buffer.alloc(0))
		expect([palette?.[pixels[1] ?? 0], palette?.[pixels[3] ?? 0]]).toEqual(['6a9fe0', '6a9fe0'])
		expect([...inflateSync(same?.data.subarray(4) ?? Buffer.alloc(0))]).toEqual([0, 0])
	})

	it('refuses frames of another size, and none at all', () => {
		const odd = { width: 1, height: 4, colours: new Uint32Array(4) }
		const frames = [picture(0, 0, 0, 0), odd].map(pixels => ({ pixels, durationMs: 1 }))
		expect(() => animatedPng(frames, [])).toThrow('expected frames of 2×2, got 1×4')
		expect(() => animatedPng([], [])).toThrow(RangeError)
	})
})
