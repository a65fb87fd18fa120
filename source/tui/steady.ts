// What would flicker for nothing: figures that move with every frame are taken anew twice a second only, and lists
// that come as new arrays with the same numbers keep their identity.
import { useRef } from 'react'

/** Between two figures, in ms of a real clock. */
export const steadyMs = 500

export type Steady<Value> = { readonly at: number; readonly value: Value }

/** The value to show at `at`: the one before, if there was any, until `everyMs` went by or the clock went back. */
export function steadied<Value>(
	before: Steady<Value> | undefined,
	next: Steady<Value>,
	everyMs: number,
): Steady<Value> {
	if (before?.value === undefined) return next
	return next.at < before.at || next.at - before.at >= everyMs ? next : before
}

/** As `steadied`, kept by the component. */
export function useSteady<Value>(next: Steady<Value>, everyMs: number): Value {
	const kept = useRef<Steady<Value> | undefined>(undefined)
	kept.current = steadied(kept.current, next, everyMs)
	return kept.current.value
}

/** The list before while `next` holds the same numbers. */
export function useSame(next: readonly number[]): readonly number[] {
	const kept = useRef(next)
	if (!isSame(kept.current, next)) kept.current = next
	return kept.current
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
	if (one === other) return true
	return one.length === other.length && one.every((value, at) => value === other[at])
}
