// A tracker's URL as people and logs may see it. Passkeys live in user info, path and query; host and
// everything that is plainly a word stay readable.
import { type SafeText, safeText } from '../protocol/safe-text.ts'
import { ownQueryArguments } from '../protocol/http-tracker-url.ts'

const mask = '***'
const secretName = /pass|key|auth|token|secret|sig|cred|session|^uk$|^pid$|^uid$|^trackerid$/iu
const fewestSecretChars = 6
const longWord = /[a-z0-9]{12,}/giu

/** The URL without user info, long keys in path or query, and values of telling names. Never throws. */
export function maskUrl(url: string): SafeText {
	let parsed: URL
	try {
		parsed = new URL(url)
	} catch {
		return safeText('(no valid URL)')
	}
	const user = parsed.username === '' && parsed.password === '' ? '' : `${mask}@`
	return safeText(
		`${parsed.protocol}//${user}${parsed.host}${maskPath(parsed.pathname)}${maskQuery(parsed.search)}`,
	)
}

/** Path and query of a request, masked in the same way; what BEP 3 puts into the query stays. */
export function maskTarget(target: string): string {
	const at = target.indexOf('?')
	if (at < 0) return maskPath(target)
	return maskPath(target.slice(0, at)) + maskQuery(target.slice(at))
}

/** What maskUrl() hides of a URL, as it stands there and decoded, longest first; less than six letters is no secret. */
export function secretsOf(url: string): string[] {
	if (!URL.canParse(url)) return []
	const { username, password, pathname, search } = new URL(url)
	const found = [username, password, ...drawnWords(pathname)]
	for (const pair of search.slice(1).split('&')) {
		const [name, value] = splitPair(pair)
		if (value === undefined) found.push(...drawnWords(pair))
		else if (secretName.test(name)) found.push(value)
		else if (!isOurArgument(name)) found.push(...drawnWords(value))
	}
	const secrets = new Set(found.flatMap(word => [word, decodeSafely(word)]))
	return [...secrets]
		.filter(({ length }) => length >= fewestSecretChars)
		.sort((one, other) => other.length - one.length)
}

function maskPath(path: string): string {
	return path.split('/').map(maskSecrets).join('/')
}

function maskQuery(search: string): string {
	if (search.length < 2) return search
	const pairs = search
		.slice(1)
		.split('&')
		.map(pair => {
			const [name, value] = splitPair(pair)
			if (value === undefined) return maskSecrets(pair)
			if (isOurArgument(name)) return pair
			return `${name}=${secretName.test(name) ? mask : maskSecrets(value)}`
		})
	return `?${pairs.join('&')}`
}

function splitPair(pair: string): [string, string?] {
	const at = pair.indexOf('=')
	return at < 0 ? [pair] : [pair.slice(0, at), pair.slice(at + 1)]
}

// What BEP 3 puts into a request, but for what is between the tracker and us.
function isOurArgument(name: string): boolean {
	return name !== 'key' && name !== 'trackerid' && ownQueryArguments.has(name)
}

function drawnWords(text: string): string[] {
	return (text.match(longWord) ?? []).filter(looksDrawn)
}

function decodeSafely(text: string): string {
	try {
		return decodeURIComponent(text)
	} catch {
		return text
	}
}

// Hexadecimal, base32 and their like: long, and with digits among the letters or without vowels' rhythm.
function maskSecrets(text: string): string {
	return text.replace(longWord, word => (looksDrawn(word) ? mask : word))
}

function looksDrawn(word: string): boolean {
	return /\d/u.test(word) || word.length >= 24 || (/[a-z]/u.test(word) && /[A-Z]/u.test(word.slice(1)))
}
