import { describe, expect, it } from 'vitest'
import { formatFooter } from '../../source/tui/footer.tsx'
import { actionFor, footerBindings, keyGroups, keyName, type KeyPress } from '../../source/tui/keymap.ts'
import { paneNames } from '../../source/tui/pane-names.ts'
import { createTheme } from '../../source/tui/theme.ts'

const bindings = keyGroups.flatMap(group => group.bindings)
const none: KeyPress = {
	upArrow: false,
	downArrow: false,
	pageUp: false,
	pageDown: false,
	home: false,
	end: false,
	return: false,
	escape: false,
	tab: false,
	ctrl: false,
	shift: false,
}
const theme = createTheme({ color: false, ascii: true })

describe('keymap', () => {
	it('gives no key to two actions and each action once', () => {
		const keys = bindings.flatMap(binding => binding.keys)
		expect(new Set(keys).size).toBe(keys.length)
		expect(new Set(bindings.map(({ action }) => action)).size).toBe(bindings.length)
	})

	it('finds the action of every key that the help page names', () => {
		for (const { action, keys } of bindings) for (const key of keys) expect(actionFor(key)).toBe(action)
	})

	it('names in the footer only keys that do something', () => {
		const named = footerBindings('wire').map(({ key }) => key)
		for (const key of named) expect(actionFor(key.split(' ')[0] ?? '')).toBeDefined()
		expect(named).toContain(`Tab 1-${paneNames.length}`)
		expect(formatFooter({ width: 40, theme, frozen: false, rate: 10, pane: 'peers' })).toContain('quit')
	})

	it('names keys as terminals send them', () => {
		expect(keyName('\t', { ...none, tab: true })).toBe('Tab')
		expect(keyName('', { ...none, tab: true, shift: true })).toBe('Shift-Tab')
		expect(keyName('f', { ...none, ctrl: true })).toBe('Ctrl-F')
		expect(keyName(' ', none)).toBe('Space')
		expect(keyName('G', { ...none, shift: true })).toBe('G')
	})
})
