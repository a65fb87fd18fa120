// A rate limit: tokens are bytes, they come at the limit's rate, and at most a quarter of a second is saved up. The
// limit holds over any span but for that one burst. Two blocks always fit, or a low limit would stop for good.

import { blockBytes } from '../protocol/message.ts'

const burstMs = 250
const smallestBurstBytes = 2 * blockBytes
// Fractions add up to a whole byte only nearly; a wake at the computed instant must find it there.
const roundingBytes = 1e-3

export type TokenBucket = {
	/** undefined: no limit. 0: nothing passes. */
	bytesPerSecond: number | undefined
	/** May be below 0 after a taking larger than the burst. */
	tokens: number
	filledAt: number | undefined
}

/** A full bucket. */
export function createBucket(bytesPerSecond: number | undefined): TokenBucket {
	return { bytesPerSecond, tokens: burstOf(bytesPerSecond), filledAt: undefined }
}

/** Changes the limit; what was saved up stays, as far as the new burst allows. */
export function setLimit(bucket: TokenBucket, bytesPerSecond: number | undefined, now: number): void {
	fill(bucket, now)
	const unlimited = bucket.bytesPerSecond === undefined
	bucket.bytesPerSecond = bytesPerSecond
	const burst = burstOf(bytesPerSecond)
	bucket.tokens = unlimited ? burst : Math.min(bucket.tokens, burst)
}

/** Takes `bytes` if they may pass now. More than a burst passes when the bucket is full, on credit. */
export function take(bucket: TokenBucket, bytes: number, now: number): boolean {
	if (bucket.bytesPerSecond === undefined) return true
	fill(bucket, now)
	if (bucket.tokens + roundingBytes < needed(bucket, bytes)) return false
	bucket.tokens -= bytes
	return true
}

/** Returns what was taken for something that did not come to pass. */
export function giveBack(bucket: TokenBucket, bytes: number): void {
	bucket.tokens = Math.min(bucket.tokens + bytes, burstOf(bucket.bytesPerSecond))
}

/** Bytes that may pass now: at least 0; Infinity without a limit. */
export function available(bucket: TokenBucket, now: number): number {
	if (bucket.bytesPerSecond === undefined) return Number.POSITIVE_INFINITY
	fill(bucket, now)
	return Math.max(0, Math.floor(bucket.tokens + roundingBytes))
}

/** Whether more is saved up than anybody waits for: then nobody has to wait for a fair share. True without a limit. */
export function isAmple(bucket: TokenBucket, now: number): boolean {
	if (bucket.bytesPerSecond === undefined) return true
	fill(bucket, now)
	return bucket.bytesPerSecond > 0 && bucket.tokens >= burstOf(bucket.bytesPerSecond) / 2
}

/** When `bytes` may pass if nothing else does before: `now` or later, undefined under a limit of 0. */
export function nextAvailableAt(bucket: TokenBucket, bytes: number, now: number): number | undefined {
	if (bucket.bytesPerSecond === undefined) return now
	fill(bucket, now)
	const missing = needed(bucket, bytes) - bucket.tokens
	if (missing <= roundingBytes) return now
	return bucket.bytesPerSecond > 0 ? now + Math.ceil((missing * 1000) / bucket.bytesPerSecond) : undefined
}

function needed(bucket: TokenBucket, bytes: number): number {
	const burst = burstOf(bucket.bytesPerSecond)
	return burst > 0 ? Math.min(bytes, burst) : Number.POSITIVE_INFINITY
}

function burstOf(bytesPerSecond: number | undefined): number {
	if (bytesPerSecond === undefined || bytesPerSecond <= 0) return 0
	return Math.max(smallestBurstBytes, (bytesPerSecond * burstMs) / 1000)
}

function fill(bucket: TokenBucket, now: number): void {
	const elapsedMs = Math.max(0, now - (bucket.filledAt ?? now))
	bucket.filledAt = now
	const rate = bucket.bytesPerSecond ?? 0
	bucket.tokens = Math.min(burstOf(bucket.bytesPerSecond), bucket.tokens + (elapsedMs * rate) / 1000)
}
