// How much memory and how many handles a process holds (Linux), and whether that grows.
import { readdirSync, readFileSync } from 'node:fs'

export type MemorySample = { readonly atS: number; readonly bytes: number; readonly handles: number }

export type Growth = {
	/** The line through the samples: its height where the measured time begins, and its slope. */
	readonly atStartBytes: number
	readonly bytesPerHour: number
	/** What the slope makes of the measured time. */
	readonly bytes: number
	readonly fromS: number
	readonly forS: number
}

const bucketS = 5

/** Resident bytes of a process. */
export function residentBytes(pid: number): number {
	const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
	return Number(kibibytes ?? 0) * 1024
}

/** Open handles of a process. */
export function fileHandles(pid: number): number {
	return readdirSync(`/proc/${pid}/fd`).length
}

/**
 * The growth after the first third, while caches fill and code is compiled. Of every five seconds the least
 * counts: what a collector has not taken yet is no leak. Least squares.
 */
export function growthOf(samples: readonly MemorySample[]): Growth {
	const fromS = (samples.at(-1)?.atS ?? 0) / 3
	const least = new Map<number, number>()
	for (const { atS, bytes } of samples) {
		if (atS < fromS) continue
		const bucket = Math.floor(atS / bucketS) * bucketS
		least.set(bucket, Math.min(least.get(bucket) ?? Number.POSITIVE_INFINITY, bytes))
	}
	const points = [...least]
	const count = Math.max(1, points.length)
	const meanX = points.reduce((sum, [x]) => sum + x, 0) / count
	const meanY = points.reduce((sum, [, y]) => sum + y, 0) / count
	let products = 0
	let squares = 0
	for (const [x, y] of points) {
		products += (x - meanX) * (y - meanY)
		squares += (x - meanX) ** 2
	}
	const slope = squares === 0 ? 0 : products / squares
	const forS = (samples.at(-1)?.atS ?? 0) - fromS
	return {
		atStartBytes: meanY + slope * (fromS - meanX),
		bytesPerHour: slope * 3600,
		bytes: slope * forS,
		fromS,
		forS,
	}
}
