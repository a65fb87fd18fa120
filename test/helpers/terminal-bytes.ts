// Reads what a program sent to a terminal against a whitelist: printable characters, and of escape sequences
// exactly those that our writer uses, where it uses them. Whatever else comes is named with where it stands and
// what stands around it. It knows nothing of source/: what that takes for harmless is not taken for granted.

export type TerminalState = {
	readonly alternate: boolean
	readonly cursorVisible: boolean
	/** Whether pasted text comes between marks (DEC 2004). */
	readonly marksPastes: boolean
	/** Between the two marks of DEC 2026. */
	readonly inFrame: boolean
	/** Whether letters come out plain. */
	readonly plain: boolean
	/** Titles kept on the terminal's stack and not taken back. */
	readonly titlesKept: number
	/** Whether progress stands on the tab (OSC 9;4). */
	readonly progress: boolean
}

/** The terminal as a shell has it. */
export const untouched: TerminalState = {
	alternate: false,
	cursorVisible: true,
	marksPastes: false,
	inFrame: false,
	plain: true,
	titlesKept: 0,
	progress: false,
}

/** What a user can ask to be told beside the screen; each is a fault when it was not asked for. */
export type Telling = 'title' | 'notification' | 'progress' | 'bell' | 'clipboard'

export type TerminalReading = {
	/** One line a fault, a few at most. */
	readonly faults: readonly string[]
	readonly state: TerminalState
	/** Each that was sent, its text without what leads in and ends it. */
	readonly told: Readonly<Record<Telling, readonly string[]>>
}

const maxFaults = 20
const maxMarks = 4
/** Controls, surrogates, and whatever is drawn with no width, turns the direction of letters or joins them. */
const unprintable =
	/[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Noncharacter_Code_Point}\u2028\u2029\ufff9-\ufffb\u20e3]/u
const mark = /\p{M}/u
const sequence = /^\u001b(?:\[([0-9;?]*)([A-Za-z])|\]([^\u0000-\u001f\u007f-\u009f]*)\u001b\\)/u
const clipboard = /^52;c;[A-Za-z0-9+/]*={0,2}$/u
const progress = /^9;4;([0-4]);(?:\d|[1-9]\d|100)$/u

/** Reads the bytes of a terminal that was `untouched` before. */
export function readTerminal(bytes: Uint8Array, asked: readonly Telling[] = []): TerminalReading {
	return new Reader(bytes, asked).read()
}

/** Faults of text that goes to no terminal of ours but may be shown on one: lines, JSON, a log. */
export function faultsOfLines(bytes: Uint8Array): readonly string[] {
	const { faults, state } = readTerminal(bytes)
	return state === untouched ? faults : [...faults, 'a sequence in lines']
}

