// Where a terminal's control sequence ends (ECMA-48, 7-bit and 8-bit forms), so that one can be removed as a
// whole: without its head the rest of a sequence would stay as visible rubbish.

const escape = 0x1b
const bell = 0x07
const cancel = 0x18
const substitute = 0x1a
const csi = 0x9b
const stringTerminator = 0x9c
/** C1 controls that open a string: DCS, SOS, OSC, PM, APC. */
const stringOpeners = new Set([0x90, 0x98, 0x9d, 0x9e, 0x9f])

/**
 * The index after the control that starts at `start`, with the whole sequence that it opens; `start` itself
 * when no control stands there. A sequence that breaks off ends where a terminal would stop reading it, a
 * string (OSC, DCS …) that is never closed takes the rest of the text.
 */
export function endOfControl(text: string, start: number): number {
	const code = text.charCodeAt(start)
	if (code === escape) return endOfEscape(text, start + 1)
	if (code === csi) return endOfCsi(text, start + 1)
	if (stringOpeners.has(code)) return endOfString(text, start + 1)
	return isControl(code) ? start + 1 : start
}

/** Whether a UTF-16 code unit is C0, DEL or C1. */
export function isControl(code: number): boolean {
	return code < 0x20 || (code >= 0x7f && code < 0xa0)
}

function endOfEscape(text: string, start: number): number {
	const code = text.charCodeAt(start)
	// ESC and a byte of columns 4 and 5 is the 7-bit form of a C1 control.
	if (code >= 0x40 && code < 0x60) {
		if (code + 0x40 === csi) return endOfCsi(text, start + 1)
		return stringOpeners.has(code + 0x40) ? endOfString(text, start + 1) : start + 1
	}
	const end = skip(text, start, 0x20, 0x2f)
	return inRange(text.charCodeAt(end), 0x30, 0x7e) ? end + 1 : end
}

function endOfCsi(text: string, start: number): number {
	const end = skip(text, skip(text, start, 0x30, 0x3f), 0x20, 0x2f)
	return inRange(text.charCodeAt(end), 0x40, 0x7e) ? end + 1 : end
}

function endOfString(text: string, start: number): number {
	for (let at = start; at < text.length; at += 1) {
		const code = text.charCodeAt(at)
		if (code === bell || code === stringTerminator || code === cancel || code === substitute) return at + 1
		// ESC ends the string whether or not the backslash of ST follows; what follows is judged on its own.
		if (code === escape) return at
	}
	return text.length
}

function skip(text: string, start: number, low: number, high: number): number {
	let at = start
	while (inRange(text.charCodeAt(at), low, high)) at += 1
	return at
}

function inRange(code: number, low: number, high: number): boolean {
	return code >= low && code <= high
}
