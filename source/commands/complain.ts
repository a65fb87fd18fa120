// The one form in which commands report what is wrong.
import { safeText } from '../protocol/safe-text.ts'

/** One line on stderr. */
export function complain(message: string): void {
	process.stderr.write(`swarmscope: ${safeText(message)}\n`)
}
