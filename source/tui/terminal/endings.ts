// Every way in which a process is told to end or to pause, in one place, so that the terminal is given back in
// each. SIGKILL alone cannot be met; `reset` helps then.

export type Ending =
	| { readonly type: 'signal'; readonly signal: NodeJS.Signals }
	| { readonly type: 'crash'; readonly error: unknown }
	| { readonly type: 'terminalGone' }

export type EndingHandlers = {
	readonly onEnding: (ending: Ending) => void
	/** SIGTSTP from outside. */
	readonly onSuspend: () => void
	readonly onContinue: () => void
	/** The process exits now: synchronous work only. */
	readonly onExit: () => void
}

// Beside the usual four those which would end the process before it could give the terminal back.
const endingSignals: readonly NodeJS.Signals[] = [
	'SIGINT',
	'SIGTERM',
	'SIGHUP',
	'SIGQUIT',
	'SIGUSR2',
	'SIGALRM',
	'SIGABRT',
	'SIGXCPU',
	'SIGXFSZ',
	'SIGVTALRM',
]

/** Listens until the returned function is called. */
export function listenForEndings(handlers: EndingHandlers): () => void {
	const onCrash = (error: unknown) => handlers.onEnding({ type: 'crash', error })
	const onSignal = (signal: NodeJS.Signals) => handlers.onEnding({ type: 'signal', signal })
	for (const signal of endingSignals) process.on(signal, onSignal)
	process.on('uncaughtException', onCrash)
	process.on('unhandledRejection', onCrash)
	process.on('exit', handlers.onExit)
	process.on('SIGCONT', handlers.onContinue)
	process.on('SIGTSTP', handlers.onSuspend)
	return () => {
		for (const signal of endingSignals) process.off(signal, onSignal)
		process.off('uncaughtException', onCrash)
		process.off('unhandledRejection', onCrash)
		process.off('exit', handlers.onExit)
		process.off('SIGCONT', handlers.onContinue)
		process.off('SIGTSTP', handlers.onSuspend)
	}
}

/**
 * Stops the whole foreground job, as a shell expects it of Ctrl-Z, and returns when it goes on. `onSuspend` is
 * the listener that would otherwise swallow the signal.
 */
export function stopJob(onSuspend: () => void): void {
	process.off('SIGTSTP', onSuspend)
	try {
		process.kill(0, 'SIGTSTP')
	} finally {
		// The signal takes effect once this tick is over; an orphaned job is not stopped at all.
		setTimeout(() => process.on('SIGTSTP', onSuspend), 20)
	}
}
