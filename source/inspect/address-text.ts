// Endpoints as one types them.
import { type Address, formatHost, parseHost } from '../protocol/address.ts'

/** `1.2.3.4:6881` or `[2001:db8::1]:6881`, the host in its canonical text; undefined for anything else, names too. */
export function parseAddress(text: string): Address | undefined {
	const match = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+)):(\d{1,5})$/iu.exec(text)
	const host = parseHost(match?.[1] ?? match?.[2] ?? '')
	const port = Number(match?.[3])
	return host !== undefined && port >= 1 && port <= 65_535 ? { host: formatHost(host), port } : undefined
}
