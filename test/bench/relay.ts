// The parent's side of a relay that makes loopback slow and long: see relay-process.ts. Each run takes a new one.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { LinkShape } from './link-model.ts'

export interface RelayConfig {
	readonly shape: LinkShape
	/** Of the seed, on 127.0.0.1. */
	readonly port: number
	/** Of the draw of losses. */
	readonly seed: number
}

/** What went to the client, from the moment that it connected to the last byte. */
interface Carried {
	readonly bytes: number
	readonly seconds: number
}

export type RelayMessage =
	| { readonly type: 'listening'; readonly port: number }
	| ({ readonly type: 'carried' } & Carried)

export interface Relay {
	readonly address: string
	/** Says what was carried, and ends the relay. */
	finish(): Promise<Carried>
	stop(): void
}

export async function startRelay(config: RelayConfig): Promise<Relay> {
	const program = fileURLToPath(new URL('relay-process.ts', import.meta.url))
	const child = fork(program, [JSON.stringify(config)])
	const next = <Type extends RelayMessage['type']>(type: Type) =>
		new Promise<Extract<RelayMessage, { readonly type: Type }>>((resolve, reject) => {
			child.once('exit', code => reject(new Error(`the relay ended with ${code}`)))
			child.on('message', (message: RelayMessage) => {
				if (message.type === type) resolve(message as Extract<RelayMessage, { readonly type: Type }>)
			})
		})
	const { port } = await next('listening')
	return {
		address: `127.0.0.1:${port}`,
		finish: async () => {
			const carried = next('carried')
			child.send('report')
			const result = await carried
			child.kill()
			return result
		},
		stop: () => void child.kill(),
	}
}
