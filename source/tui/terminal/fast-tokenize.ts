// Stands in for @alcalzone/ansi-tokenize in the bundle. Ink takes every line of every frame apart into styled
// characters and puts them together again; here lines of simple characters take a short way, lines seen in
// the last frames are remembered (bounded), and equal styles are the same array, so comparing is free.
import {
	type StyledChar,
	styledCharsFromTokens as realStyledCharsFromTokens,
	styledCharsToString as realStyledCharsToString,
	type Token,
	tokenize as realTokenize,
} from '@alcalzone/ansi-tokenize'
import { endOfColour } from './fast-width.ts'
import { applySgr, type CellStyle, plainStyle, sgrBetween, sgrParts } from './sgr.ts'
import { simpleWidth } from './simple-characters.ts'

type Styles = StyledChar['styles']

const maxRemembered = 512
let recent = new Map<string, StyledChar[]>()
let older = new Map<string, StyledChar[]>()
const stylesOf = new Map<CellStyle, Styles>()
const styleOf = new WeakMap<Styles, CellStyle>()
const noStyles: Styles = []
styleOf.set(noStyles, plainStyle)
const lineOf = new WeakMap<Token[], StyledChar[]>()

/** As ansi-tokenize's; a line of simple characters comes back as a token list that only this module reads. */
export function tokenize(line: string, end?: number): Token[] {
	if (end !== undefined) return realTokenize(line, end)
	const characters = recall(line)
	if (characters === undefined) return realTokenize(line)
	const tokens: Token[] = []
	lineOf.set(tokens, characters)
	return tokens
}

/** As ansi-tokenize's. */
export function styledCharsFromTokens(tokens: Token[]): StyledChar[] {
	return lineOf.get(tokens) ?? realStyledCharsFromTokens(tokens)
}

/** As ansi-tokenize's, with shorter sequences; links are left to the real one. */
export function styledCharsToString(characters: StyledChar[]): string {
	let text = ''
	let style = plainStyle
	let styles = noStyles
	for (const character of characters) {
		if (character.styles !== styles) {
			const next = toStyle(character.styles)
			if (next === undefined) return realStyledCharsToString(characters)
			text += sgrBetween(style, next)
			style = next
			styles = character.styles
		}
		text += character.value
	}
	return text + sgrBetween(style, plainStyle)
}

function recall(line: string): StyledChar[] | undefined {
	const known = recent.get(line) ?? older.get(line)
	const characters = known ?? toCharacters(line)
	if (characters === undefined) return undefined
	recent.set(line, characters)
	if (recent.size > maxRemembered) {
		older = recent
		recent = new Map()
	}
	return characters
}

function toCharacters(line: string): StyledChar[] | undefined {
	const characters: StyledChar[] = []
	let style = plainStyle
	let styles = noStyles
	for (let at = 0; at < line.length; at += 1) {
		const code = line.charCodeAt(at)
		if (code === 0x1b) {
			const end = endOfColour(line, at)
			if (end < 0) return undefined
			style = applySgr(style, line.slice(at + 2, end))
			styles = toStyles(style)
			at = end
			continue
		}
		const width = simpleWidth(code)
		if (width === 0) return undefined
		characters.push({ type: 'char', value: line.charAt(at), fullWidth: width === 2, styles })
	}
	return characters
}

function toStyles(style: CellStyle): Styles {
	if (style === plainStyle) return noStyles
	let styles = stylesOf.get(style)
	if (styles === undefined) {
		styles = sgrParts(style).map(([code, endCode]) => ({ type: 'ansi', code, endCode }))
		if (stylesOf.size > 4096) stylesOf.clear()
		stylesOf.set(style, styles)
		styleOf.set(styles, style)
	}
	return styles
}

/** Undefined for what is no SGR: a link. */
function toStyle(styles: Styles): CellStyle | undefined {
	if (styles.length === 0) return plainStyle
	const known = styleOf.get(styles)
	if (known !== undefined) return known
	let style = plainStyle
	for (const { code } of styles) {
		const end = endOfColour(code, 0)
		if (end !== code.length - 1) return undefined
		style = applySgr(style, code.slice(2, end))
	}
	return style
}
