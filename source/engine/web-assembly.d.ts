// Of WebAssembly only this is used, and the types of Node name it without telling what it is.
declare namespace WebAssembly {
	class Memory {
		constructor(descriptor: { readonly initial: number; readonly maximum: number })
		readonly buffer: ArrayBuffer
	}
	type Module = object
	const Module: new (bytes: Uint8Array<ArrayBuffer>) => Module
	class Instance {
		constructor(module: Module, imports: Readonly<Record<string, Readonly<Record<string, Memory>>>>)
		readonly exports: Readonly<Record<string, unknown>>
	}
}
