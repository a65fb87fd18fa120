// A dissected message is a tree of fields. Siblings follow one another without gap or overlap and fill their
// parent, so every byte belongs to exactly one leaf; bits of one byte do the same with their masks. Offsets
// count from the first byte of the message on the wire, also where the bytes themselves were not kept.
import { type SafeText, safe } from '../protocol/safe-text.ts'
import { lengthWords } from './field-words.ts'
import type { LoreName } from './lore.ts'

export type Field = {
	readonly name: SafeText
	/** What the bytes say, for people. */
	readonly value: SafeText
	/** Of the bytes: start ≤ byte < end. */
	readonly start: number
	readonly end: number
	/** The bits of the one byte that the field is; undefined: whole bytes. */
	readonly mask: number | undefined
	readonly children: readonly Field[]
	readonly lore: LoreName | undefined
	/** What is wrong with it, such as `expected 5, got 6`. */
	readonly problem: SafeText | undefined
	/** Better shown closed at first: its parts tell nothing that its value does not tell. */
	readonly folded: boolean
}

/** What is read out of the bytes of a field. */
export type Reading = Partial<Pick<Field, 'lore' | 'problem' | 'children' | 'folded'>> & {
	readonly value: SafeText
}

/** A field of these bytes; a leaf unless the reading has children. */
export function createField(name: SafeText, start: number, end: number, reading: Reading): Field {
	return {
		name,
		start,
		end,
		mask: undefined,
		children: [],
		lore: undefined,
		problem: undefined,
		folded: false,
		...reading,
	}
}

/** A message as a whole: what of it was not kept stands behind the children as a field of its own. */
export function wholeOf(
	name: SafeText,
	{ bytes, totalBytes }: { readonly bytes: Uint8Array; readonly totalBytes: number },
	reading: Reading,
): Field {
	const end = Math.max(totalBytes, bytes.length)
	const { children = [] } = reading
	if (children.length === 0 || bytes.length === end) return createField(name, 0, end, reading)
	const missing = createField(safe`not kept`, bytes.length, end, { value: lengthWords(end - bytes.length) })
	return createField(name, 0, end, { ...reading, children: [...children, missing] })
}

/** Cuts a message into fields from the left; what is asked for beyond its end is not there or is cut off. */
export class FieldCutter {
	readonly #bytes: Uint8Array
	readonly #end: number
	readonly #fields: Field[] = []
	#at: number

	/** `bytes` are those that were kept of `end` bytes. */
	constructor(bytes: Uint8Array, end: number) {
		this.#bytes = bytes
		this.#end = end
		this.#at = 0
	}

	get fields(): readonly Field[] {
		return this.#fields
	}

	/** The next `size` bytes as a field, or as many as there are: then it is named as cut off. */
	take(name: SafeText, size: number, read: (bytes: Uint8Array, at: number) => Reading): void {
		const left = this.#end - this.#at
		if (left <= 0 || size <= 0) return
		const start = this.#at
		const end = start + Math.min(size, left)
		this.#at = end
		if (left < size) {
			const problem = safe`expected ${size} bytes, got ${left}`
			this.#fields.push(createField(name, start, end, { value: safe`cut off`, problem }))
		} else if (end > this.#bytes.length) {
			this.#fields.push(createField(name, start, end, { value: safe`not kept` }))
		} else {
			this.#fields.push(createField(name, start, end, read(this.#bytes.subarray(start, end), start)))
		}
	}

	/** All that is left as one field; `read` is given as much of it as was kept. */
	takeRest(name: SafeText, read: (bytes: Uint8Array, at: number) => Reading): void {
		if (this.#at >= this.#end) return
		const start = this.#at
		this.#at = this.#end
		const kept = this.#bytes.subarray(Math.min(start, this.#bytes.length), this.#end)
		const reading = read(kept, start)
		const keptEnd = start + kept.length
		const { children = [] } = reading
		const whole =
			children.length === 0 || keptEnd === this.#end
				? children
				: [
						...children,
						createField(safe`not kept`, keptEnd, this.#end, { value: lengthWords(this.#end - keptEnd) }),
					]
		this.#fields.push(createField(name, start, this.#end, { ...reading, children: whole }))
	}
}
