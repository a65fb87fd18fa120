// A terminal that was closed is let go of before the process ends: at exit Node sets the modes of its standard
// streams back, and aborts, with a core dump and SIGABRT in place of our exit code, when a terminal among them is
// gone. Descriptors that are closed it leaves alone.
import { closeSync } from 'node:fs'
import { isatty } from 'node:tty'

/** Looks at the terminals of now when the process exits. */
export function letGoOfDeadTerminals(): void {
	const terminals = [0, 1, 2].filter(isatty)
	process.on('exit', () => {
		for (const descriptor of terminals) {
			// A terminal that hung up answers no question about its modes.
			if (!isatty(descriptor)) close(descriptor)
		}
	})
}

function close(descriptor: number): void {
	try {
		closeSync(descriptor)
	} catch {
		// Closed already.
	}
}
