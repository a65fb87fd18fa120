// Multicast by node:dgram: one socket that hears the group, one an interface that speaks to it, since the interface
// of an outgoing datagram is the socket's. Errors are nobody's business: the next announce comes in minutes.
import { createSocket, type Socket, type SocketType } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import { formatHost, parseHost } from '../protocol/address.ts'
import type { Multicast, MulticastOptions, MulticastSocket, Outcome } from './environment.ts'
import { worldFailure } from './world-failure.ts'

/** More interfaces than this belong to containers. */
const mostInterfaces = 16

type Family = 4 | 6
/** `scope` is what IPv6 calls the interface. */
type Interface = { readonly address: string; readonly scope: string }

/** Groups on the nets of this machine. */
export function createNodeMulticast(): Multicast {
	return { join }
}

async function join(options: MulticastOptions): Promise<Outcome<MulticastSocket>> {
	const { group, bind, onDatagram } = options
	const family: Family = group.host.includes(':') ? 6 : 4
	const interfaces = interfacesOf(family, bind)
	const sockets: Socket[] = []
	const close = async () => {
		await Promise.all(sockets.map(closeSocket))
	}
	try {
		const ear = openSocket(family, sockets)
		// Bound to the group, a socket hears nothing but the group; Windows has no such thing.
		await bindSocket(ear, group.port, process.platform === 'win32' ? undefined : group.host)
		let joined = 0
		for (const { address, scope } of interfaces) {
			if (attempt(() => ear.addMembership(group.host, family === 4 ? address : scope))) joined += 1
		}
		if (joined === 0) throw Object.assign(new Error('no interface for multicast'), { code: 'ENODEV' })
		ear.on('message', (bytes, sender) => {
			const host = parseHost(sender.address)
			if (host !== undefined) onDatagram(bytes, { host: formatHost(host), port: sender.port })
		})
		const mouths: Socket[] = []
		for (const one of interfaces) {
			const mouth = openSocket(family, sockets)
			await bindSocket(mouth, 0, family === 4 ? one.address : undefined).then(
				() => attempt(() => speakOver(mouth, one, options)) && mouths.push(mouth),
				// An address that is gone again.
				() => undefined,
			)
		}
		return {
			ok: true,
			value: {
				send: bytes => {
					for (const mouth of mouths)
						attempt(() => mouth.send(bytes, group.port, group.host, () => undefined))
				},
				close,
			},
		}
	} catch (error) {
		await close()
		return worldFailure(error)
	}
}

function speakOver(socket: Socket, { address, scope }: Interface, { group, hops }: MulticastOptions): void {
	socket.setMulticastInterface(group.host.includes(':') ? scope : address)
	socket.setMulticastTTL(hops)
	// Other clients of this machine are neighbours as well.
	socket.setMulticastLoopback(true)
}

function interfacesOf(family: Family, bind: string | undefined): Interface[] {
	const found = new Map<string, Interface>()
	for (const [name, entries] of Object.entries(networkInterfaces())) {
		for (const entry of entries ?? []) {
			const isWanted = !entry.internal && (bind === undefined || entry.address === bind)
			if (!isWanted || entry.family !== `IPv${family}`) continue
			const zone = process.platform === 'win32' ? entry.scopeid : name
			const key = family === 4 ? entry.address : name
			if (found.size < mostInterfaces) found.set(key, { address: entry.address, scope: `::%${zone ?? name}` })
		}
	}
	return [...found.values()]
}

function openSocket(family: Family, sockets: Socket[]): Socket {
	const type: SocketType = family === 4 ? 'udp4' : 'udp6'
	// Every client of this machine hears the same port.
	const socket = createSocket({ type, reuseAddr: true, ...(family === 6 ? { ipv6Only: true } : {}) })
	sockets.push(socket)
	return socket
}

function bindSocket(socket: Socket, port: number, address: string | undefined): Promise<void> {
	return new Promise((resolve, reject) => {
		socket.once('error', reject)
		socket.bind({ port, ...(address === undefined ? {} : { address }) }, () => {
			socket.off('error', reject)
			socket.on('error', () => undefined)
			resolve()
		})
	})
}

function closeSocket(socket: Socket): Promise<void> {
	return new Promise(resolve => {
		if (!attempt(() => socket.close(() => resolve()))) resolve()
	})
}

function attempt(action: () => unknown): boolean {
	try {
		action()
		return true
	} catch {
		return false
	}
}
