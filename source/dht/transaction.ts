// A query of ours that waits for its answer.
import type { Address } from '../protocol/address.ts'
import type { Family } from './boundary.ts'

/** Who waits for the answer. */
export type Purpose =
	| { readonly type: 'step'; readonly lookup: number; readonly step: number }
	| { readonly type: 'announce'; readonly lookup: number; readonly step: number }
	/** Is it (still) there? */
	| { readonly type: 'check' }
	| { readonly type: 'user'; readonly request: number }

export type Transaction = {
	/** Its id in hexadecimal. */
	readonly key: string
	readonly family: Family
	readonly to: Address
	readonly toKey: string
	readonly sentAt: number
	readonly method: string
	/** What it asks about, in hexadecimal. */
	readonly target: string | undefined
	/** It was told that it is late. */
	late: boolean
	readonly purpose: Purpose
}
