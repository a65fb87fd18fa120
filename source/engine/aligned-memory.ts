// Memory that a disk can write from past the system's page cache: it begins on a page of the machine. Node says
// of no buffer where it lies, but a WebAssembly memory always begins on a page, and is not shared either.

/** What address and length of a direct write must be a multiple of; no disk asks for more. */
const directAlignment = 4096
/**
 * Its position as well, and of more: the largest page that Linux has. A page of the cache that holds bytes of the
 * piece before could otherwise hold, and show, what was in the place of these.
 */
const largestPageBytes = 65_536
/** A direct write of less is not worth a system call of its own kind. */
const leastDirectBytes = 256 << 10
const wasmPageBytes = 65_536
const arenaBytes = 16 << 20

const arenas = new WeakSet<ArrayBufferLike>()

/**
 * Buffers of `sizeBytes` each, as many as one arena of 16 MiB holds, one at least; undefined where the size is too
 * small or does not divide into pages, or the system gives no such memory.
 */
export function allocateAligned(sizeBytes: number): Uint8Array<ArrayBuffer>[] | undefined {
	if (sizeBytes === 0 || sizeBytes % wasmPageBytes !== 0) return undefined
	const count = Math.max(1, Math.floor(arenaBytes / sizeBytes))
	const pages = (count * sizeBytes) / wasmPageBytes
	let buffer: ArrayBuffer
	try {
		buffer = new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer
	} catch (error) {
		// A limit on address space: it reserves more of that than it holds.
		if (error instanceof RangeError) return undefined
		throw error
	}
	arenas.add(buffer)
	return Array.from({ length: count }, (_, index) => new Uint8Array(buffer, index * sizeBytes, sizeBytes))
}

/** Whether a direct write of these, one after the other, to `position` may be asked for, and is worth it. */
export function isAligned(parts: readonly Uint8Array[], position: number): boolean {
	if (position % largestPageBytes !== 0) return false
	let length = 0
	for (const part of parts) {
		if (part.length % directAlignment !== 0 || part.byteOffset % directAlignment !== 0) return false
		if (!arenas.has(part.buffer)) return false
		length += part.length
	}
	return length >= leastDirectBytes
}
