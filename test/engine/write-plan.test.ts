import { expect, test } from 'vitest'
import { createFileLayout, padding, partFile, placementsOf } from '../../source/engine/file-layout.ts'
import { planWrites } from '../../source/engine/write-plan.ts'
import { createGeometry } from '../../source/protocol/geometry.ts'

const layout = createFileLayout(createGeometry(16, 96), [
	{ path: ['a'], lengthBytes: 40, pad: false },
	{ path: ['.pad'], lengthBytes: 8, pad: true },
	{ path: ['b'], lengthBytes: 48, pad: false },
])

function plan(inParts: readonly number[], ...ranges: readonly (readonly [offset: number, length: number])[]) {
	const parts = ranges.map(([offset, length]) => ({
		offset,
		bytes: Uint8Array.from({ length }, (_, at) => offset + at),
	}))
	const runs = planWrites(parts, ({ offset, bytes }) =>
		placementsOf(layout, Uint8Array.from(inParts), { offset, length: bytes.length }),
	)
	return runs.map(({ file, position, parts: pieces }) => ({
		file,
		position,
		bytes: pieces.map(piece => [piece[0], piece.length]),
	}))
}

test('parts that follow one another in a file are one run', () => {
	expect(plan([0, 0, 0], [0, 16], [16, 16])).toEqual([
		{
			file: 0,
			position: 0,
			bytes: [
				[0, 16],
				[16, 16],
			],
		},
	])
})

test('runs end where files do', () => {
	expect(plan([0, 0, 0], [16, 16], [32, 16], [48, 16])).toEqual([
		{
			file: 0,
			position: 16,
			bytes: [
				[16, 16],
				[32, 8],
			],
		},
		{ file: padding, position: 0, bytes: [[40, 8]] },
		{ file: 2, position: 0, bytes: [[48, 16]] },
	])
})

test('parts with a gap between them are two runs, and so are those in another order', () => {
	expect(plan([0, 0, 0], [0, 8], [16, 8], [8, 8]).map(({ position }) => position)).toEqual([0, 16, 8])
})

test('the part file has slots of its own', () => {
	expect(plan([1, 0, 0], [32, 8])).toEqual([{ file: partFile, position: 0, bytes: [[32, 8]] }])
})
