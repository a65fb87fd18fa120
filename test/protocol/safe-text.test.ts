import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { utf8 } from '../../source/protocol/bytes.ts'
import {
	escapeForLog,
	maxSafeTextChars,
	type SafeText,
	safe,
	safeText,
	safeTextFromBytes,
} from '../../source/protocol/safe-text.ts'

const forbidden =
	/[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]/u

const hostilePart = fc.oneof(
	fc.string({ unit: 'binary', maxLength: 8 }),
	fc.string({ unit: 'grapheme', maxLength: 4 }),
	fc.constantFrom(
		'\u001b[',
		'\u001b]52;c;',
		'\u001bP',
		'\u001b_',
		'\u001b^',
		'\u001bX',
		'\u001b\\',
		'\u001b',
		'\u0007',
		'\u009b',
		'\u009d',
		'\u0090',
		'\u009c',
		'\ud800',
		'\udc00',
		'\u200d',
		'\ufe0f',
		'\u0301',
		'\u1160',
		'\u202e',
		'👩',
		'👩🏽',
		'1;2m',
		'\n',
	),
	fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map(codes => String.fromCharCode(...codes)),
)
const hostile = fc.array(hostilePart, { maxLength: 30 }).map(parts => parts.join(''))

describe('safe text', () => {
	it.each([
		['clear the screen', 'a\u001b[2Jb', 'ab'],
		['colours with parameters', 'a\u001b[38;5;1mred\u001b[0mb', 'aredb'],
		['private and intermediate bytes', 'a\u001b[?1049h\u001b[1 qb', 'ab'],
		['8-bit CSI', 'a\u009b31mb', 'ab'],
		['a CSI that breaks off before a letter outside ASCII', 'a\u001b[31éb', 'aéb'],
		['the window title (OSC closed by BEL)', 'a\u001b]0;owned\u0007b', 'ab'],
		['the clipboard (OSC closed by ST)', 'a\u001b]52;c;cm0gLXJm\u001b\\b', 'ab'],
		['8-bit OSC and ST', 'a\u009d8;;http://x\u009cb', 'ab'],
		['a 7-bit opener with an 8-bit end', 'a\u001b]0;x\u009cb', 'ab'],
		['DCS', 'a\u001bPq#0;2\u001b\\b', 'ab'],
		['APC, PM and SOS', 'a\u001b_x\u001b\\\u001b^y\u001b\\\u001bXz\u001b\\b', 'ab'],
		['8-bit DCS, SOS, PM, APC', 'a\u0090x\u009c\u0098y\u009c\u009ez\u009c\u009fw\u009cb', 'ab'],
		['a string that is never closed, to the end', 'a\u001b]0;title for ever', 'a'],
		['a string cut short by another sequence', 'a\u001b]0;x\u001b[31mb', 'ab'],
		['a string cancelled by CAN', 'a\u001b]0;x\u0018b', 'ab'],
		['reset and charset choices', 'a\u001bc\u001b(0\u001b#8b', 'ab'],
		['an escape at the end', 'a\u001b', 'a'],
		['a doubled escape', 'a\u001b\u001b[31mb', 'ab'],
		['controls', 'a\u0000\u0008\u000e\u007fb', 'ab'],
		['right-to-left override', 'photo\u202egpj.exe', 'photogpj.exe'],
		['isolates and marks', 'a\u2066b\u2069\u200e\u200f\u061c', 'ab'],
		['zero width and byte order marks', 'a\u200b\u200c\u2060\ufeff\u00adb', 'ab'],
		['fillers and tags', 'a\u3164\u{e0041}b', 'ab'],
		['lone surrogates', 'a\ud800b\udc00', 'ab'],
	])('removes %s', (_, text, expected) => {
		expect(safeText(text)).toBe(expected)
	})

	it('makes one space of line ends and tabs', () => {
		expect(safeText('a\r\nb\tc\u2028d\u0085e')).toBe('a b c d e')
	})

	it('keeps four combining marks a base and none without a base', () => {
		expect(safeText(`a${'\u0301'.repeat(50)}b\u0302`)).toBe(`a${'\u0301'.repeat(4)}b\u0302`)
		expect(safeText('\u0301a')).toBe('a')
	})

	it('keeps accents, wide characters and emoji', () => {
		const text = 'Ĝis la revido, 東京 한국어 ไม่ हिन्दी 🎉 ğ'
		expect(safeText(text)).toBe(text)
	})

	it('reduces joined, coloured and varied emoji to one glyph', () => {
		expect(safeText('a👩\u200d👩\u200d👧\u200d👦b')).toBe('a👩b')
		expect(safeText('❤\ufe0f')).toBe('❤')
		expect(safeText('👍🏽!')).toBe('👍!')
		expect(safeText('👩🏽\u200d🚀x')).toBe('👩x')
		expect(safeText('1\ufe0f\u20e3')).toBe('1')
		expect(safeText('क्\u200dष')).toBe('क्ष')
	})

	it('cuts at the limit without splitting a character', () => {
		expect(safeText('x'.repeat(maxSafeTextChars))).toHaveLength(maxSafeTextChars)
		expect(safeText('x'.repeat(maxSafeTextChars + 1))).toBe(`${'x'.repeat(maxSafeTextChars - 1)}…`)
		expect(safeText('ab🎉cd', 4)).toBe('ab…')
		expect(safeText('ab🎉cd', 5)).toBe('ab🎉…')
		expect(safeText('é', 0)).toBe('')
	})

	it('shows ill-formed UTF-8 as replacement characters, never as raw C1', () => {
		expect(safeTextFromBytes(Uint8Array.of(0x61, 0x9b, 0x33, 0x31, 0x6d))).toBe('a\ufffd31m')
		expect(safeTextFromBytes(Uint8Array.of(0x61, 0xc2, 0x9b, 0x33, 0x31, 0x6d, 0x62))).toBe('ab')
		expect(safeTextFromBytes(utf8('naïve'))).toBe('naïve')
	})

	it('holds nothing forbidden, whatever came in', () => {
		fc.assert(
			fc.property(hostile, fc.constantFrom(3, 50, maxSafeTextChars), (text, maxChars) => {
				const output = safeText(text, maxChars)
				expect(output).not.toMatch(forbidden)
				expect(output).not.toMatch(/\p{Cs}/u)
				expect(output.length).toBeLessThanOrEqual(maxChars)
				expect(output).not.toMatch(/^\p{M}|\p{M}{5}/u)
				expect(safeText(output, maxChars)).toBe(output)
			}),
			{ numRuns: 5_000 },
		)
	})

	it('takes time in proportion to the text', () => {
		for (const part of ['\u001b]', '\u001b[', '\n\u0301', 'é\n', '\u009d\u001b', '👩\u200d', '\u0301']) {
			const text = part.repeat(500_000)
			expect(safeText(text, text.length).length).toBeLessThanOrEqual(text.length)
		}
	})

	it('passes printable ASCII through unchanged', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'grapheme-ascii' }), text => {
				expect(safeText(text)).toBe(text)
			}),
		)
	})

	it('builds sentences from safe parts only', () => {
		const name = safeText('x\u0007')
		expect(safe`${name} has ${3} pieces`).toBe('x has 3 pieces')
		expectTypeOf(safe`fixed`).toEqualTypeOf<SafeText>()
		expectTypeOf<string>().not.toExtend<SafeText>()
	})
})

describe('text for a log', () => {
	it('escapes what a terminal would act on and stays readable', () => {
		expect(escapeForLog('a\u001b[2Jb\nc\u009b\u202e\\é\ud800')).toBe(
			'a\\x1b[2Jb\\x0ac\\x9b\\u{202e}\\\\é\\u{d800}',
		)
		expect(escapeForLog('abcdef', 3)).toBe('abc…')
	})

	it('never holds a control or a line break', () => {
		fc.assert(
			fc.property(hostile, text => {
				expect(escapeForLog(text)).not.toMatch(forbidden)
			}),
			{ numRuns: 2_000 },
		)
	})
})
