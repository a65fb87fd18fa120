import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Bencodable, encodeBencode } from '../../source/protocol/bencode-encode.ts'
import { concatBytes, utf8 } from '../../source/protocol/bytes.ts'
import { ProtocolError } from '../../source/protocol/errors.ts'
import { type Metainfo, parseMetainfo, parseMetainfoSteps } from '../../source/protocol/metainfo.ts'
import { makeTorrent, type TorrentRecipe } from '../helpers/make-torrent.ts'

const parse = (recipe: TorrentRecipe): Metainfo => parseMetainfo(makeTorrent(recipe).bytes)

function failure(bytes: Uint8Array): string {
	try {
		parseMetainfo(bytes)
		return 'none'
	} catch (error) {
		if (error instanceof ProtocolError) return error.code
		throw error
	}
}

/** A torrent of one file of five bytes whose info dictionary is changed; raw bencode where a value has no form. */
const withInfo = (info: Record<string, Bencodable | undefined>): Uint8Array =>
	makeTorrent({ bytes: 5, info }).bytes
const withRawInfo = (info: string): Uint8Array => utf8(`d4:info${info}e`)
const withFiles = (files: Bencodable, info: Record<string, Bencodable | undefined> = {}): Uint8Array =>
	withInfo({ length: undefined, files, ...info })
const hashes = (count: number): Uint8Array => new Uint8Array(count * 20)

describe('metainfo of a single file', () => {
	it('says what there is to download', () => {
		const made = makeTorrent({ name: 'é.bin', bytes: 100_001, pieceLength: 16_384 })
		const metainfo = parseMetainfo(made.bytes)
		expect(metainfo).toMatchObject({
			name: 'é.bin',
			nameBytes: utf8('é.bin'),
			single: true,
			geometry: { pieceLength: 16_384, totalBytes: 100_001, pieceCount: 7 },
			files: [{ path: [], lengthBytes: 100_001, offsetBytes: 0, pad: false, executable: false }],
			private: false,
			hybrid: false,
			tiers: [],
			webSeeds: [],
			nodes: [],
			warnings: [],
		})
		expect(metainfo.infoBytes).toEqual(made.infoBytes)
		expect(metainfo.pieceHashes).toHaveLength(140)
		expect(metainfo.pieceHashes.buffer).toBe(made.bytes.buffer)
		expect('comment' in metainfo).toBe(false)
	})

	it('prefers well-formed UTF-8 names', () => {
		expect(parse({ name: 'old', info: { 'name.utf-8': 'new' } }).name).toBe('new')
		expect(parse({ name: 'old', info: { 'name.utf-8': Uint8Array.of(0xff) } }).name).toBe('old')
		expect(parse({ info: { name: Uint8Array.of(0x61, 0xff) } }).name).toBe('a\ufffd')
	})

	it('keeps the original bytes of info, whatever stands in them', () => {
		const info = `d6:lengthi5e4:name1:n12:piece lengthi5e6:pieces20:${'x'.repeat(20)}1:ai1ee`
		const metainfo = parseMetainfo(withRawInfo(info))
		expect(metainfo.infoBytes).toEqual(utf8(info))
		expect(metainfo.warnings).toEqual(['dictionary keys are not in order'])
	})
})

