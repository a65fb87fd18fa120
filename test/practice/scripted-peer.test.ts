import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import type { DialOptions, Transport } from '../../source/engine/environment.ts'
import { createNodeHasher } from '../../source/engine/node-hasher.ts'
import { createPayload } from '../../source/practice/content.ts'
import { scenarios } from '../../source/practice/scenarios.ts'
import { ScriptedPeer } from '../../source/practice/scripted-peer.ts'
import { VirtualClock } from '../../source/practice/virtual-clock.ts'
import { createRandom } from '../../source/torrent/random.ts'

test('a peer that dials many at once has a signal for each, and calls them all off when it leaves', async () => {
	const [scenario] = scenarios
	const [script] = scenario?.peers ?? []
	if (scenario === undefined || script === undefined) throw new Error('expected a scenario with peers')
	const dials: DialOptions[] = []
	const transport: Transport = {
		listen: () => Promise.resolve({ ok: true, value: { port: 1, close: () => Promise.resolve() } }),
		dial: options =>
			new Promise(resolve => {
				dials.push(options)
				options.signal.addEventListener('abort', () =>
					resolve({ ok: false, code: 'ECONNABORTED', message: 'given up' }),
				)
			}),
	}
	const peer = new ScriptedPeer({
		script,
		payload: createPayload(scenario.payload, 1, bytes => createNodeHasher().sha1(bytes)),
		clock: new VirtualClock(),
		transport,
		host: '10.0.0.1',
		random: createRandom(1),
		onArrived: () => undefined,
		onLeft: () => undefined,
	})
	await peer.arrive()
	for (let host = 2; host < 32; host += 1) peer.meet({ host: `10.0.0.${host}`, port: 6881 })
	expect(dials).toHaveLength(30)
	// Node warns of a leak from eleven on.
	for (const { signal } of dials) expect(getEventListeners(signal, 'abort')).toHaveLength(1)
	await peer.leave()
	expect(dials.every(({ signal }) => signal.aborted)).toBe(true)
})
