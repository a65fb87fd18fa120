// A filter's text cut into words, quoted texts and operators, each with its place. Pure, linear in the text.

export type Token = {
	readonly type: 'word' | 'quoted' | 'sign'
	/** Of a quoted text what stands between the quotes, unescaped. */
	readonly text: string
	readonly at: number
	readonly length: number
	/** A quoted text whose end is missing. */
	readonly isOpen: boolean
}

const twoSigns = ['!=', '<=', '>=', '!~']
const signs = '&|!()<>=~'
/** Characters that end a word. */
const wordEnd = /[\s&|!()<>=~"]/u

/** The tokens of `text` in their order; white space only parts them. */
export function tokenize(text: string): Token[] {
	const tokens: Token[] = []
	let at = 0
	while (at < text.length) {
		const character = text.charAt(at)
		if (/\s/u.test(character)) {
			at += 1
			continue
		}
		const token =
			character === '"' ? quoted(text, at) : signs.includes(character) ? sign(text, at) : word(text, at)
		tokens.push(token)
		at += token.length
	}
	return tokens
}

/** Whether `text` is one word to the tokenizer. */
export function isWord(text: string): boolean {
	return text !== '' && !wordEnd.test(text)
}

/** `text` such that the tokenizer reads it as one quoted text. */
export function quote(text: string): string {
	return `"${text.replaceAll(/["\\]/gu, found => `\\${found}`)}"`
}

function sign(text: string, at: number): Token {
	const two = text.slice(at, at + 2)
	// `&&` and `||` are what programmers type.
	const length = twoSigns.includes(two) || two === '&&' || two === '||' || two === '==' ? 2 : 1
	const found = text.slice(at, at + length)
	const isDoubled = found === '&&' || found === '||' || found === '=='
	return { type: 'sign', text: isDoubled ? found.charAt(0) : found, at, length, isOpen: false }
}

function word(text: string, at: number): Token {
	let end = at + 1
	while (end < text.length && !wordEnd.test(text.charAt(end))) end += 1
	return { type: 'word', text: text.slice(at, end), at, length: end - at, isOpen: false }
}

function quoted(text: string, at: number): Token {
	let content = ''
	let end = at + 1
	while (end < text.length && text.charAt(end) !== '"') {
		if (text.charAt(end) === '\\' && end + 1 < text.length) end += 1
		content += text.charAt(end)
		end += 1
	}
	const isOpen = end >= text.length
	return { type: 'quoted', text: content, at, length: Math.min(end + 1, text.length) - at, isOpen }
}
