import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { commandSpecs } from '../../source/tui/commands/command.ts'
import { paneFields } from '../../source/tui/fields/pane-fields.ts'
import { formatHelp } from '../../source/tui/help.tsx'
import { keyGroups, worksIn } from '../../source/tui/keymap.ts'
import { legendOf } from '../../source/tui/legend.ts'
import { paneNames } from '../../source/tui/pane-names.ts'
import { createTheme } from '../../source/tui/theme.ts'

const theme = createTheme({ color: false, ascii: true })
const plain = (lines: readonly string[]) => lines.join('\n').replaceAll(/\u001b\[[0-9;]*m/gu, '')
const sizes = [
	[40, 10],
	[80, 24],
	[120, 40],
	[200, 50],
] as const

describe('help', () => {
	it.each(paneNames)('tells of %s what it shows, its keys, the commands and what a filter can ask', pane => {
		for (const width of [40, 80, 120, 200]) {
			const page = plain(formatHelp({ width, rows: 300, theme, top: 0, pane }))
			for (const [sign, meaning] of legendOf(pane, theme.glyphs)) {
				expect(page).toContain(sign)
				expect(page).toContain(meaning)
			}
			for (const binding of keyGroups.flatMap(({ bindings }) => bindings)) {
				if (worksIn(binding, pane)) expect(page).toContain(`${binding.keys.join(' ')} `)
			}
			for (const { name } of commandSpecs) expect(page).toContain(name)
			for (const { name } of paneFields(pane)?.fields ?? []) expect(page).toContain(name)
		}
	})

	it('cuts no sentence, not even at 40 columns', () => {
		for (const pane of paneNames) {
			for (const width of [40, 80, 120, 200]) {
				const page = plain(formatHelp({ width, rows: 300, theme, top: 0, pane }))
				const cut = page
					.split('\n')
					.slice(1)
					.flatMap(line => line.match(/[a-z.,]+~/gu) ?? [])
				expect(cut.filter(word => word !== 'client~' && word !== 'name~' && word !== 'text~')).toEqual([])
			}
		}
	})

	it('is read whole by scrolling, each line as wide as the screen', () => {
		for (const [width, rows] of sizes) {
			const all = plain(formatHelp({ width, rows: 400, theme, top: 0, pane: 'peers' })).split('\n')
			const seen = new Set<string>()
			for (let top = 0; top < all.length; top += 1) {
				const page = formatHelp({ width, rows, theme, top, pane: 'peers' })
				expect(page).toHaveLength(rows)
				for (const line of page) expect(stringWidth(line)).toBe(width)
				for (const line of plain(page).split('\n').slice(1)) seen.add(line)
			}
			for (const line of all.slice(1).filter(text => text.trim() !== '')) expect(seen).toContain(line)
		}
	})

	it('begins with what is being typed', () => {
		const page = (typing: 'filter' | 'command') =>
			plain(formatHelp({ width: 40, rows: 10, theme, top: 0, pane: 'wire', typing }))
		expect(page('filter')).toContain('Filters of wire')
		expect(page('command')).toContain('announce')
	})

	it('says how much more there is', () => {
		expect(plain(formatHelp({ width: 40, rows: 10, theme, top: 0, pane: 'peers' }))).toMatch(/\d+ more/u)
		expect(plain(formatHelp({ width: 40, rows: 10, theme, top: 999, pane: 'peers' }))).not.toContain('more,')
	})
})
