// What must hold of text that goes to a terminal (threats T1), checked without the code that cleans it.
import { check } from '../target.ts'

const forbidden =
	/[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u

/** Throws unless the text has no power over a terminal and at most `maxChars` UTF-16 code units. */
export function checkSafe(text: string, maxChars: number): void {
	const found = forbidden.exec(text)
	check(found === null, `U+${found?.[0].codePointAt(0)?.toString(16)} in ${JSON.stringify(text)}`)
	check(!/\p{Cs}/u.test(text), `a lone surrogate in ${JSON.stringify(text)}`)
	check(!/\p{M}{5}/u.test(text), `five marks on one base in ${JSON.stringify(text)}`)
	check(text.length <= maxChars, `${text.length} of ${maxChars} code units`)
}
