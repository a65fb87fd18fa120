// Bytes that look like chance and are the same each time.
import { createRandom, nextUint32 } from '../../source/torrent/random.ts'

/** Draws as many bytes as it is asked for. */
export function drawnBytes(seed: number): (length: number) => Uint8Array<ArrayBuffer> {
	const random = createRandom(seed)
	return length => Uint8Array.from({ length }, () => nextUint32(random) & 255)
}
