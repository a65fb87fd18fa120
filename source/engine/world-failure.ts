// Failures of the world as values: a system error becomes its code and a sentence.
import type { WorldFailure } from './environment.ts'

/** The stable code of a system error, or `EUNKNOWN`. */
export function errorCode(error: unknown): string {
	if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string')
		return error.code
	return 'EUNKNOWN'
}

/** A system error as a value. */
export function worldFailure(error: unknown): WorldFailure {
	return {
		ok: false,
		code: errorCode(error),
		message: error instanceof Error ? error.message : String(error),
	}
}
