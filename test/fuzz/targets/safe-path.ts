// Paths of files: any names at all, in any number, stay below the root and apart from one another.
import { safeName } from '../../../source/engine/safe-name.ts'
import { fromUtf8, utf8 } from '../../../source/protocol/bytes.ts'
import { Draw } from '../draw.ts'
import { check, type Target } from '../target.ts'
import { checkPaths } from './path-rules.ts'

const parts = [
	...[
		'a',
		'A',
		'b',
		'a.txt',
		'A.TXT',
		'a.1.txt',
		'a.2.txt',
		'..',
		'.',
		'/',
		'\\',
		'',
		' ',
		'. ',
		'con',
		'CON.txt',
	],
	...[
		'aux ',
		'nul.',
		'é',
		'e\u0301',
		'ß',
		'ss',
		'ẞ',
		'ſ',
		'K',
		'Å',
		'å',
		'\u202e',
		'\u200b',
		'\0',
		':',
		'*',
		'\ud800',
	],
	...[
		'\ufffd',
		'x'.repeat(239),
		'x'.repeat(240),
		'é'.repeat(120),
		'.',
		'…',
		'ﬀ',
		'ff',
		'İ',
		'i',
		'ı',
		'com¹',
		'~',
		'$',
	],
]

export const safePathTarget: Target = {
	name: 'safe-path',
	mutation: 'text',
	seeds: () => [
		...Array.from({ length: 8 }, (_, seed) =>
			Uint8Array.from({ length: 120 }, (_byte, at) => (at * 37 * (seed + 1)) ^ (at >> 2)),
		),
		Uint8Array.of(...utf8('name'), 255, ...utf8('../../etc/passwd')),
	],
	run(input) {
		const draw = new Draw(input)
		const files = []
		const name = drawName(draw)
		while (!draw.isEmpty && files.length < 12) {
			const depth = 1 + (draw.byte() % 3)
			files.push({ path: Array.from({ length: depth }, () => drawName(draw)), pad: draw.byte() === 9 })
		}
		checkName(fromUtf8(input))
		return [`${Math.min(files.length, 4)}`, ...checkPaths({ name, single: files.length === 1, files })]
	},
}

function drawName(draw: Draw): string {
	const kind = draw.byte()
	if (kind > 250) return fromUtf8(draw.bytes(draw.byte()))
	let name = parts[kind % parts.length] ?? ''
	for (let more = draw.byte() % 3; more > 0; more -= 1) name += draw.pick(parts) ?? ''
	return name
}

function checkName(name: string): void {
	for (const windows of [false, true]) {
		const once = safeName(name, windows)
		check(
			safeName(once, windows) === once,
			`not idempotent: ${JSON.stringify(name)}, ${JSON.stringify(once)}`,
		)
	}
}
