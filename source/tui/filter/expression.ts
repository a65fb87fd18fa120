// A filter as a value: what the parser makes of the text, what rows are held against, what is printed again.

/** How a number is written and read; `share` is in percent, `time` in ms, `bytes` and `rate` in bytes. */
export type Unit = 'bytes' | 'rate' | 'time' | 'share' | 'count'

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>='
export type TextComparison = '=' | '!=' | '~' | '!~'

export type Expression =
	| { readonly type: 'all'; readonly parts: readonly Expression[] }
	| { readonly type: 'any'; readonly parts: readonly Expression[] }
	| { readonly type: 'not'; readonly part: Expression }
	/** The row's text holds this. */
	| { readonly type: 'word'; readonly text: string }
	/** A yes-or-no field, or whether any other field holds something. */
	| { readonly type: 'has'; readonly field: string }
	| {
			readonly type: 'number'
			readonly field: string
			readonly comparison: Comparison
			readonly value: number
			readonly unit: Unit
	  }
	| {
			readonly type: 'text'
			readonly field: string
			readonly comparison: TextComparison
			readonly text: string
	  }

/** What may be asked of a row, by name; names are of lower-case letters and hyphens. */
export type FieldKind =
	| { readonly type: 'flag' }
	| { readonly type: 'text' }
	| { readonly type: 'number'; readonly unit: Unit }

/** Why a text is no filter: a sentence, and the characters it is about. */
export type FilterFault = {
	readonly message: string
	readonly at: number
	readonly length: number
	/** The text may become a filter when one types on. */
	readonly isUnfinished: boolean
}
