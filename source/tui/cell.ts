// A value that tells when it changes: the smallest store there is.

export type Cell<State> = {
	readonly get: () => State
	readonly subscribe: (listener: () => void) => () => void
	/** Replaces the value; nobody is told when it stays the same. */
	change(next: (state: State) => State): void
}

export function createCell<State>(first: State): Cell<State> {
	const listeners = new Set<() => void>()
	let state = first
	return {
		get: () => state,
		subscribe(listener) {
			listeners.add(listener)
			return () => listeners.delete(listener)
		},
		change(next) {
			const changed = next(state)
			if (Object.is(changed, state)) return
			state = changed
			for (const listener of listeners) listener()
		},
	}
}
