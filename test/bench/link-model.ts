// One direction of a slow and long link, as a TCP stream meets it: a bottleneck with a rate and a queue, a way of
// half a round trip, and a sender whose congestion window starts at ten packets, doubles each round trip, then grows
// by one packet, and is halved by a loss, which also holds the stream for the round trip of the repetition.
// Time is an argument, in ms; the caller asks again at `wakeAt`.

export interface LinkShape {
	readonly roundTripMs: number
	readonly megabitsPerSecond: number
	/** Share of packets lost, in percent. */
	readonly lossPercent: number
}

interface Segment {
	readonly bytes: Uint8Array
	readonly arrivesAt: number
}

export interface LinkDirection {
	readonly shape: LinkShape
	readonly bytesPerMs: number
	readonly segmentBytes: number
	readonly mostWindowBytes: number
	windowBytes: number
	/** Above it the window grows by a packet a round trip. */
	thresholdBytes: number
	recoversUntil: number
	bottleneckFreeAt: number
	lastArrivalAt: number
	inFlightBytes: number
	waitingBytes: number
	readonly waiting: Uint8Array[]
	readonly travelling: Segment[]
	readonly unacknowledged: { readonly length: number; readonly ackAt: number }[]
	draw: number
}

export const packetBytes = 1448
const leastQueueBytes = 32 << 10

export function createLinkDirection(shape: LinkShape, seed: number): LinkDirection {
	const bytesPerMs = (shape.megabitsPerSecond * 1e6) / 8 / 1000
	const bandwidthDelayBytes = bytesPerMs * shape.roundTripMs
	return {
		shape,
		bytesPerMs,
		segmentBytes: Math.round(Math.min(Math.max(bytesPerMs, packetBytes), 16_384)),
		// The pipe, and a queue of one more round trip before the bottleneck.
		mostWindowBytes: bandwidthDelayBytes + Math.max(bandwidthDelayBytes, leastQueueBytes),
		windowBytes: 10 * packetBytes,
		thresholdBytes: Number.POSITIVE_INFINITY,
		recoversUntil: 0,
		bottleneckFreeAt: 0,
		lastArrivalAt: 0,
		inFlightBytes: 0,
		waitingBytes: 0,
		waiting: [],
		travelling: [],
		unacknowledged: [],
		draw: seed,
	}
}

/** How much may wait to be sent before the sender has to be held, as a socket's buffer would. */
export function sendBufferBytes(link: LinkDirection): number {
	return Math.max(256 << 10, link.mostWindowBytes)
}

/** Takes bytes that the sender has written. The link keeps them: the caller must not use their memory again. */
export function pushBytes(link: LinkDirection, bytes: Uint8Array): void {
	for (let at = 0; at < bytes.length; at += link.segmentBytes)
		link.waiting.push(bytes.subarray(at, at + link.segmentBytes))
	link.waitingBytes += bytes.length
}

/**
 * Moves everything on to `now`. Returns what has arrived by then, in order, and when to ask again (never when
 * nothing is on its way). `mayReceive` is false while the receiver's own buffer is full.
 */
export function advanceLink(
	link: LinkDirection,
	now: number,
	mayReceive: boolean,
): { readonly arrived: Uint8Array[]; readonly wakeAt: number } {
	acknowledge(link, now)
	if (mayReceive) transmit(link, now)
	const arrivedCount = countLeading(link.travelling, segment => segment.arrivesAt <= now)
	const arrived = link.travelling.splice(0, arrivedCount).map(({ bytes }) => bytes)
	const wakeAt = Math.min(
		link.travelling[0]?.arrivesAt ?? Number.POSITIVE_INFINITY,
		link.unacknowledged[0]?.ackAt ?? Number.POSITIVE_INFINITY,
	)
	return { arrived, wakeAt }
}

function acknowledge(link: LinkDirection, now: number): void {
	const count = countLeading(link.unacknowledged, ({ ackAt }) => ackAt <= now)
	for (const { length } of link.unacknowledged.splice(0, count)) {
		link.inFlightBytes -= length
		const isSlowStart = link.windowBytes < link.thresholdBytes
		link.windowBytes += isSlowStart ? length : (packetBytes * length) / link.windowBytes
		link.windowBytes = Math.min(link.windowBytes, link.mostWindowBytes)
	}
}

function transmit(link: LinkDirection, now: number): void {
	let sent = 0
	for (const bytes of link.waiting) {
		if (link.inFlightBytes >= link.windowBytes) break
		const departsAt = Math.max(now, link.bottleneckFreeAt) + bytes.length / link.bytesPerMs
		link.bottleneckFreeAt = departsAt
		const delayMs = link.shape.roundTripMs / 2 + (isLost(link, bytes.length) ? repeat(link, now) : 0)
		// What comes behind a lost packet waits for its repetition.
		link.lastArrivalAt = Math.max(link.lastArrivalAt, departsAt + delayMs)
		link.travelling.push({ bytes, arrivesAt: link.lastArrivalAt })
		const ackAt = link.lastArrivalAt + link.shape.roundTripMs / 2
		link.unacknowledged.push({ length: bytes.length, ackAt })
		link.inFlightBytes += bytes.length
		link.waitingBytes -= bytes.length
		sent++
	}
	link.waiting.splice(0, sent)
}

function isLost(link: LinkDirection, length: number): boolean {
	if (link.shape.lossPercent === 0) return false
	link.draw = (Math.imul(link.draw, 1_664_525) + 1_013_904_223) >>> 0
	const packets = Math.ceil(length / packetBytes)
	return link.draw / 2 ** 32 < 1 - (1 - link.shape.lossPercent / 100) ** packets
}

/** Halves the window, once a round trip, and returns how much later the lost packet comes. */
function repeat(link: LinkDirection, now: number): number {
	const { roundTripMs } = link.shape
	if (now >= link.recoversUntil) {
		link.windowBytes = Math.max(link.windowBytes / 2, 2 * packetBytes)
		link.thresholdBytes = link.windowBytes
		link.recoversUntil = now + roundTripMs
	}
	return roundTripMs
}

function countLeading<T>(list: readonly T[], holds: (item: T) => boolean): number {
	const count = list.findIndex(item => !holds(item))
	return count === -1 ? list.length : count
}