class Reader {
	readonly #bytes: Uint8Array
	readonly #asked: ReadonlySet<Telling>
	readonly #faults: string[] = []
	readonly #told: Record<Telling, string[]> = {
		title: [],
		notification: [],
		progress: [],
		bell: [],
		clipboard: [],
	}
	#state = untouched

	constructor(bytes: Uint8Array, asked: readonly Telling[]) {
		this.#bytes = bytes
		this.#asked = new Set(asked)
	}

	read(): TerminalReading {
		const text = this.#decode()
		let at = 0
		let marks = maxMarks
		while (at < text.length && this.#faults.length < maxFaults) {
			const point = text.codePointAt(at) ?? 0
			const character = String.fromCodePoint(point)
			marks = mark.test(character) ? marks + 1 : 0
			if (marks > maxMarks) this.#fault(text, at, 'marks piled up')
			if (point === 0x1b) at += this.#sequence(text, at)
			else {
				this.#character(text, at, character)
				at += character.length
			}
		}
		return { faults: this.#faults, state: this.#state, told: this.#told }
	}

	/** Ill-formed UTF-8 is a fault of its own; the rest is read on. */
	#decode(): string {
		try {
			return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.#bytes)
		} catch {
			const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.#bytes)
			const at = text.indexOf('\ufffd')
			this.#fault(text, Math.max(0, at), 'ill-formed UTF-8')
			return text
		}
	}

	#character(text: string, at: number, character: string): void {
		const { alternate, inFrame } = this.#state
		// The terminal's driver makes CR LF of a line feed; on the screen there is neither.
		if ((character === '\n' || character === '\r') && !alternate) return
		if (character === '\u0007') this.#tell(text, at, 'bell', '')
		else if (unprintable.test(character)) this.#fault(text, at, `U+${hexOf(character)}`)
		else if (alternate && !inFrame) this.#fault(text, at, 'text outside of a frame')
	}

	/** Returns how long it is. */
	#sequence(text: string, at: number): number {
		const found = sequence.exec(text.slice(at, at + 2048))
		if (found === null) {
			this.#fault(text, at, 'a sequence that is none of ours')
			return 1
		}
		const [whole, parameters, final, words] = found
		if (words !== undefined) this.#command(text, at, words)
		else if (!this.#control(parameters ?? '', final ?? '')) {
			this.#fault(text, at, `a sequence that is none of ours or not here: ESC [ ${parameters} ${final}`)
		}
		return whole.length
	}

	#control(parameters: string, final: string): boolean {
		const state = this.#state
		const { alternate, inFrame } = state
		switch (final) {
			case 'm':
				if (!isColour(parameters)) return false
				this.#set({ plain: parameters === '' })
				return inFrame || (parameters === '' && alternate)
			case 'H':
				return inFrame && /^[1-9]\d*;[1-9]\d*$/u.test(parameters)
			case 'G':
				return inFrame && /^[1-9]\d*$/u.test(parameters)
			case 't':
				if (!this.#asked.has('title')) return false
				if (parameters === '22;2') this.#set({ titlesKept: state.titlesKept + 1 })
				else if (parameters === '23;2') this.#set({ titlesKept: state.titlesKept - 1 })
				else return false
				return true
			case 'h':
			case 'l':
				return this.#mode(parameters, final === 'h')
			default:
				return false
		}
	}

	#mode(name: string, on: boolean): boolean {
		const { alternate, inFrame, cursorVisible, marksPastes } = this.#state
		switch (name) {
			case '?1049':
				this.#set({ alternate: on })
				return alternate !== on && !inFrame
			case '?25':
				this.#set({ cursorVisible: on })
				return alternate && !inFrame && cursorVisible !== on
			case '?2004':
				this.#set({ marksPastes: on })
				return alternate && !inFrame && marksPastes !== on
			case '?2026':
				this.#set({ inFrame: on })
				return alternate && inFrame !== on
			default:
				return false
		}
	}

	/** OSC: what was asked for, and only that. */
	#command(text: string, at: number, words: string): void {
		for (const character of words) {
			if (unprintable.test(character)) this.#fault(text, at, `U+${hexOf(character)} in a command`)
		}
		const step = progress.exec(words)
		if (words.startsWith('2;')) this.#tell(text, at, 'title', words.slice(2))
		else if (step !== null) {
			this.#set({ progress: step[1] !== '0' })
			this.#tell(text, at, 'progress', words.slice(4))
		} else if (/^9;\D/u.test(words)) this.#tell(text, at, 'notification', words.slice(2))
		else if (clipboard.test(words)) this.#tell(text, at, 'clipboard', words.slice(5))
		else this.#fault(text, at, 'a command that is none of ours')
	}

	#tell(text: string, at: number, what: Telling, words: string): void {
		this.#told[what].push(words)
		if (!this.#asked.has(what)) this.#fault(text, at, `${what} that nobody asked for`)
	}

	#set(change: Partial<TerminalState>): void {
		this.#state = { ...this.#state, ...change }
	}

	#fault(text: string, at: number, what: string): void {
		const around = JSON.stringify(text.slice(Math.max(0, at - 40), at + 40))
		this.#faults.push(`${what} at ${at}: ${around}`)
	}
}

/** Attributes that we use, of our own and of the 256 colours. Blinking and concealed letters are not among them. */
function isColour(parameters: string): boolean {
	const codes = parameters.replaceAll(/(?:^|;)[34]8;5;(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])(?=;|$)/gu, '')
	return codes
		.split(';')
		.filter(code => code !== '')
		.every(code => /^(?:[123479]|2[234579]|[34][0-79]|9[0-7]|10[0-7])$/u.test(code))
}

function hexOf(character: string): string {
	return (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')
}
