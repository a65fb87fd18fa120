// Failures of the disk as values, and failures that we find ourselves in the form in which the system reports
// its own.
import type { Outcome } from './environment.ts'
import { worldFailure } from './world-failure.ts'

/** An error with a system code. */
export function systemError(code: string, message: string): Error {
	return Object.assign(new Error(`${code}: ${message}`), { code })
}

/** What the job gives, or the system's error that ended it. Errors without a code are our own and go on. */
export async function outcomeOf<Value>(job: () => Promise<Value>): Promise<Outcome<Value>> {
	try {
		return { ok: true, value: await job() }
	} catch (error) {
		if (!hasCode(error)) throw error
		return worldFailure(error)
	}
}

function hasCode(error: unknown): boolean {
	return error instanceof Error && 'code' in error && typeof error.code === 'string'
}
