// A scenario with everything that is counted in bytes or blocks divided, so that it takes as long and costs less.
import type { PeerScript, Personality, Scenario } from '../../source/practice/scenario.ts'

/** `divisor` divides the piece length into whole blocks. */
export function scaleScenario(scenario: Scenario, divisor: number): Scenario {
	const { payload, peers } = scenario
	return {
		...scenario,
		payload: {
			...payload,
			pieceLength: payload.pieceLength / divisor,
			files: payload.files.map(file => ({ ...file, lengthBytes: Math.floor(file.lengthBytes / divisor) })),
		},
		peers: peers.map(peer => scalePeer(peer, divisor)),
	}
}

function scalePeer(peer: PeerScript, divisor: number): PeerScript {
	return {
		...peer,
		upBytesPerSecond: peer.upBytesPerSecond / divisor,
		downBytesPerSecond: peer.downBytesPerSecond / divisor,
		...(peer.falseEvery === undefined ? {} : { falseEvery: Math.ceil(peer.falseEvery / divisor) }),
		personality: scalePersonality(peer.personality, divisor),
	}
}

function scalePersonality(personality: Personality, divisor: number): Personality {
	switch (personality.type) {
		case 'snubbing':
			return { ...personality, afterBlocks: Math.ceil(personality.afterBlocks / divisor) }
		case 'corrupt':
			return { ...personality, everyBlocks: Math.ceil(personality.everyBlocks / divisor) }
		default:
			return personality
	}
}
