// The parent's side of a swarm of made-up peers: see swarm-process.ts.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface SwarmConfig {
	/** Hex. */
	readonly infoHash: string
	readonly pieceBytes: number
	readonly pieceCount: number
	readonly peerCount: number
	/** Peers that ask for nothing and unchoke nobody; they begin with nothing and tell of a piece every 10 s. */
	readonly isIdle: boolean
	/** Idle peers that tell of no piece either. */
	readonly isSilent?: boolean
	/** What a peer sends at most, on average of the swarm; some send four times as much as others. Unlimited if left out. */
	readonly bytesPerSecondAPeer?: number
}

export type SwarmMessage =
	| { readonly type: 'listening'; readonly port: number }
	/** `at` in ms since 1970. */
	| { readonly type: 'first-request'; readonly at: number }
	| { readonly type: 'connected'; readonly count: number }

export interface Swarm {
	/** `host:port` of every peer. */
	readonly addresses: readonly string[]
	/** When the first block was asked for, in ms since 1970. */
	firstRequestAt(): number | undefined
	/** Handshakes so far. */
	connected(): number
	stop(): void
}

const addressesANet = 250

function peerHost(peer: number): string {
	return `127.0.${1 + Math.floor(peer / addressesANet)}.${1 + (peer % addressesANet)}`
}

/** The peer that lives at an address, of IPv4 or mapped into IPv6. */
export function peerNumber(host: string): number {
	const [net = 1, node = 1] = host.split('.').slice(2).map(Number)
	return (net - 1) * addressesANet + node - 1
}

export async function startSwarm(config: SwarmConfig): Promise<Swarm> {
	const program = fileURLToPath(new URL('swarm-process.ts', import.meta.url))
	const child = fork(program, [JSON.stringify(config)])
	let firstRequestAt: number | undefined
	let connected = 0
	const port = await new Promise<number>((resolve, reject) => {
		child.once('exit', code => reject(new Error(`the swarm ended with ${code}`)))
		child.on('message', (message: SwarmMessage) => {
			if (message.type === 'listening') resolve(message.port)
			else if (message.type === 'first-request') firstRequestAt = message.at
			else connected = message.count
		})
	})
	return {
		addresses: Array.from({ length: config.peerCount }, (_, peer) => `${peerHost(peer)}:${port}`),
		firstRequestAt: () => firstRequestAt,
		connected: () => connected,
		stop: () => void child.kill(),
	}
}
