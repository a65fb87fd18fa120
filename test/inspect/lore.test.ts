import { expect, test } from 'vitest'
import { loreNames, loreOf } from '../../source/inspect/lore.ts'

test('every paragraph is a few plain sentences with a source', () => {
	expect(loreNames.length).toBeGreaterThan(60)
	for (const name of loreNames) {
		const { text, source } = loreOf(name)
		expect(text, name).toMatch(/^[A-Z0-9][ -~]{80,480}\.$/u)
		expect(source, name).toMatch(/^(BEP \d|in use)[ -~]{0,40}$/u)
	}
})
