// Bytes and text, without Buffer. The pure layers compile without any host type, so the two codecs that
// every host has are declared here.

declare class TextEncoder {
	encode(text: string): Uint8Array<ArrayBuffer>
}
declare class TextDecoder {
	constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean })
	decode(bytes: Uint8Array): string
}

const encoder = new TextEncoder()
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lenientDecoder = new TextDecoder('utf-8', { ignoreBOM: true })
const hexDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Text to UTF-8; lone surrogates become U+FFFD. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
	return encoder.encode(text)
}

/** UTF-8 to text; ill-formed sequences become U+FFFD, a byte order mark is kept. */
export function fromUtf8(bytes: Uint8Array): string {
	return lenientDecoder.decode(bytes)
}

/** UTF-8 to text, or undefined where the bytes are not well-formed UTF-8. */
export function fromStrictUtf8(bytes: Uint8Array): string | undefined {
	try {
		return strictDecoder.decode(bytes)
	} catch {
		return undefined
	}
}

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
	let text = ''
	for (const byte of bytes) text += hexDigits[byte] ?? ''
	return text
}

/** The bytes that an even number of hexadecimal digits stand for; throws a RangeError on anything else. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
	if (text.length % 2 !== 0 || !/^[0-9a-f]*$/iu.test(text))
		throw new RangeError(`expected hexadecimal, got ${text}`)
	const bytes = new Uint8Array(text.length / 2)
	for (let index = 0; index < bytes.length; index += 1) {
		bytes[index] = Number.parseInt(text.slice(index * 2, index * 2 + 2), 16)
	}
	return bytes
}

/** Whether two byte strings are equal. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
	if (a.length !== b.length) return false
	for (let index = 0; index < a.length; index += 1) {
		if (a[index] !== b[index]) return false
	}
	return true
}

/** Order of raw bytes, as bencode sorts its keys (BEP 3): negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
	const common = Math.min(a.length, b.length)
	for (let index = 0; index < common; index += 1) {
		const difference = (a[index] ?? 0) - (b[index] ?? 0)
		if (difference !== 0) return difference
	}
	return a.length - b.length
}

/** The parts one after the other. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
	let total = 0
	for (const part of parts) total += part.length
	const whole = new Uint8Array(total)
	let offset = 0
	for (const part of parts) {
		whole.set(part, offset)
		offset += part.length
	}
	return whole
}
