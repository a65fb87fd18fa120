// Long work in slices, so that the loop goes on in between (threats S6).
import type { Environment } from './environment.ts'

const firstSliceMs = 10

/** Runs `steps` to their end. Rejects with the signal's reason when aborted, and with what the steps throw. */
export async function inSlices<Value>(
	steps: Generator<undefined, Value, undefined>,
	{ environment, signal }: { readonly environment: Pick<Environment, 'clock'>; readonly signal: AbortSignal },
): Promise<Value> {
	const { clock } = environment
	const until = clock.now() + firstSliceMs * clock.speed
	for (let step = steps.next(); ; step = steps.next()) {
		if (step.done === true) return step.value
		if (clock.now() >= until) break
	}
	for (;;) {
		await new Promise<void>(resolve => void clock.after(0, resolve))
		signal.throwIfAborted()
		const step = steps.next()
		if (step.done === true) return step.value
	}
}
