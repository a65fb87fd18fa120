// Where a peer listens, and where an address leads: RFC 6890 ranges, RFC 5952 text. Whoever was told an
// address by a stranger asks dialObstacle() before dialling: nobody may point us at somebody's local net.

/** An endpoint: `host` is canonical IPv4 or IPv6 text or a name, `port` an integer of 16 bits. */
export type Address = { readonly host: string; readonly port: number }

/** Where a host lies; `name` is a host name that has to be resolved before anything can be said. */
export type HostClass =
	| 'global'
	| 'private'
	| 'linkLocal'
	| 'loopback'
	| 'unspecified'
	| 'multicast'
	| 'reserved'
	| 'name'

/** Who named an address: the user, or somebody (tracker, peer) who is reached over a host of this class. */
export type AddressSource = 'user' | HostClass

/** Why an address is not dialled. */
export type DialObstacle =
	| 'portZero'
	| 'portPrivileged'
	| 'notAnAddress'
	| 'notUnicast'
	| 'loopbackFromOutside'
	| 'localFromOutside'

/**
 * The bytes of an IPv4 (4) or IPv6 (16) address, undefined for anything else. IPv4-mapped IPv6 becomes IPv4
 * (RFC 4291 §2.5.5.2), a zone (`%eth0`) is left out, and forms such as `127.1` or `0x7f.1` are no addresses.
 */
export function parseHost(host: string): Uint8Array | undefined {
	if (!host.includes(':')) return parseIpv4(host)
	const bytes = parseIpv6(host.replace(/%.*$/su, ''))
	return bytes !== undefined && isMapped(bytes) ? bytes.subarray(12) : bytes
}

/**
 * Canonical text of an address of 4 or 16 bytes (RFC 5952); IPv4-mapped IPv6 is written as IPv4, so that one
 * peer has one name. Throws a RangeError for other lengths.
 */
export function formatHost(bytes: Uint8Array): string {
	if (bytes.length === 4) return bytes.join('.')
	if (bytes.length !== 16) throw new RangeError(`expected an address of 4 or 16 bytes, got ${bytes.length}`)
	return isMapped(bytes) ? bytes.subarray(12).join('.') : formatIpv6(bytes)
}

/** Where the host lies. Addresses that carry an IPv4 address (NAT64, 6to4) lie where that one lies. */
export function classifyHost(host: string): HostClass {
	const bytes = parseHost(host)
	if (bytes === undefined) return /^(?:.+\.)?localhost\.?$/iu.test(host) ? 'loopback' : 'name'
	return bytes.length === 4 ? classifyIpv4(bytes) : classifyIpv6(bytes)
}

/** The same text for the same endpoint however it was written: `1.2.3.4:6881`, `[2001:db8::1]:6881`. */
export function addressKey(address: Address): string {
	const bytes = parseHost(address.host)
	const host = bytes === undefined ? address.host.toLowerCase() : formatHost(bytes)
	return host.includes(':') ? `[${host}]:${address.port}` : `${host}:${address.port}`
}

/**
 * One name for all the addresses that a stranger has at will: of IPv6 a whole /64, else the host. Where many share
 * a /64 (on a link, in a local net, on this machine, behind a translator from IPv4, RFC 6052) an address stands for itself.
 */
export function networkKey(host: string): string {
	const bytes = parseHost(host)
	if (bytes === undefined) return host.toLowerCase()
	if (bytes.length === 4 || isShared(bytes)) return formatHost(bytes)
	return `${formatIpv6(bytes.map((byte, at) => (at < 8 ? byte : 0)))}/64`
}

function isShared(bytes: Uint8Array): boolean {
	const kind = classifyIpv6(bytes)
	return kind === 'linkLocal' || kind === 'private' || kind === 'loopback' || startsWith(bytes, nat64Prefix)
}

/**
 * Why an address that `source` named must not be dialled, or undefined when it may. What the user names is
 * refused only where nobody can listen. A loopback source may name anything, a source on the local net no
 * loopback, one on the open internet neither (it would aim us at services that trust their own net).
 */
export function dialObstacle(address: Address, source: AddressSource): DialObstacle | undefined {
	if (address.port === 0) return 'portZero'
	const target = classifyHost(address.host)
	switch (target) {
		case 'name':
			return 'notAnAddress'
		case 'unspecified':
		case 'multicast':
		case 'reserved':
			return 'notUnicast'
		case 'loopback':
			return source === 'user' || source === 'loopback' ? undefined : 'loopbackFromOutside'
		case 'private':
		case 'linkLocal':
			return isLocalSource(source) ? privilegedPort(address, source) : 'localFromOutside'
		case 'global':
			return privilegedPort(address, source)
	}
}