describe('metainfo of many files', () => {
	it('lays the files one after the other', () => {
		const { files, geometry, single } = parse({
			files: [
				{ path: ['a', 'b.txt'], content: 10 },
				{ path: 'empty', content: 0 },
				{ path: ['.pad', '6'], content: 6, attr: 'p' },
				{ path: 'run', content: 5, attr: 'hx' },
			],
			pieceLength: 16,
		})
		expect(single).toBe(false)
		expect(geometry).toEqual({ pieceLength: 16, totalBytes: 21, pieceCount: 2 })
		expect(files.map(file => [file.path.join('/'), file.offsetBytes, file.lengthBytes])).toEqual([
			['a/b.txt', 0, 10],
			['empty', 10, 0],
			['.pad/6', 10, 6],
			['run', 16, 5],
		])
		expect(files.map(file => [file.pad, file.executable])).toEqual([
			[false, false],
			[false, false],
			[true, false],
			[false, true],
		])
	})

	it('prefers well-formed UTF-8 paths', () => {
		const file = (utf: Bencodable): Bencodable => ({ length: 5, path: ['old'], 'path.utf-8': utf })
		expect(parseMetainfo(withFiles([file(['new'])])).files[0]?.path).toEqual(['new'])
		expect(parseMetainfo(withFiles([file([Uint8Array.of(0xff)])])).files[0]?.path).toEqual(['old'])
		expect(parseMetainfo(withFiles([file('text')])).files[0]?.path).toEqual(['old'])
		expect(parseMetainfo(withFiles([file([])])).files[0]?.path).toEqual(['old'])
	})

	it('leaves symlinks out with a warning; they take no bytes', () => {
		const link = { attr: 'l', path: ['link\u001b[2J'], 'symlink path': ['a'], length: 1000 }
		const metainfo = parseMetainfo(withFiles([link, { length: 5, path: ['a'] }]))
		expect(metainfo.files.map(file => [file.path, file.offsetBytes])).toEqual([[['a'], 0]])
		expect(metainfo.warnings).toEqual(['symlink “link” is not created'])
	})

	it('takes a hybrid for version 1', () => {
		const metainfo = parseMetainfo(withInfo({ 'meta version': 2, 'file tree': {} }))
		expect(metainfo.hybrid).toBe(true)
	})
})

describe('a torrent that cannot be right', () => {
	it.each<[string, string, Uint8Array]>([
		['bencode-syntax', 'text that is no bencode', utf8('some garbage data')],
		['bencode-trailing', 'bytes after the end', concatBytes([makeTorrent().bytes, utf8('x')])],
		['bencode-duplicate-key', 'a key twice', withRawInfo('d1:ai1e1:ai1ee')],
		['metainfo-info', 'no info', utf8('de')],
		['metainfo-info', 'a list at the top', utf8('le')],
		['metainfo-info', 'info that is a list', withRawInfo('le')],
		['metainfo-piece-length', 'an empty info', withRawInfo('de')],
		[
			'metainfo-v2-only',
			'version 2 alone',
			withInfo({ pieces: undefined, 'meta version': 2, 'file tree': {} }),
		],
		['metainfo-v2-only', 'a file tree alone', withInfo({ pieces: undefined, 'file tree': {} })],
		['metainfo-piece-length', 'no piece length', withInfo({ 'piece length': undefined })],
		['metainfo-piece-length', 'a piece length of 0', withInfo({ 'piece length': 0 })],
		['metainfo-piece-length', 'a negative piece length', withInfo({ 'piece length': -16_384 })],
		['metainfo-piece-length', 'a piece length of 2^40', withInfo({ 'piece length': 2 ** 40 })],
		['metainfo-piece-length', 'a piece length as text', withInfo({ 'piece length': '16384' })],
		['metainfo-pieces', 'no pieces', withInfo({ pieces: undefined })],
		['metainfo-pieces', 'pieces as a number', withInfo({ pieces: 20 })],
		['metainfo-pieces', 'a hash of 19 bytes', withInfo({ pieces: new Uint8Array(19) })],
		['metainfo-pieces', 'no hash at all', withInfo({ pieces: hashes(0) })],
		['metainfo-pieces', 'a hash too many', withInfo({ pieces: hashes(2) })],
		['metainfo-pieces', 'a hash too few', withInfo({ length: 32_769 })],
		['metainfo-name', 'no name', withInfo({ name: undefined })],
		['metainfo-name', 'a name that is a number', withInfo({ name: 1 })],
		['metainfo-length', 'no length', withInfo({ length: undefined })],
		['metainfo-length', 'a negative length', withInfo({ length: -5 })],
		['metainfo-length', 'a length as text', withInfo({ length: '5' })],
		['metainfo-length', 'a length near 2^53', withInfo({ length: Number.MAX_SAFE_INTEGER })],
		[
			'metainfo-length',
			'a length of 2^63',
			withRawInfo(`d6:lengthi9223372036854775808e4:name1:n12:piece lengthi5e6:pieces20:${'x'.repeat(20)}e`),
		],
		['metainfo-size', 'no bytes', withInfo({ length: 0, pieces: hashes(0) })],
		['metainfo-files', 'both length and files', withInfo({ files: [{ length: 5, path: ['a'] }] })],
		['metainfo-files', 'files that are no list', withFiles({ length: 5, path: ['a'] })],
		['metainfo-files', 'a file that is no dictionary', withFiles(['a'])],
		['metainfo-size', 'no files', withFiles([])],
		['metainfo-size', 'symlinks alone', withFiles([{ attr: 'l', path: ['a'], 'symlink path': ['b'] }])],
		['metainfo-length', 'a file without a length', withFiles([{ path: ['a'] }])],
		[
			'metainfo-length',
			'a file of negative length',
			withFiles([
				{ length: 10, path: ['a'] },
				{ length: -5, path: ['b'] },
			]),
		],
		[
			'metainfo-size',
			'files of 2^53 in all',
			withFiles([
				{ length: 2 ** 52, path: ['a'] },
				{ length: 2 ** 52, path: ['b'] },
			]),
		],
		['metainfo-path', 'a file without a path', withFiles([{ length: 5 }])],
		['metainfo-path', 'an empty path', withFiles([{ length: 5, path: [] }])],
		['metainfo-path', 'a path that is text', withFiles([{ length: 5, path: 'a' }])],
		['metainfo-path', 'a number in a path', withFiles([{ length: 5, path: ['a', 1] }])],
		['metainfo-path', 'a path of 101 names', withFiles([{ length: 5, path: Array<string>(101).fill('a') }])],
	])('is refused with %s: %s', (code, _, bytes) => {
		expect(failure(bytes)).toBe(code)
	})

	it('says in a sentence that version 2 alone is not supported', () => {
		const bytes = withInfo({ pieces: undefined, 'meta version': 2, 'file tree': {} })
		expect(() => parseMetainfo(bytes)).toThrow(/version 2 alone .* not supported/u)
	})

	it('ends in a value or a ProtocolError, wherever a byte is changed', () => {
		const { bytes } = makeTorrent({
			files: [
				{ path: ['a', 'b'], content: 7 },
				{ path: 'c', content: 3, attr: 'x' },
			],
			pieceLength: 8,
			announceList: [['http://a/x', 'udp://b:1']],
			private: true,
		})
		fc.assert(
			fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }), fc.nat(3), (at, byte, cut) => {
				const changed = concatBytes([bytes.subarray(0, at), Uint8Array.of(byte), bytes.subarray(at + cut)])
				try {
					const { files, geometry, pieceHashes } = parseMetainfo(changed)
					expect(pieceHashes).toHaveLength(geometry.pieceCount * 20)
					expect(files.reduce((sum, file) => sum + file.lengthBytes, 0)).toBe(geometry.totalBytes)
				} catch (error) {
					expect(error).toBeInstanceOf(ProtocolError)
				}
			}),
			{ numRuns: 3_000 },
		)
	})
})

