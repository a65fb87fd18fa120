// Waiting that ends with a signal: for work of the disk's that nobody can call off.

/**
 * What `work` comes to, or at once a rejection with the signal's reason. The work goes on then without anybody
 * who waits for it, so it must do no harm: looking and reading, not writing.
 */
export async function unlessAborted<Value>(signal: AbortSignal, work: Promise<Value>): Promise<Value> {
	let stopWaiting: () => void = () => undefined
	const aborted = new Promise<undefined>(resolve => {
		stopWaiting = () => resolve(undefined)
	})
	if (signal.aborted) stopWaiting()
	signal.addEventListener('abort', stopWaiting)
	try {
		const done = await Promise.race([work.then(value => ({ value })), aborted])
		if (done !== undefined) return done.value
		signal.throwIfAborted()
		return await work
	} finally {
		signal.removeEventListener('abort', stopWaiting)
	}
}
