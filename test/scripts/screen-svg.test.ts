import { inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { cellShapes } from '../../scripts/cell-shapes.ts'
import { indexedPng } from '../../scripts/indexed-png.ts'
import { screenSvg, svgColours } from '../../scripts/screen-svg.ts'
import { createTerminal } from '../helpers/terminal.ts'

async function pictureOf(bytes: string, columns = 12): Promise<string> {
	const terminal = createTerminal(columns, 1)
	await terminal.write(bytes)
	return screenSvg({ columns, rows: 1, cell: (column, row) => terminal.cell(column, row) })
}

function textsOf(svg: string): string[] {
	return Array.from(svg.matchAll(/<text x="(\d+)"[^>]*>([^<]*)</gu), ([, x, text]) => `${x} ${text}`)
}

describe('the picture of a screen', () => {
	it('places each word at its cell and escapes what XML reads as its own', async () => {
		expect(textsOf(await pictureOf('a<b  &c'))).toEqual(['14 a&lt;b', '59 &amp;c'])
	})

	it('places a wide glyph once, and what follows two cells on', async () => {
		expect(textsOf(await pictureOf('日x'))).toEqual(['14 日', '32 x'])
	})

	it('swaps the colours of inverse cells', async () => {
		const svg = await pictureOf('\u001b[7mx')
		expect(svg).toContain('<rect x="14" y="14" width="9" height="18" fill="#c8d0da"/>')
		expect(svg).toMatch(/<text [^>]*fill="#12161c">x/u)
	})

	it('draws bold letters bold and dim ones between their colour and the background', async () => {
		const svg = await pictureOf('\u001b[1mb\u001b[0;2md')
		expect(svg).toMatch(/font-weight="bold">b</u)
		expect(svg).toMatch(/fill="#767c85">d</u)
	})

	it('draws lines and blocks as shapes that reach the edges of their cell', async () => {
		expect(textsOf(await pictureOf('─█▁'))).toEqual([])
		expect(cellShapes('█')).toEqual([{ x: 0, y: 0, width: 1, height: 1, opacity: 1 }])
		expect(cellShapes('─')?.map(({ x, width }) => [x, x + width])).toEqual([
			[0, expect.closeTo(0.556, 3)],
			[expect.closeTo(0.444, 3), 1],
		])
		expect(cellShapes('x')).toBeUndefined()
		expect(cellShapes('⣿')).toHaveLength(8)
		expect(cellShapes('⡀')?.map(({ x, y }) => [x < 0.5, y > 0.75])).toEqual([[true, true]])
		expect(cellShapes('')).toBeUndefined()
	})
})

// 2 × 2 pixels, RGB: red and green, above blue and red; the second row is stored as differences.
const tiny = Buffer.from(
	'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGP4z8DA8J+BiZHh/39GBgAdBwQB+PrPBgAAAABJRU5ErkJggg==',
	'base64',
)

describe('the indexed picture', () => {
	it('keeps the pixels of a picture with few colours', () => {
		const { palette, rows } = readIndexed(Buffer.from(indexedPng(tiny, [0x0000ff])))
		const colours = rows.map(row => row.map(index => palette[index]))
		expect(palette[0]).toBe('0000ff')
		expect(colours).toMatchObject([
			['ff0000', '00ff00'],
			['0000ff', 'ff0000'],
		])
	})

	it('refuses bytes that are no PNG', () => {
		expect(() => indexedPng(new Uint8Array(40), [])).toThrow('expected a PNG')
	})

	it('is told the colours of the picture that it comes from', async () => {
		expect(svgColours(await pictureOf('\u001b[31mx'))).toEqual([0x12161c, 0xe06c6c])
	})
})

function readIndexed(png: Buffer): { palette: string[]; rows: number[][] } {
	const body = (type: string) => {
		const at = png.indexOf(type, 0, 'latin1')
		return png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4))
	}
	const stored = inflateSync(body('IDAT'))
	return {
		palette: body('PLTE').toString('hex').match(/.{6}/gu) ?? [],
		rows: [[...stored.subarray(1, 3)], [...stored.subarray(4, 6)]],
	}
}
