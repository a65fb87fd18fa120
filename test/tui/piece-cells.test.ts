import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pieceStates } from '../../source/torrent/snapshot.ts'
import { toPieceCells } from '../../source/tui/piece-cells.ts'

const { missing, open, have, unwanted } = pieceStates
const slice = (states: number[], availability = states.map(() => 1)) => ({
	at: 0,
	states: Uint8Array.from(states),
	availability: Uint16Array.from(availability),
	open: [],
})

describe('piece cells', () => {
	it('shows a piece a cell: here, under way, missing, nowhere', () => {
		expect(toPieceCells(slice([have, open, missing, missing, unwanted], [1, 1, 1, 0, 1]), 5)).toEqual([
			{ level: 4, active: false },
			{ level: 1, active: true },
			{ level: 1, active: false },
			{ level: 0, active: false },
			{ level: 0, active: false },
		])
	})

	it('shows how much of a stretch is here', () => {
		expect(toPieceCells(slice([have, missing, missing, have, have, have, missing, have, have]), 3)).toEqual([
			{ level: 2, active: false },
			{ level: 4, active: false },
			{ level: 3, active: false },
		])
	})

	it('stretches few pieces and fills exactly the width, full only when all is here', () => {
		fc.assert(
			fc.property(
				fc.array(fc.constantFrom(missing, open, have), { minLength: 1, maxLength: 300 }),
				fc.integer({ min: 1, max: 120 }),
				(states, width) => {
					const cells = toPieceCells(slice(states), width)
					expect(cells).toHaveLength(width)
					expect(cells.every(({ level }) => level === 4)).toBe(states.every(state => state === have))
				},
			),
		)
	})

	it('has no cell for a torrent that is not known yet', () => {
		expect(toPieceCells(slice([]), 10)).toEqual([])
	})
})
