// Loaded before a program (node --import) to weigh the heap of its main thread: whoever connects to the socket
// SWARMSCOPE_HEAP gets, after a full collection, the bytes in use as one line.
import { createServer } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread } from 'node:worker_threads'

if (isMainThread) {
	setFlagsFromString('--expose-gc')
	const collect = runInNewContext('gc')
	const server = createServer(socket => {
		// What the first collection finalises, the second frees.
		collect()
		collect()
		socket.end(`${process.memoryUsage().heapUsed}\n`)
		socket.on('error', () => undefined)
	})
	server.listen(process.env.SWARMSCOPE_HEAP)
	server.unref()
}
