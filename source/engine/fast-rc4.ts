// RC4 at full speed. The buffer that all sockets of this thread read into lies in the memory of the WebAssembly
// code (rc4-code.ts), so what was read is deciphered where it is; anything else passes through a place beside it.
// Where the system gives no such memory, JavaScript does the same at a higher price.
import { applyRc4, type Rc4, rc4Words } from '../protocol/rc4.ts'
import { rc4Module } from './rc4-code.ts'

const pageBytes = 65_536
/** The state has the first page, what passes through the second, the rest is read into. */
const passageAt = pageBytes
const passageBytes = pageBytes
const readBufferAt = 2 * pageBytes
const readBufferBytes = 2 * pageBytes
const pages = (readBufferAt + readBufferBytes) / pageBytes
/** For less, moving the state into the memory and back costs more than it saves. */
const fewBytes = 256

const memory = allocate()
/** Where every socket of this thread reads into. What stands there is anybody's to change until the next read. */
export const readBuffer: Uint8Array<ArrayBuffer> =
	memory === undefined
		? new Uint8Array(readBufferBytes)
		: new Uint8Array(memory.buffer, readBufferAt, readBufferBytes)
const state = memory === undefined ? undefined : new Uint32Array(memory.buffer, 0, rc4Words)
const passage = memory === undefined ? undefined : new Uint8Array(memory.buffer, passageAt, passageBytes)

type Apply = (at: number, length: number) => void
let compiled: Apply | undefined

/** Enciphers or deciphers `bytes` in place and moves on behind them; returns them. */
export function cipherFast(rc4: Rc4, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>
export function cipherFast(rc4: Rc4, bytes: Uint8Array): Uint8Array
export function cipherFast(rc4: Rc4, bytes: Uint8Array): Uint8Array {
	if (memory === undefined || state === undefined || passage === undefined || bytes.length < fewBytes)
		return applyRc4(rc4, bytes)
	compiled ??= compile(memory)
	state.set(rc4.words)
	if (isInReadBuffer(bytes)) compiled(bytes.byteOffset, bytes.length)
	else {
		for (let at = 0; at < bytes.length; at += passageBytes) {
			const part = bytes.subarray(at, at + passageBytes)
			passage.set(part)
			compiled(passageAt, part.length)
			part.set(part.length === passageBytes ? passage : passage.subarray(0, part.length))
		}
	}
	rc4.words.set(state)
	return bytes
}

/** Whether these bytes were read by a socket, and may be changed. */
export function isInReadBuffer(bytes: Uint8Array): boolean {
	return bytes.buffer === readBuffer.buffer && bytes.byteOffset >= readBuffer.byteOffset
}

function allocate(): WebAssembly.Memory | undefined {
	try {
		return new WebAssembly.Memory({ initial: pages, maximum: pages })
	} catch (error) {
		// A limit on address space: it reserves more of that than it holds.
		if (error instanceof RangeError) return undefined
		throw error
	}
}

function compile(environment: WebAssembly.Memory): Apply {
	const module = new WebAssembly.Module(rc4Module())
	const { exports } = new WebAssembly.Instance(module, { environment: { memory: environment } })
	// The export that rc4-code.ts declares, with the parameters that it declares.
	return exports['apply'] as Apply
}
