// The heap of a running program's main thread, weighed from outside: see heap-gauge.js.
import { connect } from 'node:net'

const gauge = new URL('heap-gauge.js', import.meta.url)

/** What a program needs in its environment to be weighed through the socket at `path`. */
export function weighable(path: string): Readonly<Record<string, string>> {
	return { SWARMSCOPE_HEAP: path, NODE_OPTIONS: `--import=${gauge.href}` }
}

/** Bytes in use after a full collection. */
export async function weighHeap(path: string): Promise<number> {
	let text = ''
	for await (const part of connect(path).setEncoding('utf8')) text += String(part)
	return Number(text)
}
