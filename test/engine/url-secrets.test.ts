import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromUtf8, toHex, utf8 } from '../../source/protocol/bytes.ts'
import { safeText } from '../../source/protocol/safe-text.ts'
import { createVeil } from '../../source/engine/url-secrets.ts'

const passkey = '0123456789abcdef0123456789abcdef'
const veil = createVeil(`http://t.example/${passkey}/announce?auth=open%20sesame`)

describe('a secret of the URL', () => {
	test('is hidden in what the tracker says', () => {
		expect(veil.text(safeText(`unknown passkey ${passkey}!`))).toBe(`unknown passkey ${'*'.repeat(32)}!`)
		expect(veil.text(safeText('you said open sesame, not open%20sesame'))).toBe(
			'you said ***********, not *************',
		)
		expect(veil.text(safeText('try later'))).toBe('try later')
	})

	test('is hidden in bytes wherever it stands, and nothing else changes', () => {
		fc.assert(
			fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 1, maxLength: 4 }), parts => {
				const key = utf8(passkey)
				const bytes = Uint8Array.from(parts.flatMap((part, at) => [...(at > 0 ? key : []), ...part]))
				const stars = utf8('*'.repeat(32))
				const hidden = Uint8Array.from(parts.flatMap((part, at) => [...(at > 0 ? stars : []), ...part]))
				expect(toHex(veil.bytes(bytes))).toBe(toHex(hidden))
			}),
		)
	})

	test('is hidden in a copy: what goes out stays as it is', () => {
		const bytes = utf8(`/${passkey}/announce`)
		expect(fromUtf8(veil.bytes(bytes))).toBe(`/${'*'.repeat(32)}/announce`)
		expect(fromUtf8(bytes)).toContain(passkey)
		const other = utf8('nothing of it')
		expect(veil.bytes(other)).toBe(other)
	})
})

test('a URL without secrets hides nothing', () => {
	const bytes = utf8('announce announce')
	const none = createVeil('udp://tracker.example:6969/announce')
	expect(none.bytes(bytes)).toBe(bytes)
	expect(none.text(safeText('announce'))).toBe('announce')
})
