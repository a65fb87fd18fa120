// How we name ourselves in a swarm (BEP 20). Drawn anew for each run, so that runs cannot be tied together.
import { utf8 } from '../protocol/bytes.ts'
import { type PeerId, toPeerId } from '../protocol/ids.ts'
import type { RandomSource } from './environment.ts'
import { version } from './version.ts'

/** `-SS0100-` and twelve random bytes. */
export function createPeerId(random: RandomSource): PeerId {
	const [major = '0', minor = '0', patch = '0'] = version.split('.')
	const id = new Uint8Array(20)
	id.set(utf8(`-SS${digit(major)}${digit(minor)}${digit(patch)}0-`))
	id.set(random.bytes(12), 8)
	return toPeerId(id)
}

/** `swarmscope/0.1.0`, as BEP 10 `v` and as User-Agent. */
export const clientLabel = `swarmscope ${version}`

function digit(part: string): string {
	return String(Math.min(9, Number.parseInt(part, 10) || 0))
}
