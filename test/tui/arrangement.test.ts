import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
	type Arrangement,
	defaultArrangement,
	growPane,
	setHidden,
	toArrangement,
	toggleHidden,
} from '../../source/tui/arrangement.ts'
import { paneNames } from '../../source/tui/pane-names.ts'

describe('arrangement', () => {
	it('hides a pane and shows it again', () => {
		const hidden = toggleHidden(defaultArrangement, 'wire')
		expect(hidden.hidden).toEqual(['wire'])
		expect(toggleHidden(hidden, 'wire')).toEqual(defaultArrangement)
		expect(setHidden(hidden, 'wire', true)).toBe(hidden)
	})

	it('does not hide the last pane', () => {
		const almost: Arrangement = { ...defaultArrangement, hidden: paneNames.filter(name => name !== 'peers') }
		expect(toggleHidden(almost, 'peers')).toBe(almost)
	})

	it('adds rows up, and forgets a pane that is back where it was', () => {
		const grown = growPane(growPane(defaultArrangement, 'wire', 2), 'wire', 1)
		expect(grown.extraRows).toEqual({ wire: 3 })
		expect(growPane(grown, 'wire', -3)).toEqual(defaultArrangement)
		expect(growPane(grown, 'wire', 1e9).extraRows).toEqual({ wire: 200 })
	})

	it('reads what it wrote', () => {
		const arrangements = fc.record({
			hidden: fc.subarray([...paneNames], { maxLength: paneNames.length - 1 }),
			extraRows: fc.dictionary(
				fc.constantFrom(...paneNames),
				fc.integer({ min: -200, max: 200 }).filter(rows => rows !== 0),
				{ noNullPrototype: true },
			),
		})
		fc.assert(
			fc.property(arrangements, arrangement => {
				expect(toArrangement(JSON.parse(JSON.stringify(arrangement)))).toEqual(arrangement)
			}),
		)
	})

	it.each([
		undefined,
		null,
		'text',
		[],
		{},
		{ hidden: [] },
		{ hidden: 'wire', extraRows: {} },
		{ hidden: ['nonsense'], extraRows: {} },
		{ hidden: ['wire', 'wire'], extraRows: {} },
		{ hidden: [...paneNames], extraRows: {} },
		{ hidden: [], extraRows: { wire: 1.5 } },
		{ hidden: [], extraRows: { wire: 1e9 } },
		{ hidden: [], extraRows: { nonsense: 1 } },
		{ hidden: [], extraRows: {}, more: 1 },
	])('takes nothing else for one: %j', value => {
		expect(toArrangement(value)).toBeUndefined()
	})
})
