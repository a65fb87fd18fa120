// The few statistics of the benchmark. Ratios are taken round by round: what else the machine does changes from
// minute to minute, and within a round it is nearly the same for everybody.

/** NaN for no values. */
export function median(values: readonly number[]): number {
	const sorted = [...values].sort((left, right) => left - right)
	const middle = Math.floor(sorted.length / 2)
	const upper = sorted[middle] ?? Number.NaN
	return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

/** A value that belongs to one round of an interleaved run. */
export interface Sample {
	readonly round: number
	readonly value: number
}

/** The median of `left / right` over the rounds that have both; NaN when none has. */
export function pairedRatio(left: readonly Sample[], right: readonly Sample[]): number {
	const others = new Map(right.map(({ round, value }) => [round, value]))
	return median(
		left.flatMap(({ round, value }) => {
			const other = others.get(round)
			return other === undefined ? [] : [value / other]
		}),
	)
}
