import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldName, safeName } from '../../source/engine/safe-name.ts'
import { type NamedFiles, safePaths } from '../../source/engine/safe-path.ts'
import { parseMetainfo } from '../../source/protocol/metainfo.ts'
import { makeTorrent } from '../helpers/make-torrent.ts'

const torrent = (paths: readonly (readonly string[])[], name = 'root'): NamedFiles => ({
	name,
	single: false,
	files: paths.map(elements => ({ path: elements, pad: false })),
})
const joined = (paths: readonly (readonly string[])[], platform = 'linux'): string[] =>
	safePaths(torrent(paths), platform).map(elements => elements.join('/'))

const nastyName = fc.oneof(
	fc.constantFrom(
		'.',
		'..',
		'',
		'/',
		'\\',
		'/etc',
		'..\\..',
		'a/../b',
		'C:',
		'a',
		'A',
		'a.',
		'a ',
		'con',
		'NUL.txt',
		'\u0000',
	),
	fc.constantFrom(
		'\u202e',
		'\ufeff',
		'\u200b.\u200b.',
		'\ufffd',
		'é',
		'e\u0301',
		'ß',
		'ss',
		'ſs',
		'a.1',
		'a.1.txt',
		'a.txt',
		'A.TXT',
	),
	fc.string({ unit: 'binary', maxLength: 12 }),
	fc.string({ unit: 'grapheme-ascii', maxLength: 4 }),
	fc
		.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 300 })
		.map(codes => String.fromCharCode(...codes)),
)
const nastyTorrent = fc.record({
	name: nastyName,
	single: fc.constant(false),
	files: fc.array(
		fc.record({ path: fc.array(nastyName, { minLength: 1, maxLength: 4 }), pad: fc.boolean() }),
		{ maxLength: 12 },
	),
})

describe('safe names', () => {
	it.each([
		['', '_'],
		['.', '_'],
		['..', '_'],
		['...', '...'],
		['\u200b.\u200b.', '_'],
		['/a/', '_a_'],
		['..\\..\\x', '.._.._x'],
		['a\u0000b', 'a_b'],
		['\u0008', '_'],
		['a\u007f\u0080\n', 'a___'],
		['foo\u202egpj.exe', 'foogpj.exe'],
		['foo\ufeff\u200bbar', 'foobar'],
		['filename\ufffd\ufffd', 'filename_'],
		['a\ud800b', 'a_b'],
		['naïve 東京 💈', 'naïve 東京 💈'],
		['__proto__', '__proto__'],
		['foo:bar?', 'foo:bar?'],
		['a. . .', 'a. . .'],
		['con', 'con'],
	])('turns %j into %j', (name, expected) => {
		expect(safeName(name, false)).toBe(expected)
	})

	it.each([
		['con', '_con'],
		['Com1.txt', '_Com1.txt'],
		['LPT¹', '_LPT¹'],
		['nul .x', '_nul .x'],
		['CONOUT$', '_CONOUT$'],
		['com99.txt', 'com99.txt'],
		['console', 'console'],
		['foo.', 'foo'],
		['foo. . ', 'foo'],
		[' foo', 'foo'],
		['...', '_'],
		['hell:o*.txt', 'hell_o_.txt'],
		['a<b>"|?', 'a_b____'],
		['.foo', '.foo'],
	])('on Windows turns %j into %j', (name, expected) => {
		expect(safeName(name, true)).toBe(expected)
	})

	it('cuts long names at 240 bytes between characters and keeps the extension', () => {
		expect(safeName('x'.repeat(240), false)).toBe('x'.repeat(240))
		expect(safeName('x'.repeat(300), false)).toBe('x'.repeat(240))
		expect(safeName(`${'x'.repeat(300)}.txt`, false)).toBe(`${'x'.repeat(236)}.txt`)
		expect(safeName(`${'ğ'.repeat(200)}.txt`, false)).toBe(`${'ğ'.repeat(118)}.txt`)
		expect(safeName(`x${'💈'.repeat(100)}`, false)).toBe(`x${'💈'.repeat(59)}`)
		expect(safeName(`a.${'y'.repeat(300)}`, false)).toBe('a')
		expect(safeName(`${' '.repeat(10)}${'x'.repeat(239)} ${'y'.repeat(50)}`, true)).not.toMatch(/[ .]$/u)
	})

	it('folds what some disk takes for one name', () => {
		for (const [a, b] of [
			['É', 'e\u0301'],
			['straße', 'STRASSE'],
			['straße', 'STRAẞE'],
			['ΑΣ', 'ας'],
			['α\u0345\u0301', 'ᾴ'],
			['a. ', 'A'],
			['K', 'k'],
			['x:', 'X_'],
		]) {
			expect(foldName(a ?? '')).toBe(foldName(b ?? ''))
		}
		expect(foldName('a')).not.toBe(foldName('b'))
	})
})

