// One name out of a torrent as one element of a path: never a separator, a control, `.` or `..`, never too
// long for a file system, and what Windows cannot hold is replaced there.

/** Longest element in bytes; leaves room for a counter below the 255 of common file systems. */
const maxElementBytes = 240
const maxExtensionBytes = 40

/** Names that need no work: printable ASCII without separators and what Windows refuses, no dot or blank at an end. */
const harmless = /^[\w!#-)+,;=@[\]^`{}~-](?:[\w !#-)+-.;=@[\]^`{}~]{0,98}[\w!#-)+,;=@[\]^`{}~-])?$/u
const dropped = /[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/gu
// Separators of any system, controls, lines, and U+FFFD, which stands for bytes that are no UTF-8.
const replaced = /[/\\\p{Cc}\p{Cs}\u2028\u2029]|\ufffd+/gu
const refusedByWindows = /[<>:"|?*]/gu
const windowsDevice = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])[ .]*(?:\.|$)/iu

/**
 * `name` as a path element: not empty, not `.` or `..`, without separators and controls, at most 240 bytes of
 * UTF-8 with its extension kept. With `windows`, also a name that Windows accepts.
 */
export function safeName(name: string, windows: boolean): string {
	if (harmless.test(name) && !(windows && windowsDevice.test(name))) return name
	let safe = name.replace(dropped, '').replace(replaced, '_')
	if (windows) safe = windowsName(safe)
	safe = shorten(safe)
	// Shortening may have laid bare a blank or a dot at the end.
	if (windows) safe = withoutWindowsEnds(safe)
	if (safe === '' || safe === '.' || safe === '..') return '_'
	return windows && windowsDevice.test(safe) ? `_${safe}` : safe
}

/**
 * What two names have in common that some file system takes for one: Unicode form, case, and the characters
 * and ends that Windows drops or that safeName replaces there.
 */
export function foldName(name: string): string {
	if (harmless.test(name)) return name.toLowerCase()
	const portable = windowsName(name)
	// Upper before lower case folds ß and ss, both sigmas and the long s into one; ẞ must be ß before.
	return portable.normalize('NFC').toLowerCase().toUpperCase().toLowerCase().normalize('NFC')
}

/** `name` with a counter before its extension: `a.1.txt`. */
export function numberedName(name: string, counter: number): string {
	const dot = extensionStart(name)
	return `${name.slice(0, dot)}.${counter}${name.slice(dot)}`
}

/** Whether a path of these elements stays below the directory it is joined to, on any system. */
export function isContained(elements: readonly string[]): boolean {
	return elements.length > 0 && elements.every(element => /^(?!\.{1,2}$)[^/\\\0]+$/u.test(element))
}

/** Bytes that `text` takes as UTF-8; a lone surrogate counts as the three of U+FFFD. */
export function utf8Length(text: string): number {
	let length = 0
	for (const character of text) length += pointLength(character.codePointAt(0) ?? 0)
	return length
}

function windowsName(name: string): string {
	return withoutWindowsEnds(name.replace(refusedByWindows, '_'))
}

/** Windows drops dots and blanks at the end itself, and blanks at the start get lost in its tools. */
function withoutWindowsEnds(name: string): string {
	let start = 0
	let end = name.length
	while (end > start && (name[end - 1] === '.' || name[end - 1] === ' ')) end -= 1
	while (start < end && name[start] === ' ') start += 1
	return name.slice(start, end)
}

function shorten(name: string): string {
	if (name.length * 3 <= maxElementBytes || utf8Length(name) <= maxElementBytes) return name
	const dot = extensionStart(name)
	const extension = name.slice(dot)
	const kept = utf8Length(extension) <= maxExtensionBytes ? extension : ''
	return cutBytes(name.slice(0, dot), maxElementBytes - utf8Length(kept)) + kept
}

function cutBytes(text: string, maxBytes: number): string {
	let bytes = 0
	let end = 0
	for (const character of text) {
		bytes += pointLength(character.codePointAt(0) ?? 0)
		if (bytes > maxBytes) break
		end += character.length
	}
	return text.slice(0, end)
}

/** Where the extension begins with its dot; the end of the name when there is none. */
function extensionStart(name: string): number {
	const dot = name.lastIndexOf('.')
	return dot > 0 ? dot : name.length
}

function pointLength(point: number): number {
	if (point < 0x80) return 1
	if (point < 0x800) return 2
	return point < 0x10000 ? 3 : 4
}
