// A promise and what settles it, apart from each other.

export type Deferred<Value> = { readonly promise: Promise<Value>; resolve(value: Value): void }

export function createDeferred<Value>(): Deferred<Value> {
	let settle: (value: Value) => void = () => undefined
	const promise = new Promise<Value>(resolve => {
		settle = resolve
	})
	return { promise, resolve: value => settle(value) }
}
