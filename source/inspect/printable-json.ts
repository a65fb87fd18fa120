// JSON that a terminal may show. JSON.stringify escapes C0 and lone surrogates only; here whatever else a terminal
// obeys or does not draw stands as an escape too, so that a program reads the same text and a screen shows all of it.

// Controls, all that is drawn with no width or turns the direction of letters, and marks over four on a letter.
const hidden =
	/[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Noncharacter_Code_Point}\u2028\u2029\ufff9-\ufffb\u20e3]|(?<=\p{M}{4})\p{M}/gu

/** `value` as one line of JSON (RFC 8259) that holds printable characters alone. */
export function printableJson(value: unknown): string {
	return JSON.stringify(value).replaceAll(hidden, escapeUnits)
}

function escapeUnits(character: string): string {
	let escaped = ''
	for (let at = 0; at < character.length; at += 1) {
		escaped += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`
	}
	return escaped
}
