// CRC-32C (Castagnoli), as BEP 40 and BEP 42 take it of a few bytes.

/** CRC-32C of the bytes, as an unsigned number. */
export function crc32c(bytes: Uint8Array): number {
	let crc = 0xffffffff
	for (const byte of bytes) {
		crc ^= byte
		for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
	}
	return (crc ^ 0xffffffff) >>> 0
}
