// What the README names exists, and what exists is in the README.
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { withTables } from '../../scripts/readme-tables.ts'
import { exitCodes } from '../../source/exit-code.ts'
import { scenarios } from '../../source/practice/scenarios.ts'
import { commandSpecs } from '../../source/tui/commands/command.ts'
import { paneFields } from '../../source/tui/fields/pane-fields.ts'
import { parseFilter } from '../../source/tui/filter/parse.ts'
import { keyGroups } from '../../source/tui/keymap.ts'
import { paneNames } from '../../source/tui/pane-names.ts'
import { usage } from '../../source/usage.ts'

const readme = readFileSync('README.md', 'utf8')
const contributing = readFileSync('CONTRIBUTING.md', 'utf8')

/** From a heading to the next of its level. */
function section(heading: string): string {
	const start = readme.indexOf(`\n## ${heading}\n`)
	expect(start).toBeGreaterThan(0)
	const end = readme.indexOf('\n## ', start + 1)
	return readme.slice(start, end)
}

function optionsIn(text: string): string[] {
	return [...new Set(text.match(/--[a-z]+(?:-[a-z]+)*/gu))].sort()
}

describe('the README', () => {
	it('has a row for every option that --help names, and no other option', () => {
		const builtIn = ['--help', '--version']
		expect([...optionsIn(section('Options')), '--version'].sort()).toEqual(optionsIn(usage))
		const used = readme.match(/^swarmscope .*$/gmu)?.flatMap(optionsIn) ?? []
		expect(used.filter(option => ![...optionsIn(usage), ...builtIn].includes(option))).toEqual([])
	})

	it('has the keys, commands, filters and scenarios of the program: npm run readme writes them', () => {
		expect(withTables(readme)).toBe(readme)
		const keys = keyGroups.flatMap(({ bindings }) => bindings.flatMap(binding => binding.keys))
		const named = section('Keys and commands')
		expect(keys.filter(key => !named.includes(`\`${key}\``))).toEqual([])
		expect(commandSpecs.filter(({ name }) => !named.includes(`\`:${name}`))).toEqual([])
	})

	it('has filters for examples that can be read', () => {
		for (const pane of paneNames) {
			const fields = paneFields(pane)
			for (const text of fields?.examples ?? [])
				expect(parseFilter(text, fields?.kinds ?? new Map())).toMatchObject({ ok: true })
		}
	})

	it('names every exit code', () => {
		const table = section('Options')
		expect(Object.values(exitCodes).filter(code => !new RegExp(`\\b${code}\\b`, 'u').test(table))).toEqual([])
	})

	it('names every scenario of the practice swarm', () => {
		expect(
			scenarios.filter(({ name }) => !readme.includes(`\`${name}\``) && !readme.includes(`demo ${name}`)),
		).toEqual([])
	})

	it.each([
		['README.md', readme],
		['CONTRIBUTING.md', contributing],
	])('leads only to what is there: %s', (_, text) => {
		const links = Array.from(
			text.matchAll(/(?:\]\(|src(?:set)?=")([^)#"]+)[)"]/gu),
			([, target]) => target ?? '',
		)
		const folders = Array.from(
			text.matchAll(/`((?:source|test|scripts|media)\/[\w./-]*)`/gu),
			([, path]) => path ?? '',
		)
		expect([...links, ...folders].filter(path => !existsSync(path))).toEqual([])
		const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
			scripts: Record<string, string>
		}
		const named = Array.from(text.matchAll(/npm run ([\w:]+)/gu), ([, name]) => name ?? '')
		expect(named.filter(name => !(name in scripts))).toEqual([])
	})

	it('names files of the source tree by the names that they have', () => {
		const built = section('How it is built')
		const files = Array.from(built.matchAll(/`((?:[a-z]+\/)?[a-z-]+\.tsx?)`/gu), ([, path]) => path ?? '')
		const folders = ['', 'source/', 'source/torrent/', 'source/engine/']
		expect(files.length).toBeGreaterThan(10)
		expect(files.filter(path => !folders.some(folder => existsSync(folder + path)))).toEqual([])
	})
})
