// Bytes that may be sent: so many a second over all (threats U3), of which a second's worth is saved up. Half of
// that is kept for what we ask ourselves, so that no flood of questions keeps us from our own lookups.

export type SendBudget = {
	readonly bytesPerSecond: number
	tokens: number
	filledAt: number
}

/** A full second's worth. */
export function createSendBudget(bytesPerSecond: number, now: number): SendBudget {
	return { bytesPerSecond, tokens: bytesPerSecond, filledAt: now }
}

/** Takes the bytes of an answer to a stranger, or refuses. */
export function takeForAnswer(budget: SendBudget, bytes: number, now: number): boolean {
	return take(budget, bytes, budget.bytesPerSecond / 2, now)
}

/** Whether an answer of any size could be sent. */
export function mayAnswer(budget: SendBudget, now: number): boolean {
	fill(budget, now)
	return budget.tokens > budget.bytesPerSecond / 2
}

/** Takes the bytes of a query of our own, or refuses. */
export function takeForQuery(budget: SendBudget, bytes: number, now: number): boolean {
	return take(budget, bytes, 0, now)
}

/** When so many bytes may be sent as a query. */
export function queryReadyAt(budget: SendBudget, bytes: number, now: number): number {
	fill(budget, now)
	return now + Math.max(0, Math.ceil(((bytes - budget.tokens) * 1000) / budget.bytesPerSecond))
}

function take(budget: SendBudget, bytes: number, reserve: number, now: number): boolean {
	fill(budget, now)
	if (budget.tokens - bytes < reserve) return false
	budget.tokens -= bytes
	return true
}

function fill(budget: SendBudget, now: number): void {
	const elapsedMs = Math.max(0, now - budget.filledAt)
	budget.filledAt = now
	budget.tokens = Math.min(budget.bytesPerSecond, budget.tokens + (elapsedMs * budget.bytesPerSecond) / 1000)
}
