// The collected path-cleaning cases, judged by the properties that they state.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { safeName } from '../../source/engine/safe-name.ts'
import { safePaths } from '../../source/engine/safe-path.ts'
import { fromHex, fromUtf8 } from '../../source/protocol/bytes.ts'

type Paths = {
	vectors: { elements_hex: string[]; libtorrent: string | null; source: string }[]
	truncate: { element?: string }[]
	portable_names: { cases: Record<string, boolean>; windows_only_false: string[] }
	resolve_duplicates: { cases: [string, string][][] }
}

const file = new URL('../../../shared/vectors/inline-torrents/paths.json', import.meta.url)
const paths = JSON.parse(readFileSync(file, 'utf8')) as Paths

const clean = (elements: readonly string[], platform: string): string[] => {
	const torrent = { name: 'root', single: false, files: [{ path: elements, pad: false }] }
	return safePaths(torrent, platform)[0] ?? []
}

describe('paths.json', () => {
	it('has its cases', () => {
		expect(paths.vectors.length).toBeGreaterThanOrEqual(41)
		expect(paths.resolve_duplicates.cases.length).toBeGreaterThanOrEqual(5)
	})

	describe.each(['linux', 'win32', 'darwin'])('on %s', platform => {
		it.each(paths.vectors)('cleans $elements_hex', ({ elements_hex: hex }) => {
			const elements = clean(
				hex.map(element => fromUtf8(fromHex(element))),
				platform,
			)
			expect(elements).toHaveLength(hex.length + 1)
			for (const element of elements) {
				expect(['', '.', '..']).not.toContain(element)
				expect(element).not.toMatch(/[\0/\\]/u)
				expect(Buffer.byteLength(element)).toBeLessThanOrEqual(255)
			}
		})
	})

	it.each(
		paths.vectors.filter(({ libtorrent, elements_hex: hex }) => libtorrent !== null && !hasOwnWay(hex)),
	)('gives the name $libtorrent that libtorrent gives', ({ elements_hex: hex, libtorrent }) => {
		const elements = clean(
			hex.map(element => fromUtf8(fromHex(element))),
			'linux',
		)
		expect(elements.slice(1).join('/')).toBe(libtorrent)
	})

	it('cuts long names', () => {
		for (const { element } of paths.truncate) {
			if (element === undefined) continue
			expect(Buffer.byteLength(safeName(element, false))).toBeLessThanOrEqual(240)
		}
		const cut = safeName(`${'n'.repeat(247)}💈.jpg`, false)
		expect(cut).toBe(`${'n'.repeat(236)}.jpg`)
	})

	it('changes the names that are not portable, and no others', () => {
		for (const [name, portable] of Object.entries(paths.portable_names.cases)) {
			expect(safeName(name, true) === name).toBe(portable)
			expect(safeName(name, false) === name).toBe(portable)
		}
		for (const name of paths.portable_names.windows_only_false) {
			expect(safeName(name, true)).not.toBe(name)
			expect(safeName(name, false)).toBe(name)
		}
	})

	it.each(paths.resolve_duplicates.cases)('tells duplicates apart as libtorrent does: %j …', (...cases) => {
		const files = cases.map(([given]) => ({ path: given.split('/').slice(1), pad: false }))
		const result = safePaths({ name: 'test', single: false, files }, 'linux').map(path => path.join('/'))
		expect(result).toEqual(cases.map(([, expected]) => expected))
	})
})

/** Cases where libtorrent drops what we replace: separators, dots alone, and all that follows a NUL. */
function hasOwnWay(hex: readonly string[]): boolean {
	return hex.some(element => /^(?:2e|2e2e)$|^(?:..)*(?:2f|5c|00)/u.test(element))
}
