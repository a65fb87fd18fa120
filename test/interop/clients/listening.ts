// Whether something listens on a loopback TCP port, read from the kernel's table: dialling would look like a peer.
import { readFileSync } from 'node:fs'

const listenState = '0A'

/** `true` when a socket of the process's net listens on `port` (any address), else undefined, which suits a poll. */
export function isListening(port: number, pid: number | 'self' = 'self'): true | undefined {
	const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
	const sockets = [`/proc/${pid}/net/tcp`, `/proc/${pid}/net/tcp6`].flatMap(path =>
		readFileSync(path, 'latin1').split('\n'),
	)
	const found = sockets.some(line => {
		const [, local, , state] = line.trim().split(/\s+/u)
		return state === listenState && local?.endsWith(wanted) === true
	})
	return found || undefined
}
