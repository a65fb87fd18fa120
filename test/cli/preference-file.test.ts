import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readPreferences, savePreferences } from '../../source/commands/preference-file.ts'
import { terminalTraits } from '../../source/commands/terminal-traits.ts'
import { defaultPreferences, type Preferences } from '../../source/tui/preferences.ts'

const changed: Preferences = {
	arrangement: { hidden: ['wire'], extraRows: { peers: -2 } },
	themeName: 'light',
	snapshotsPerSecond: 4,
}
let folder = ''
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'swarmscope-test-'))
})
afterEach(async () => {
	await rm(folder, { recursive: true, force: true })
})

describe('preference file', () => {
	it('gives back what was saved, in a folder that is made for it, and leaves nothing beside', async () => {
		const directory = join(folder, 'a', 'b')
		expect(await savePreferences(directory, changed)).toBeUndefined()
		expect(await readPreferences(directory)).toEqual({ preferences: changed, problem: undefined })
		expect(await readdir(directory)).toEqual(['screen.json'])
	})

	it('is not missed when there is none', async () => {
		expect(await readPreferences(join(folder, 'none'))).toEqual({
			preferences: defaultPreferences,
			problem: undefined,
		})
	})

	it.each(['', '{}', '\u0000\u0001', 'x'.repeat(100_000)])(
		'with anything else in it counts as none, and that is told',
		async text => {
			await writeFile(join(folder, 'screen.json'), text)
			const { preferences, problem } = await readPreferences(folder)
			expect(preferences).toEqual(defaultPreferences)
			expect(problem).toContain('screen.json cannot be used')
		},
	)

	it('that cannot be read or written is told and no more', async () => {
		await mkdir(join(folder, 'screen.json'))
		expect((await readPreferences(folder)).problem).toContain('EISDIR')
		expect(await savePreferences(folder, changed)).toContain('is not remembered')
		expect(await readdir(folder)).toEqual(['screen.json'])
	})
})

describe('terminal traits', () => {
	it('come from what terminals tell in their environment', () => {
		expect(terminalTraits({})).toEqual({ light: false, rich: false })
		expect(terminalTraits({ COLORFGBG: '0;15' }).light).toBe(true)
		expect(terminalTraits({ COLORFGBG: '0;default;7' }).light).toBe(true)
		expect(terminalTraits({ COLORFGBG: '15;0' }).light).toBe(false)
		expect(terminalTraits({ COLORFGBG: 'nonsense' }).light).toBe(false)
		expect(terminalTraits({ COLORTERM: 'truecolor' }).rich).toBe(true)
	})
})