describe('around the info dictionary', () => {
	it('reads tiers; announce-list overrides announce', () => {
		const announce = 'http://one/announce'
		expect(parse({ announce }).tiers).toEqual([['http://one/announce']])
		const announceList = [['http://a', ' udp://b:80/x '], [], ['HTTPS://c', 'http://a']]
		expect(parse({ announce, announceList }).tiers).toEqual([['http://a', 'udp://b:80/x'], ['HTTPS://c']])
		expect(parse({ announce, announceList: [] }).tiers).toEqual([['http://one/announce']])
		expect(parse({ announce, outer: { 'announce-list': ['http://flat', 'http://list'] } }).tiers).toEqual([
			['http://flat'],
			['http://list'],
		])
		expect(parse({ announce, outer: { 'announce-list': 7 } }).tiers).toEqual([['http://one/announce']])
	})

	it('leaves out trackers that it cannot use and says so', () => {
		const { tiers, warnings } = parse({
			announceList: [
				['wss://web', 'http://ok', 'http://with space', 'file:///etc/passwd', 'http://a\u001b[2J'],
				['', 'x'.repeat(3_000)],
			],
		})
		expect(tiers).toEqual([['http://ok']])
		expect(warnings).toHaveLength(5)
		expect(warnings[0]).toBe('tracker “wss://web” is left out: not an address that can be used')
	})

	it('keeps a hundred trackers and twenty warnings', () => {
		const many = Array.from({ length: 300 }, (_, index) => `http://t/${index}`)
		expect(parse({ announceList: [many] }).tiers.flat()).toHaveLength(100)
		expect(parse({ announceList: many.map(url => [url]) }).tiers).toHaveLength(100)
		const { warnings } = parse({ announceList: [many.map(url => `ws${url}`)] })
		expect(warnings).toHaveLength(21)
		expect(warnings.at(-1)).toBe('and 280 more like these')
	})

	it('reads web seeds as one text or many', () => {
		expect(parse({ urlList: 'http://w/f' }).webSeeds).toEqual(['http://w/f'])
		expect(parse({ urlList: ['http://w/f', 'ftp://no', 'http://w/f', 'https://v'] }).webSeeds).toEqual([
			'http://w/f',
			'https://v',
		])
		expect(parse({ urlList: '' })).toMatchObject({ webSeeds: [], warnings: [] })
	})

	it('reads DHT nodes and skips bad ones', () => {
		const nodes = [
			['router.example', 6881],
			['', 1],
			['h', 0],
			['h', 65_536],
			['h'],
			['h', 'x'],
			'h',
			[['h', 1]],
			['a b', 1],
		]
		expect(parse({ outer: { nodes } }).nodes).toEqual([{ host: 'router.example', port: 6881 }])
		expect(parse({ outer: { nodes: Array.from({ length: 300 }, () => ['h', 1]) } }).nodes).toHaveLength(100)
	})

	it('makes remarks safe and skips malformed ones', () => {
		const outer = { comment: 'a\u001b]52;c;x\u0007b', 'created by': 'me', 'creation date': 1_700_000_000 }
		expect(parse({ outer })).toMatchObject({ comment: 'ab', createdBy: 'me', createdAt: 1_700_000_000 })
		const odd = parse({ outer: { comment: 1, 'created by': [], 'creation date': 'yesterday' } })
		expect('comment' in odd || 'createdBy' in odd || 'createdAt' in odd).toBe(false)
	})

	it.each<[Bencodable, boolean]>([
		[1, true],
		[0, false],
		['', false],
		[42, true],
		['1', true],
	])('takes a private flag of %j for %s', (value, expected) => {
		expect(parseMetainfo(withInfo({ private: value })).private).toBe(expected)
	})

	it('is not confused by keys that objects have of themselves', () => {
		const metainfo = parse({
			outer: { ['__proto__']: { private: 1 }, constructor: 1 },
			info: { ['__proto__']: {} },
		})
		expect(metainfo.private).toBe(false)
		expect(({} as Record<string, unknown>)['private']).toBeUndefined()
	})
})

