import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCell } from '../../source/tui/cell.ts'
import {
	defaultPreferences,
	formatPreferences,
	parsePreferences,
	type Preferences,
} from '../../source/tui/preferences.ts'
import { rememberPreferences } from '../../source/tui/remembering.ts'
import { themeNames } from '../../source/tui/themes.ts'
import { createView } from '../../source/tui/view.ts'

const whole =
	'{"version":1,"arrangement":{"hidden":[],"extraRows":{}},"theme":"light","snapshotsPerSecond":4}'

describe('preferences', () => {
	it('are read as they were written', () => {
		const preferences = fc.record({
			arrangement: fc.constantFrom(
				{ hidden: [], extraRows: {} },
				{ hidden: ['wire' as const], extraRows: { peers: 3 } },
			),
			themeName: fc.option(fc.constantFrom(...themeNames), { nil: undefined }),
			snapshotsPerSecond: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
		})
		fc.assert(
			fc.property(preferences, value => {
				expect(parsePreferences(formatPreferences(value))).toEqual(value)
			}),
		)
	})

	it.each([
		'',
		'null',
		'[]',
		'{',
		'{}',
		whole.replace('1', '2'),
		whole.replace('light', 'pink'),
		whole.replace(':4', ':0'),
		whole.replace(':4', ':"4"'),
		whole.replace('[]', '["nonsense"]'),
		whole.replace('{"version"', '{"more":1,"version"'),
		'{"__proto__":{"version":1},"arrangement":{"hidden":[],"extraRows":{}}}',
	])('are nothing else: %s', text => {
		expect(parsePreferences(whole)).toMatchObject({ themeName: 'light', snapshotsPerSecond: 4 })
		expect(parsePreferences(text)).toBeUndefined()
	})

	it('survive any text', () => {
		fc.assert(
			fc.property(fc.oneof(fc.string(), fc.json()), text => {
				const read = parsePreferences(text)
				if (read !== undefined) expect(parsePreferences(formatPreferences(read))).toEqual(read)
			}),
		)
	})
})

describe('remembering', () => {
	const begin = (found: Preferences = defaultPreferences) => {
		const view = createCell(createView(80, 24, 10))
		const saved: Preferences[] = []
		const remembering = rememberPreferences(view, found, preferences => {
			saved.push(preferences)
			return Promise.resolve()
		})
		return { view, saved, remembering }
	}

	it('saves at the end what was changed, once', async () => {
		const { view, saved, remembering } = begin()
		view.change(state => ({ ...state, arrangement: { hidden: ['wire'], extraRows: {} } }))
		view.change(state => ({ ...state, themeName: 'mono', snapshotsPerSecond: 4 }))
		await remembering.end()
		expect(saved).toEqual([
			{ arrangement: { hidden: ['wire'], extraRows: {} }, themeName: 'mono', snapshotsPerSecond: 4 },
		])
	})

	it('saves nothing when nothing was changed', async () => {
		const { view, saved, remembering } = begin()
		view.change(state => ({ ...state, columns: 100 }))
		await remembering.end()
		expect(saved).toEqual([])
	})

	it('keeps the remembered rate of a run that was given another', async () => {
		const found = { ...defaultPreferences, snapshotsPerSecond: 20 }
		const { view, saved, remembering } = begin(found)
		view.change(state => ({ ...state, themeName: 'dark' }))
		await remembering.end()
		expect(saved).toEqual([{ ...found, themeName: 'dark' }])
	})
})
