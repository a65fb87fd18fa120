// Updates on their way to whoever listens.
import type { Update } from './api.ts'

/** Keeps updates until somebody listens. A crash is told once. */
export function createMailbox(): {
	post(update: Update): void
	listen(listener: (update: Update) => void): void
} {
	const waiting: Update[] = []
	let listener: ((update: Update) => void) | undefined
	let crashed = false
	return {
		post(update) {
			if (crashed) return
			crashed = update.type === 'crashed'
			if (listener === undefined) waiting.push(update)
			else listener(update)
		},
		listen(next) {
			listener = next
			for (const update of waiting.splice(0)) next(update)
		},
	}
}
