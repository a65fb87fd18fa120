// Of WebAssembly only its memory is used, and the types of Node name it without telling what it is.
declare namespace WebAssembly {
	class Memory {
		constructor(descriptor: { readonly initial: number; readonly maximum: number })
		readonly buffer: ArrayBuffer
	}
}
