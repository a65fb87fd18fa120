import { describe, expect, it } from 'vitest'
import { nearest } from '../../source/tui/nearest.ts'

describe('the nearest word', () => {
	it.each([
		['anounce', 'announce'],
		['annuonce', 'announce'],
		['bna', 'ban'],
		['rechek', 'recheck'],
		['ann', 'announce'],
	])('of %s is %s', (word, meant) => {
		expect(nearest(word, ['announce', 'ban', 'recheck', 'pause'])).toBe(meant)
	})

	it('is none when nothing is near', () => {
		expect(nearest('xyzzy', ['announce', 'ban'])).toBeUndefined()
		expect(nearest('', ['announce', 'ban'])).toBeUndefined()
	})
})
