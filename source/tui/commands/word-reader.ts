// Takes the words of a command line one after the other. The first that is refused is the fault; what comes after
// it is not looked at any more, so that who reads need not ask after each word.
import type { FilterFault } from '../filter/expression.ts'
import { nearest } from '../nearest.ts'

export type WordReader = {
	/** The next word as `read` has it; undefined when it is missing or `read` has nothing for it. */
	value<Value>(expected: string, read: (word: string) => Value | undefined): Value | undefined
	/** The next word, which has to be one of `names`. */
	choice<Name extends string>(expected: string, names: readonly Name[]): Name | undefined
	/** The next word, whatever it is. */
	optional(): string | undefined
	hasMore(): boolean
	/** Where the rest of the line starts, which somebody else reads. */
	rest(): number
	refuse(fault: FilterFault): void
	/** What was refused first; words that are left are too many. */
	finish(): FilterFault | undefined
}

/** Numbers and addresses are no faults before they are whole. */
const isStart = (word: string) => /^[\d.:[\]]+$/u.test(word)

export function createWordReader(text: string): WordReader {
	const words = [...text.matchAll(/\S+/gu)].map(match => ({ text: match[0], at: match.index }))
	let next = 0
	let fault: FilterFault | undefined
	const refuse = (refused: FilterFault) => {
		fault ??= refused
	}
	const value = <Value>(expected: string, read: (word: string) => Value | undefined): Value | undefined => {
		const word = words[next]
		next += 1
		if (word === undefined) {
			refuse({ message: `expected ${expected}, got the end`, at: text.length, length: 1, isUnfinished: true })
			return undefined
		}
		const found = read(word.text)
		if (found !== undefined) return found
		const isLast = next === words.length && word.at + word.text.length === text.length
		refuse({
			message: `expected ${expected}, got ${word.text}`,
			at: word.at,
			length: word.text.length,
			isUnfinished: isLast && isStart(word.text),
		})
		return undefined
	}
	const choice = <Name extends string>(expected: string, names: readonly Name[]): Name | undefined => {
		const word = words[next]?.text.toLowerCase() ?? ''
		const found = value(expected, () => names.find(name => name === word))
		if (found !== undefined) return found
		if (fault !== undefined && word !== '' && fault.at === words[next - 1]?.at) {
			const isUnfinished =
				next === words.length && !/\s$/u.test(text) && names.some(name => name.startsWith(word))
			const meant = isUnfinished ? undefined : nearest(word, names)
			fault = {
				...fault,
				isUnfinished,
				message: `${fault.message}${meant === undefined ? '' : `; did you mean ${meant}?`}`,
			}
		}
		return undefined
	}
	return {
		refuse,
		value,
		choice,
		hasMore: () => next < words.length,
		optional: () => {
			next += 1
			return words[next - 1]?.text
		},
		/** Where the rest of the line starts; nothing is left after it. */
		rest: () => {
			const start = words[next]?.at ?? text.length
			next = words.length
			return start
		},
		finish: (): FilterFault | undefined => {
			const surplus = words[next]
			if (surplus !== undefined) {
				const { text: got, at } = surplus
				refuse({ message: `expected the end, got ${got}`, at, length: got.length, isUnfinished: false })
			}
			return fault
		},
	}
}
