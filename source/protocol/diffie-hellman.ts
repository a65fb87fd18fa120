// The key exchange of message stream encryption: Diffie-Hellman over a prime of 768 bits with the generator 2.
// Numbers are 96 bytes on the wire, big-endian, zeros in front included. It hides the stream from equipment that
// looks for BitTorrent; 768 bits and RC4 keep no secret from anybody who means to read it.
import { toHex } from './bytes.ts'
import { ProtocolError } from './errors.ts'

/** Length of a public key and of the shared secret. */
export const publicKeyBytes = 96
/** Length of a private key. */
export const privateKeyBytes = 20

const prime =
	0xffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a63a36210000000000090563n
const generator = 2n
const windowBits = 4n

/** The public key that belongs to a private one. */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array<ArrayBuffer> {
	return toBytes(powerModulo(generator, privateKey))
}

/**
 * The secret that both sides know. Throws a ProtocolError `mse-public-key` for keys that would give it away: 0, 1,
 * p−1, and what is no number modulo p.
 */
export function sharedSecret(theirKey: Uint8Array, privateKey: Uint8Array): Uint8Array<ArrayBuffer> {
	const theirs = toNumber(theirKey)
	if (theirs < 2n || theirs > prime - 2n)
		throw new ProtocolError(
			'mse-public-key',
			'expected a public key from 2 to p-2, got one that hides nothing',
		)
	return toBytes(powerModulo(theirs, privateKey))
}

// Four bits of the exponent at a time: 160 squarings and at most 40 products of 768 bits.
function powerModulo(base: bigint, exponent: Uint8Array): bigint {
	const powers = [1n, base]
	for (let index = 2; index < 1 << Number(windowBits); index += 1)
		powers.push(((powers[index - 1] ?? 1n) * base) % prime)
	let result = 1n
	for (const byte of exponent) {
		for (const digit of [byte >> 4, byte & 15]) {
			for (let bit = 0n; bit < windowBits; bit += 1n) result = (result * result) % prime
			if (digit > 0) result = (result * (powers[digit] ?? 1n)) % prime
		}
	}
	return result
}

function toNumber(bytes: Uint8Array): bigint {
	return BigInt(`0x${toHex(bytes)}`)
}

function toBytes(number: bigint): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(publicKeyBytes)
	const digits = number.toString(16).padStart(publicKeyBytes * 2, '0')
	for (let index = 0; index < bytes.length; index += 1)
		bytes[index] = Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16)
	return bytes
}
