// Failures that we find ourselves, in the form in which the system reports its own.

/** An error with a system code. */
export function systemError(code: string, message: string): Error {
	return Object.assign(new Error(`${code}: ${message}`), { code })
}
