// Takes pasted text out of what a terminal sends. In bracketed paste mode (DEC 2004) it stands between two marks, so
// that it cannot be taken for keys; the marks may come in several parts.

/** What was sent, in its order. Pasted text is as it came: it is not safe for a terminal. */
export type Input =
	| { readonly type: 'keys'; readonly text: string }
	| { readonly type: 'paste'; readonly text: string }

export type PasteFilter = {
	/** What the next read makes known; a paste comes as a whole, when it has ended. */
	push(chunk: string): readonly Input[]
}

const start = '\u001b[200~'
const end = '\u001b[201~'
/** Escape is a key and Alt-[ two characters: what may be one of them is not held back. */
const leastHeld = 3
/** Of a paste that is longer than any line of ours, the rest is dropped. */
const maxPasteChars = 65_536
/** By itself it ends a paste whose end was lost: a terminal must always have a way out. */
const interrupt = '\u0003'

export function createPasteFilter(): PasteFilter {
	let held = ''
	/** Of a start that may follow, what has been handed on already. */
	let handedOn = ''
	let pasted: string | undefined

	const readKeys = (text: string, found: Input[]): string => {
		const all = handedOn + text
		const known = handedOn.length
		handedOn = ''
		const at = all.indexOf(start)
		if (at >= 0) {
			addKeys(found, all.slice(known, at))
			pasted = ''
			return all.slice(at + start.length)
		}
		const begun = beginning(all, start)
		const kept = begun.length >= leastHeld ? begun.slice(Math.max(0, known + begun.length - all.length)) : ''
		addKeys(found, all.slice(known, all.length - kept.length))
		handedOn = begun.slice(0, begun.length - kept.length)
		held = kept
		return ''
	}
	const readPaste = (text: string, before: string, found: Input[]): string => {
		const at = text.indexOf(end)
		const kept = at < 0 ? beginning(text, end) : ''
		const all = (before + text.slice(0, at < 0 ? text.length - kept.length : at)).slice(0, maxPasteChars)
		held = kept
		pasted = at < 0 ? all : undefined
		if (at < 0) return ''
		found.push({ type: 'paste', text: all })
		return text.slice(at + end.length)
	}
	return {
		push(chunk) {
			const found: Input[] = []
			if (pasted !== undefined && chunk === interrupt) {
				pasted = undefined
				held = ''
			}
			let text = held + chunk
			held = ''
			while (text !== '') text = pasted === undefined ? readKeys(text, found) : readPaste(text, pasted, found)
			return found
		},
	}
}

function addKeys(found: Input[], text: string): void {
	if (text !== '') found.push({ type: 'keys', text })
}

/** The longest end of `text` with which `mark` begins. */
function beginning(text: string, mark: string): string {
	for (let length = Math.min(mark.length - 1, text.length); length > 0; length -= 1) {
		if (mark.startsWith(text.slice(-length))) return mark.slice(0, length)
	}
	return ''
}