/** Whether an address that `source` named may be dialled; see dialObstacle(). */
export function isDialable(address: Address, source: AddressSource): boolean {
	return dialObstacle(address, source) === undefined
}

function isLocalSource(source: AddressSource): boolean {
	return source === 'user' || source === 'loopback' || source === 'private' || source === 'linkLocal'
}

// Below 1024 other protocols listen; a swarm full of such addresses is somebody's attack on them.
function privilegedPort(address: Address, source: AddressSource): DialObstacle | undefined {
	return address.port < 1024 && source !== 'user' ? 'portPrivileged' : undefined
}

function classifyIpv4(bytes: Uint8Array): HostClass {
	const [first = 0, second = 0] = bytes
	if (first === 0) return 'unspecified'
	if (first === 127) return 'loopback'
	if (first === 10 || (first === 172 && second >>> 4 === 1) || (first === 192 && second === 168)) {
		return 'private'
	}
	// Shared address space behind a carrier's NAT (RFC 6598): not ours, not the internet's.
	if (first === 100 && second >>> 6 === 1) return 'private'
	if (first === 169 && second === 254) return 'linkLocal'
	if (first >= 240) return 'reserved'
	return first >= 224 ? 'multicast' : 'global'
}

function classifyIpv6(bytes: Uint8Array): HostClass {
	const [first = 0, second = 0] = bytes
	if (first === 0xff) return 'multicast'
	if (first === 0xfe && second >= 0xc0) return 'private'
	if (first === 0xfe && second >= 0x80) return 'linkLocal'
	if (first >>> 1 === 0x7e) return 'private'
	if (startsWith(bytes, nat64Prefix)) return classifyIpv4(bytes.subarray(12))
	if (startsWith(bytes, sixToFourPrefix)) return classifyIpv4(bytes.subarray(2, 6))
	if (!bytes.subarray(0, 12).every(byte => byte === 0)) return 'global'
	if (!bytes.subarray(12, 15).every(byte => byte === 0)) return 'reserved'
	return bytes[15] === 0 ? 'unspecified' : bytes[15] === 1 ? 'loopback' : 'reserved'
}

const mappedPrefix = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff)
const nat64Prefix = Uint8Array.of(0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0)
const sixToFourPrefix = Uint8Array.of(0x20, 0x02)

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
	return prefix.every((byte, at) => bytes[at] === byte)
}

function isMapped(bytes: Uint8Array): boolean {
	return bytes.length === 16 && startsWith(bytes, mappedPrefix)
}

function parseIpv4(text: string): Uint8Array | undefined {
	if (!/^\d{1,3}(?:\.\d{1,3}){3}$/u.test(text)) return undefined
	const parts = text.split('.')
	// A leading zero means octal to some readers and decimal to others.
	if (parts.some(part => (part.length > 1 && part.startsWith('0')) || Number(part) > 255)) return undefined
	return Uint8Array.from(parts, Number)
}

function parseIpv6(text: string): Uint8Array | undefined {
	const halves = text.split('::')
	if (halves.length > 2) return undefined
	const [head, tail] = halves.map(parseGroups)
	if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined
	const missing = 16 - head.length - (tail?.length ?? 0)
	if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined
	const bytes = new Uint8Array(16)
	bytes.set(head)
	if (tail !== undefined) bytes.set(tail, 16 - tail.length)
	return bytes
}

function parseGroups(text: string, half: number, halves: readonly string[]): number[] | undefined {
	const bytes: number[] = []
	if (text === '') return bytes
	const groups = text.split(':')
	for (const [at, group] of groups.entries()) {
		if (group.includes('.')) {
			const ipv4 = half === halves.length - 1 && at === groups.length - 1 ? parseIpv4(group) : undefined
			if (ipv4 === undefined) return undefined
			bytes.push(...ipv4)
		} else {
			if (!/^[0-9a-f]{1,4}$/iu.test(group)) return undefined
			const value = Number.parseInt(group, 16)
			bytes.push(value >>> 8, value & 0xff)
		}
	}
	return bytes.length > 16 ? undefined : bytes
}

function formatIpv6(bytes: Uint8Array): string {
	const groups = Array.from({ length: 8 }, (_, at) => ((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0))
	let runStart = 0
	let runLength = 0
	for (let start = 0; start < 8; start += 1) {
		let length = 0
		while (groups[start + length] === 0) length += 1
		if (length > runLength) [runStart, runLength] = [start, length]
	}
	const text = (from: number, to: number) =>
		groups
			.slice(from, to)
			.map(group => group.toString(16))
			.join(':')
	if (runLength < 2) return text(0, 8)
	return `${text(0, runStart)}::${text(runStart + runLength, 8)}`
}
