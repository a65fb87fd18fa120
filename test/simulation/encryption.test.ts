// Who talks to whom, and how, under each policy: one peer takes encryption alone, one takes everything, one knows none.
import { expect, test } from 'vitest'
import { encrypted } from '../../source/practice/scenarios/encrypted.ts'
import type { EncryptionPolicy } from '../../source/torrent/encryption.ts'
import { simulate } from '../helpers/simulation.ts'

const scenario = {
	...encrypted,
	peers: encrypted.peers.filter(({ name }) => ['careful seed', 'easy seed', 'old seed'].includes(name)),
}

test.each<[EncryptionPolicy, Readonly<Record<string, string>>]>([
	['prefer', { 'careful seed': 'rc4', 'easy seed': 'plain', 'old seed': 'none' }],
	['require', { 'careful seed': 'rc4', 'easy seed': 'rc4' }],
	['off', { 'easy seed': 'none', 'old seed': 'none' }],
])('encryption %s: %j', async (encryption, expected) => {
	const run = await simulate({ scenario, seed: 5, options: { encryption } })
	expect(run.completed).toBe(true)
	expect(run.dataIsRight).toBe(true)
	const heard: Record<string, string> = {}
	const ids = new Map(scenario.peers.map(({ name, id }) => [id, name]))
	for (const event of run.events) {
		if (event.type !== 'peerConnected') continue
		const name = [...ids].find(([id]) => String(event.client).includes(id))?.[1] ?? event.client
		heard[name] = event.encryption ?? 'none'
	}
	expect(heard).toEqual(expected)
})
