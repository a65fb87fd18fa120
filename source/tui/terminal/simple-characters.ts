// Which characters every terminal and Unicode table agree on: one glyph a code unit, one or two cells, joining
// with nothing before or after. They take the fast paths; all others go through Unicode segmentation.

/**
 * Cells of a UTF-16 code unit that stands for itself whatever its neighbours are, 0 where that is not known:
 * controls, marks, surrogates, emoji, scripts that join.
 */
export function simpleWidth(code: number): 0 | 1 | 2 {
	if (code < 0x7f) return code >= 0x20 ? 1 : 0
	if (code < 0x300) return code >= 0xa0 && code !== 0xa9 && code !== 0xad && code !== 0xae ? 1 : 0
	if (code >= 0x2500 && code < 0x25fd) return isPictograph(code) ? 0 : 1
	if (code >= 0x4e00 && code <= 0x9fff) return 2
	return isOtherSimple(code) ? 1 : 0
}

/** Latin, Greek and Cyrillic letters without marks, punctuation, arrows, braille. */
function isOtherSimple(code: number): boolean {
	return (
		(code >= 0x391 && code <= 0x3c9 && code !== 0x3a2) ||
		(code >= 0x400 && code <= 0x481) ||
		(code >= 0x48a && code <= 0x52f) ||
		(code >= 0x1e00 && code <= 0x1eff) ||
		(code >= 0x2010 && code <= 0x2027) ||
		(code >= 0x2030 && code <= 0x203b) ||
		(code >= 0x2190 && code <= 0x2193) ||
		(code >= 0x2200 && code <= 0x22ff) ||
		code === 0x2713 ||
		code === 0x2717 ||
		(code >= 0x2800 && code <= 0x28ff)
	)
}

/** Geometric shapes that some terminals draw as emoji. */
function isPictograph(code: number): boolean {
	return code === 0x25aa || code === 0x25ab || code === 0x25b6 || code === 0x25c0 || code >= 0x25fb
}
