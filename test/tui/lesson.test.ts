import { describe, expect, it } from 'vitest'
import { scenarios } from '../../source/practice/scenarios.ts'
import { safeText } from '../../source/protocol/safe-text.ts'
import { formatBanner } from '../../source/tui/lesson-banner.tsx'
import { chooserKey, type PracticeOffer, toggleChooser } from '../../source/tui/scenario-choice.ts'
import { formatChooser } from '../../source/tui/scenario-chooser.tsx'
import { displayWidth } from '../../source/tui/terminal/fast-width.ts'
import { createTheme } from '../../source/tui/theme.ts'
import { createView, layoutOf, type ViewState } from '../../source/tui/view.ts'

const theme = createTheme({ color: false, ascii: true })
const plain = (text: string) => text.replaceAll(/\u001b\[[\d;]*m/gu, '')
const [first] = scenarios
const offer: PracticeOffer = {
	...{ current: 'healthy', choices: scenarios, onChoose: () => undefined },
	teaching: first ?? { look: '', lessons: [], learned: '' },
}

describe('the banner', () => {
	it.each(scenarios.map(scenario => [scenario.name, scenario] as const))(
		'shows every sentence of %s whole in two lines of 80 columns',
		(_, { look, learned, lessons }) => {
			const parts = { rows: 2, width: 80, theme }
			const fields = { isPointing: true, bep: undefined }
			const shown = [
				formatBanner({ ...fields, kind: 'look', place: 'header', text: safeText(look) }, parts),
				formatBanner({ ...fields, kind: 'learned', place: 'header', text: safeText(learned) }, parts),
				...lessons.map(({ text, place, bep }) => {
					const filled = text
						.replaceAll(/\{(?:client|wide|narrow)\}/gu, 'steady leecher')
						.replace('{message}', 'out for maintenance, back soon')
						.replaceAll(/\{[a-zA-Z]+\}/gu, '1.5 MB')
					const whole = bep === undefined ? filled : `${filled} (BEP ${bep})`
					return formatBanner({ ...fields, kind: 'moment', place, text: safeText(whole) }, parts)
				}),
			]
			for (const lines of shown) {
				expect(lines.map(line => displayWidth(plain(line)))).toEqual([80, 80])
				expect(lines.join('')).not.toContain('~')
			}
		},
	)

	it('names the pane by the number that opens it, and is cut where there is no room', () => {
		const lesson = {
			...{ kind: 'moment' as const, place: 'peers' as const, bep: 3, isPointing: true },
			text: safeText('the liar is banned: its block was wrong, and its address is left alone'),
		}
		const [line] = formatBanner(lesson, { rows: 1, width: 40, theme })
		expect(plain(line ?? '')).toBe(' > 2 Peers | the liar is banned: its bl~')
	})
})

describe('the room of the banner', () => {
	it('is given up on a small screen for what was asked for: help, the list, a message', () => {
		const lesson = { kind: 'look' as const, place: 'header' as const, text: safeText('Look'), bep: undefined }
		const rowsAt = (rows: number, change: Partial<ViewState>) => {
			const view = { ...createView(40, rows, 10), lesson: { ...lesson, isPointing: false }, ...change }
			return layoutOf(view, { trackerCount: 1, fileCount: 1 }).bannerRows
		}
		expect([rowsAt(10, {}), rowsAt(10, { help: true }), rowsAt(10, { chooser: 0 })]).toEqual([3, 0, 0])
		expect(rowsAt(24, { help: true })).toBe(4)
	})
})

describe('the list of practice swarms', () => {
	it('opens at the one after the current one, moves, chooses and closes', () => {
		const view = toggleChooser(createView(80, 24, 10), offer)
		expect(view.chooser).toBe(1)
		const down = chooserKey(view, 'j', offer)
		expect([down.view.chooser, down.chosen]).toEqual([2, undefined])
		expect(chooserKey(down.view, 'Enter', offer).chosen).toBe(scenarios[2]?.name)
		expect(chooserKey(view, 'G', offer).view.chooser).toBe(scenarios.length - 1)
		expect(chooserKey(chooserKey(view, 'G', offer).view, 'j', offer).view.chooser).toBe(scenarios.length - 1)
		expect(chooserKey(view, 'Esc', offer).view.chooser).toBeUndefined()
		expect(toggleChooser(view, offer).chooser).toBeUndefined()
	})

	it.each([
		[80, 18],
		[120, 34],
		[40, 6],
		[20, 3],
	])('fits %i columns and %i rows, the selected one among them', (width, rows) => {
		for (const [cursor, { name }] of scenarios.entries()) {
			const lines = formatChooser(scenarios, { rows, width, theme, cursor, current: 'healthy' })
			expect(lines).toHaveLength(rows)
			for (const line of lines) expect(displayWidth(plain(line))).toBe(width)
			expect(lines.join('\n')).toContain(name.slice(0, width - 6))
			if (width >= 80) expect(lines.slice(1).join('')).not.toContain('~')
			// At 40 columns what the selected one teaches is read below the list.
			const words = plain(lines.join(' ')).replaceAll(/\s+/gu, ' ')
			if (rows >= 6) expect(words).toContain(scenarios[cursor]?.description ?? '?')
		}
	})
})
