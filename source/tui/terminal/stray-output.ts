// Catches what our own process prints while the screen is up: console.*, warnings of Node, libraries. One line
// of it on the terminal would tear the picture; it goes to the event pane instead.
import { type SafeText, safeText } from '../../protocol/safe-text.ts'

type Output = Pick<NodeJS.WriteStream, 'write'>
type WarningListener = (warning: Error) => void

/** Diverts stdout, stderr and warnings to `onLine` until the returned function is called. */
export function catchStrayOutput(outputs: readonly Output[], onLine: (line: SafeText) => void): () => void {
	const restore = outputs.map(output => divert(output, onLine))
	// Node prints warnings past stderr.write, from a listener of its own.
	const listeners = process.listeners('warning')
	const onWarning: WarningListener = warning => onLine(safeText(`${warning.name}: ${warning.message}`))
	process.removeAllListeners('warning')
	process.on('warning', onWarning)
	return () => {
		for (const undo of restore) undo()
		process.removeListener('warning', onWarning)
		for (const listener of listeners) process.on('warning', listener)
	}
}

function divert(output: Output, onLine: (line: SafeText) => void): () => void {
	const original = output.write
	const write = (chunk: unknown, encoding?: unknown, done?: unknown): boolean => {
		const text =
			typeof chunk === 'string' ? chunk : chunk instanceof Uint8Array ? Buffer.from(chunk).toString() : ''
		for (const line of text.split('\n')) {
			if (line.trim() !== '') onLine(safeText(line))
		}
		const callback = typeof encoding === 'function' ? encoding : done
		if (typeof callback === 'function') queueMicrotask(() => void Reflect.apply(callback, undefined, []))
		return true
	}
	output.write = write
	return () => {
		output.write = original
	}
}
