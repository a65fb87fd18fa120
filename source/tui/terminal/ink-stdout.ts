// The terminal that Ink believes to write to. With `debug: true` Ink writes one whole frame straight after it
// calls `onRender`; that one write is taken, everything else that Ink would send is let go.
import { EventEmitter } from 'node:events'
import type { FrameSize } from './frame-writer.ts'

export type InkStdout = {
	/** For Ink's `stdout` option. */
	readonly stream: NodeJS.WriteStream
	/** For Ink's `onRender` option. */
	readonly onRender: () => void
}

/** `show` gets each frame. Ink hears of no resize: the application renders again with the new size instead. */
export function createInkStdout(size: () => FrameSize, show: (frame: string) => void): InkStdout {
	let expectsFrame = false
	const stream = Object.assign(new EventEmitter(), {
		isTTY: true,
		writable: true,
		write(text: string, done?: unknown): boolean {
			if (expectsFrame) {
				expectsFrame = false
				show(text)
			}
			if (typeof done === 'function') queueMicrotask(() => void Reflect.apply(done, undefined, []))
			return true
		},
	})
	Object.defineProperty(stream, 'columns', { get: () => size().columns })
	Object.defineProperty(stream, 'rows', { get: () => size().rows })
	return {
		// Ink uses of a stream what is defined above.
		stream: stream as unknown as NodeJS.WriteStream,
		onRender: () => {
			expectsFrame = true
			queueMicrotask(() => {
				expectsFrame = false
			})
		},
	}
}
