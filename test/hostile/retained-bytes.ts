// What the process really holds: the heap and all buffers after a collection.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes of values that are still in use. */
export function retainedBytes(): number {
	// Buffers are freed in the background after a collection; the next one waits for that.
	collect()
	collect()
	const { heapUsed, arrayBuffers } = process.memoryUsage()
	return heapUsed + arrayBuffers
}
