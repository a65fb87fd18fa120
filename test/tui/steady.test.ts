import { describe, expect, it } from 'vitest'
import { type Steady, steadied } from '../../source/tui/steady.ts'

const at = (instant: number, value: string): Steady<string> => ({ at: instant, value })

describe('steadied', () => {
	it('keeps what it has until the time is over, and takes the first and what comes after a jump back', () => {
		const first = at(1000, 'a')
		expect(steadied(undefined, first, 500)).toBe(first)
		expect(steadied(first, at(1499, 'b'), 500)).toBe(first)
		expect(steadied(first, at(1500, 'c'), 500).value).toBe('c')
		expect(steadied(first, at(10, 'd'), 500).value).toBe('d')
	})

	it('never waits with the first value there is, however young the clock', () => {
		const nothing = { at: 0, value: undefined }
		expect(steadied<string | undefined>(nothing, at(20, 'a'), 500).value).toBe('a')
	})
})
