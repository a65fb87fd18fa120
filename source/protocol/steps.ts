// A long computation in short steps: a generator that yields nothing now and then, so that whoever runs it can
// let the event loop go on in between, or run it through at once.

/** Yields every few milliseconds of work; returns the result. */
export type Steps<Result> = Generator<undefined, Result, undefined>

/** Runs a computation to its end without a pause. */
export function finishSteps<Result>(steps: Steps<Result>): Result {
	let step = steps.next()
	while (step.done !== true) step = steps.next()
	return step.value
}