describe('safe paths', () => {
	it('puts files below the name of the torrent', () => {
		expect(joined([['a', 'b.txt'], ['c']])).toEqual(['root/a/b.txt', 'root/c'])
		expect(safePaths({ name: '../x', single: true, files: [{ path: [], pad: false }] }, 'linux')).toEqual([
			['.._x'],
		])
	})

	it('gives pad files no path, and they take no name', () => {
		const files = [
			{ path: ['.pad', '7'], pad: true },
			{ path: ['.pad'], pad: false },
		]
		expect(safePaths({ name: 'n', single: false, files }, 'linux')).toEqual([[], ['n', '.pad']])
	})

	it('tells files apart whose names a disk may take for one', () => {
		expect(joined([['a.txt'], ['A.txt'], ['a.TXT']])).toEqual(['root/a.txt', 'root/A.1.txt', 'root/a.2.TXT'])
		expect(joined([['é'], ['e\u0301']])).toEqual(['root/é', 'root/e\u0301.1'])
		expect(joined([['a/b'], ['a\\b']])).toEqual(['root/a_b', 'root/a_b.1'])
		expect(joined([['a'], ['a.1'], ['a']])).toEqual(['root/a', 'root/a.1', 'root/a.2'])
		expect(
			joined([
				['A', 'x'],
				['a', 'X'],
			]),
		).toEqual(['root/A/x', 'root/a/X.1'])
		expect(joined([['d', 'f'], ['f']])).toEqual(['root/d/f', 'root/f'])
		expect(joined([['.bashrc'], ['.bashrc']])).toEqual(['root/.bashrc', 'root/.bashrc.1'])
	})

	it('lets a file give way to a directory of its name, whichever comes first', () => {
		expect(joined([['a'], ['a', 'b']])).toEqual(['root/a.1', 'root/a/b'])
		expect(joined([['A', 'b'], ['a']])).toEqual(['root/A/b', 'root/a.1'])
		expect(
			joined([
				['x', 'y', 'z', 'w'],
				['x', 'y'],
			]),
		).toEqual(['root/x/y/z/w', 'root/x/y.1'])
	})

	it('refuses what no disk could hold', () => {
		const code = (paths: readonly (readonly string[])[]): unknown => {
			try {
				return safePaths(torrent(paths), 'linux').length
			} catch (error) {
				return (error as { code?: unknown }).code
			}
		}
		expect(code([Array<string>(99).fill('d')])).toBe(1)
		expect(code([Array<string>(100).fill('d')])).toBe('path-depth')
		expect(code([Array<string>(20).fill('d'.repeat(240))])).toBe('path-length')
		expect(code(Array<string[]>(501).fill(['a']))).toBe(501)
		expect(code(Array<string[]>(502).fill(['a']))).toBe('path-duplicates')
	})

	it('keeps every file of any torrent inside, apart, and with names that a disk can hold', () => {
		fc.assert(
			fc.property(nastyTorrent, fc.constantFrom('linux', 'win32', 'darwin'), (nasty, platform) => {
				const paths = safePaths(nasty, platform)
				const api = platform === 'win32' ? path.win32 : path.posix
				const save = platform === 'win32' ? 'C:\\save' : '/save'
				const seen = new Set<string>()
				const directories = new Set<string>()
				for (const [index, elements] of paths.entries()) {
					if (nasty.files[index]?.pad === true) {
						expect(elements).toEqual([])
						continue
					}
					const root = api.join(save, elements[0] ?? '')
					const whole = api.resolve(save, ...elements)
					expect(whole.startsWith(`${root}${api.sep}`)).toBe(true)
					expect(root.length).toBeGreaterThan(save.length + 1)
					expect(whole).toBe(`${save}${api.sep}${elements.join(api.sep)}`)
					for (const element of elements) {
						expect(Buffer.byteLength(element)).toBeLessThanOrEqual(255)
						expect(element).not.toMatch(/^\.{0,2}$|[/\\\p{Cc}\p{Cs}\u202a-\u202e\u200b-\u200f\ufeff]/u)
						if (platform === 'win32') expect(element).not.toMatch(/[<>:"|?*]|[. ]$|^(con|nul)(\.|$)/iu)
					}
					const folded = elements.map(foldName)
					seen.add(folded.join('/'))
					for (let depth = 1; depth < folded.length; depth += 1)
						directories.add(folded.slice(0, depth).join('/'))
				}
				expect(seen.size).toBe(nasty.files.filter(file => !file.pad).length)
				for (const directory of directories) expect(seen.has(directory)).toBe(false)
			}),
			{ numRuns: 2_000 },
		)
	})

	it('is stable: safe paths stay as they are', () => {
		fc.assert(
			fc.property(nastyTorrent, fc.constantFrom('linux', 'win32'), (nasty, platform) => {
				const first = safePaths(nasty, platform)
				const again = torrent(
					first.filter(elements => elements.length > 0).map(elements => elements.slice(1)),
					first.find(elements => elements.length > 0)?.[0] ?? 'n',
				)
				expect(safePaths(again, platform)).toEqual(first.filter(elements => elements.length > 0))
			}),
			{ numRuns: 500 },
		)
	})

	it('takes a parsed torrent as it is', () => {
		const { bytes } = makeTorrent({ name: 'n', files: [{ path: ['..', 'a'], content: 3 }] })
		expect(safePaths(parseMetainfo(bytes), 'linux')).toEqual([['n', '_', 'a']])
		expect(safePaths(parseMetainfo(makeTorrent({ name: 'x.bin' }).bytes), 'linux')).toEqual([['x.bin']])
	})

	it('does work in proportion to the names, even when thousands share one', () => {
		const paths = Array.from({ length: 100_000 }, (_, index) => [`d${index % 100}`, `a.${index}`])
		for (let index = 0; index < 400; index += 1) paths.push([`d${index % 100}`, 'a'])
		expect(new Set(joined(paths)).size).toBe(paths.length)
	})
})