describe('info hash and large torrents', () => {
	it('is over the original bytes, also after changes that a re-encoding would undo', () => {
		const extra = fc.dictionary(fc.string({ unit: 'grapheme-ascii', maxLength: 6 }), fc.integer(), {
			maxKeys: 6,
		})
		fc.assert(
			fc.property(extra, fc.boolean(), (entries, reverse) => {
				const base: [string, Bencodable][] = [
					['length', 5],
					['name', 'n'],
					['piece length', 5],
					['pieces', hashes(1)],
				]
				const added = Object.entries(entries).filter(([key]) => !base.some(([known]) => known === key))
				const pairs = [...base, ...added.filter(([key]) => !['files', 'private', 'attr'].includes(key))]
				if (reverse) pairs.reverse()
				const parts = pairs.flatMap(([key, value]) => [encodeBencode(key), encodeBencode(value)])
				const info = concatBytes([utf8('d'), ...parts, utf8('e')])
				const { infoBytes } = parseMetainfo(concatBytes([utf8('d4:info'), info, utf8('e')]))
				const sha1 = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex')
				expect(sha1(infoBytes)).toBe(sha1(info))
			}),
			{ numRuns: 300 },
		)
	})

	it('parses a torrent of many files in steps', () => {
		const files = Array.from({ length: 20_000 }, (_, index) => ({ path: ['d', `f${index}`], content: 1 }))
		const { bytes } = makeTorrent({ files })
		const steps = parseMetainfoSteps(bytes)
		let pauses = 0
		let step = steps.next()
		for (; step.done !== true; step = steps.next()) pauses += 1
		expect(pauses).toBeGreaterThanOrEqual(6)
		expect(step.value.files).toHaveLength(20_000)
	})
})
