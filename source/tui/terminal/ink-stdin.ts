// The keyboard that Ink believes to read: the terminal's, without what was pasted. Ink would take pasted text for
// keys.
import { createPasteFilter, type Input } from './paste-filter.ts'

/** For Ink's `stdin` option. `onPaste` gets what was pasted, as it came, between the keys before and after it. */
export function createInkStdin(stdin: NodeJS.ReadStream, onPaste: (text: string) => void): NodeJS.ReadStream {
	const filter = createPasteFilter()
	const waiting: Input[] = []
	const read = (): string | null => {
		for (;;) {
			const next = waiting.shift()
			if (next?.type === 'keys') return next.text
			if (next?.type === 'paste') {
				onPaste(next.text)
				continue
			}
			const chunk: unknown = stdin.read()
			if (typeof chunk !== 'string') return null
			waiting.push(...filter.push(chunk))
		}
	}
	const handler: ProxyHandler<NodeJS.ReadStream> = {
		get(target, name) {
			if (name === 'read') return read
			const value: unknown = Reflect.get(target, name)
			if (typeof value !== 'function') return value
			return (...args: unknown[]): unknown => Reflect.apply(value, target, args)
		},
	}
	return new Proxy(stdin, handler)
}
