import { expect, test } from 'vitest'
import type { Connection, ConnectionHandler } from '../../source/engine/environment.ts'
import { MemoryNetwork } from '../../source/practice/network.ts'
import { VirtualClock } from '../../source/practice/virtual-clock.ts'
import { createRandom } from '../../source/torrent/random.ts'

type Recorder = ConnectionHandler & { readonly bytes: number[]; readonly closed: (string | undefined)[] }

function recorder(): Recorder {
	const bytes: number[] = []
	const closed: (string | undefined)[] = []
	return {
		bytes,
		closed,
		onData: part => bytes.push(...part),
		onDrain: () => {},
		onClose: error => closed.push(error),
	}
}

async function connect(datagramLoss = 0) {
	const clock = new VirtualClock()
	const network = new MemoryNetwork({ clock, random: createRandom(1), datagramLoss })
	const near = network.addHost('10.0.0.1', 10)
	const far = network.addHost('10.0.0.2', 30)
	const accepted = recorder()
	let server: Connection | undefined
	await far.transport.listen({
		host: far.host,
		port: 6881,
		onConnection: connection => {
			server = connection
			return accepted
		},
	})
	const dialled = recorder()
	const dial = near.transport.dial(
		{
			address: { host: far.host, port: 6881 },
			bind: undefined,
			timeoutMs: 1000,
			signal: new AbortController().signal,
		},
		() => dialled,
	)
	await clock.runUntil(() => false, 80)
	const outcome = await dial
	if (!outcome.ok || server === undefined) throw new Error('no connection')
	return { clock, near, far, accepted, dialled, client: outcome.value, server }
}

test('bytes arrive in order, after the latency of both ends, whatever becomes of the buffer they came in', async () => {
	const { clock, client, accepted } = await connect()
	const sent = Uint8Array.of(1, 2, 3, 4, 5)
	client.write(sent)
	client.write(Uint8Array.of(6))
	sent.fill(0)
	await clock.runUntil(() => false, 39)
	expect(accepted.bytes).toEqual([])
	await clock.runUntil(() => false, 2)
	expect(accepted.bytes).toEqual([1, 2, 3, 4, 5, 6])
})

test('an end that closes hears of it at once, the other one after everything that was sent', async () => {
	const { clock, client, server, accepted, dialled } = await connect()
	client.write(Uint8Array.of(7))
	server.write(Uint8Array.of(8))
	client.destroy()
	await clock.runUntil(() => false, 200)
	expect(dialled).toMatchObject({ bytes: [], closed: [undefined] })
	expect(accepted).toMatchObject({ bytes: [7], closed: [undefined] })
})

test('a paused end gets its bytes when it goes on', async () => {
	const { clock, client, server, accepted } = await connect()
	server.pause()
	client.write(Uint8Array.of(1))
	client.destroy()
	await clock.runUntil(() => false, 200)
	expect(accepted).toMatchObject({ bytes: [], closed: [] })
	server.resume()
	await clock.runUntil(() => false, 1)
	expect(accepted).toMatchObject({ bytes: [1], closed: [undefined] })
})

test('nobody listens there: the dial is refused', async () => {
	const { clock, near, far } = await connect()
	const dial = near.transport.dial(
		{
			address: { host: far.host, port: 1 },
			bind: undefined,
			timeoutMs: 1000,
			signal: new AbortController().signal,
		},
		recorder,
	)
	await clock.runUntil(() => false, 200)
	expect(await dial).toMatchObject({ ok: false, code: 'ECONNREFUSED' })
})

test('datagrams are lost as often as was asked for', async () => {
	const { clock, near, far } = await connect(0.5)
	const [from, to] = [await near.datagrams.bind(near.host, 0), await far.datagrams.bind(far.host, 53)]
	if (!from.ok || !to.ok) throw new Error('no socket')
	let heard = 0
	to.value.subscribe(() => {
		heard += 1
		return true
	})
	for (let sent = 0; sent < 400; sent += 1) from.value.send(Uint8Array.of(1), { host: far.host, port: 53 })
	await clock.runUntil(() => false, 200)
	expect(heard).toBeGreaterThan(150)
	expect(heard).toBeLessThan(250)
})
