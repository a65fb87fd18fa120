// Text for a terminal: any text comes out harmless, and what is harmless stays as it is.
import { fromUtf8, utf8 } from '../../../source/protocol/bytes.ts'
import { escapeForLog, safeText, safeTextFromBytes } from '../../../source/protocol/safe-text.ts'
import { Draw } from '../draw.ts'
import { check, type Target } from '../target.ts'
import { checkSafe } from './text-rules.ts'

export const safeTextTarget: Target = {
	name: 'safe-text',
	mutation: 'text',
	seeds: () =>
		[
			'plain',
			'a\u001b[38;5;1mred\u001b[0mb',
			'a\u001b]52;c;cm0gLXJm\u001b\\b',
			'a\u009d0;x\u009cb\u0090q\u009c',
			'e\u0301\u0302\u0303\u0304\u0305\u0306 क्षि 한 \u1112\u1161\u11ab',
			'👩‍👩‍👧‍👦 🇨🇭 👍🏽 1️⃣',
			'\u202eabc\u2066\u2069\ufeff\u00ad\u{e0041}',
			'tab\tline\r\nnext\u2028sep',
		].map(text => Uint8Array.of(255, ...utf8(text))),
	dictionary: [
		'\u001b[',
		'\u001b]',
		'\u001bP',
		'\u001b\\',
		'\u0007',
		'\u009b',
		'\u009c',
		'\u200d',
		'\u0301',
		'👩',
	],
	run(input) {
		const draw = new Draw(input)
		const limit = draw.byte()
		const maxChars = limit === 255 ? 4096 : limit
		const bytes = draw.rest()
		const cleaned = safeTextFromBytes(bytes, maxChars)
		checkText(fromUtf8(bytes), maxChars)
		// The same bytes as UTF-16: this way lone surrogates come in.
		const units = Array.from(
			{ length: bytes.length >>> 1 },
			(_, at) => (bytes[2 * at] ?? 0) * 256 + (bytes[2 * at + 1] ?? 0),
		)
		checkText(String.fromCharCode(...units), maxChars)
		const difference = Math.min(9, Math.max(0, bytes.length - cleaned.length))
		return [`${difference} off`, cleaned.endsWith('…') ? 'cut' : 'whole', cleaned === '' ? 'empty' : 'some']
	},
}

function checkText(text: string, maxChars: number): void {
	const cleaned = safeText(text, maxChars)
	checkSafe(cleaned, maxChars)
	check(
		safeText(cleaned, maxChars) === cleaned,
		`not idempotent: ${JSON.stringify(text)}, ${JSON.stringify(cleaned)}`,
	)
	const logged = escapeForLog(text)
	check(
		!/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/u.test(logged),
		`control in a log: ${JSON.stringify(logged)}`,
	)
}
