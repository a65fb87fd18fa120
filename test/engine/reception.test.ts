import { describe, expect, test } from 'vitest'
import type { ConnectionHandler, ListenOptions, Outcome, Transport } from '../../source/engine/environment.ts'
import type { LinkOwner } from '../../source/engine/peer-link.ts'
import { Reception } from '../../source/engine/reception.ts'
import type { EncryptionTools } from '../../source/engine/stream-opening.ts'
import { equalBytes } from '../../source/protocol/bytes.ts'
import { encodeHandshake } from '../../source/protocol/handshake.ts'
import { toInfoHash, toPeerId } from '../../source/protocol/ids.ts'
import { FakeConnection } from '../helpers/fake-connection.ts'
import { drawnBytes } from '../helpers/drawn-bytes.ts'
import { ManualClock } from '../helpers/manual-clock.ts'
import { sha1 } from '../helpers/sha1.ts'

const flags = { extended: true, fast: true, dht: false, v2: false }
const handshake = {
	flags,
	infoHash: toInfoHash(new Uint8Array(20).fill(7)),
	peerId: toPeerId(new Uint8Array(20).fill(1)),
}
const nothing = () => undefined
const owner: LinkOwner = {
	handshake,
	pieceCount: 8,
	handshakeSent: nothing,
	handshakeReceived: nothing,
	messageReceived: nothing,
	messageRejected: nothing,
	blockStarted: nothing,
	blockEnded: nothing,
	burstEnded: nothing,
	linkDrained: nothing,
	linkClosed: nothing,
}

/** Ports in use answer with a code; the listener is called by the test. */
async function openReception(
	taken: Readonly<Record<number, string>> = {},
	portIsFixed = false,
	encryption?: EncryptionTools,
) {
	const clock = new ManualClock()
	const tried: number[] = []
	const turnedAway: string[] = []
	let listening: ListenOptions | undefined
	const transport: Transport = {
		listen: options => {
			tried.push(options.port)
			const code = taken[options.port]
			if (code !== undefined) return Promise.resolve({ ok: false, code, message: code })
			listening = options
			const port = options.port === 0 ? 50_000 : options.port
			return Promise.resolve({ ok: true, value: { port, close: () => Promise.resolve() } })
		},
		dial: () => Promise.reject(new Error('nobody dials here')),
	}
	const reception = new Reception({
		transport,
		clock,
		bind: undefined,
		port: 6881,
		portIsFixed,
		encryption,
		infoHashes: () => [handshake.infoHash],
		route: wanted => (equalBytes(wanted, handshake.infoHash) ? owner : undefined),
		onTurnedAway: (host, others) => turnedAway.push(`${host} and ${others}`),
	})
	const opened: Outcome<number> = await reception.open()
	const accept = (host = '192.0.2.1') => {
		const connection = new FakeConnection({ host, port: 6881 })
		const handler: ConnectionHandler | undefined = listening?.onConnection(connection)
		connection.handler = handler
		return { connection, handler }
	}
	const admits = (host: string) => listening?.admits?.(host)
	return { clock, tried, opened, reception, accept, admits, turnedAway }
}

describe('the port', () => {
	test('is the first free one from the one that was asked for', async () => {
		const { opened, tried } = await openReception({ 6881: 'EADDRINUSE', 6882: 'EACCES' })
		expect(opened).toEqual({ ok: true, value: 6883 })
		expect(tried).toEqual([6881, 6882, 6883])
	})

	test('that is fixed is the only one tried', async () => {
		const { opened, tried } = await openReception({ 6881: 'EADDRINUSE' }, true)
		expect(opened).toMatchObject({ ok: false, code: 'EADDRINUSE' })
		expect(tried).toEqual([6881])
	})

	test('is not looked for on an address that is not ours', async () => {
		const { opened, tried } = await openReception({ 6881: 'EADDRNOTAVAIL' })
		expect(opened).toMatchObject({ ok: false, code: 'EADDRNOTAVAIL' })
		expect(tried).toHaveLength(1)
	})
})

describe('strangers', () => {
	test('over fifty are not let in until some are gone', async () => {
		const { accept, clock } = await openReception()
		const first = Array.from({ length: 50 }, () => accept())
		expect(first.every(({ handler }) => handler !== undefined)).toBe(true)
		expect(accept().handler).toBeUndefined()
		clock.advance(10_001)
		expect(first.every(({ connection }) => connection.destroyed)).toBe(true)
		expect(accept().handler).toBeDefined()
	})

	test('who have had a second make room for others, the one who waited longest first', async () => {
		const { accept, clock } = await openReception()
		const [oldest, next] = Array.from({ length: 50 }, () => accept())
		clock.advance(999)
		expect(accept().handler).toBeUndefined()
		clock.advance(1)
		expect(accept().handler).toBeDefined()
		expect(oldest?.connection.destroyed).toBe(true)
		expect(next?.connection.destroyed).toBe(false)
	})

	test('are those who told the torrent, but not who they are, as well', async () => {
		const { accept } = await openReception()
		let letIn = 0
		for (let count = 0; count < 200; count += 1) {
			const { handler } = accept()
			handler?.onData(encodeHandshake(handshake).subarray(0, 48))
			if (handler !== undefined) letIn += 1
		}
		expect(letIn).toBe(50)
	})

	test('are strangers no more after a whole handshake', async () => {
		const { accept } = await openReception()
		for (let count = 0; count < 200; count += 1) {
			const { handler } = accept()
			expect(handler).toBeDefined()
			handler?.onData(encodeHandshake(handshake))
		}
	})

	test('are sent away at the end', async () => {
		const { accept, reception, clock } = await openReception()
		const { connection } = accept()
		await reception.close()
		expect(connection.destroyed).toBe(true)
		expect(clock.waiting).toBe(0)
	})
})

describe('strangers who begin encrypted', () => {
	const key = drawnBytes(4)
	const encryption = { policy: 'prefer', sha1, random: { bytes: key, uint32: () => 0 } } as const

	test('get another second when there is no room, once a key was exchanged', async () => {
		const { accept, clock } = await openReception({}, false, encryption)
		const [first, second] = Array.from({ length: 50 }, () => accept())
		first?.handler?.onData(key(96))
		clock.advance(1000)
		expect(accept().handler).toBeDefined()
		expect([first, second].map(one => one?.connection.destroyed)).toEqual([false, true])
		clock.advance(1000)
		expect(accept().handler).toBeDefined()
		expect(first?.connection.destroyed).toBe(true)
	})

	test('cost a hundred keys a second at most, whoever comes', async () => {
		const { accept, clock } = await openReception({}, false, encryption)
		const answered = () => {
			let count = 0
			for (let tried = 0; tried < 300; tried += 1) {
				const { connection, handler } = accept()
				handler?.onData(key(96))
				if (connection.written.length > 0) count += 1
				connection.destroy()
			}
			return count
		}
		expect(answered()).toBe(100)
		expect(answered()).toBe(0)
		clock.advance(1000)
		expect(answered()).toBe(100)
	})
})

describe('hosts that break the rules', () => {
	const noise = new Uint8Array(100).fill(0xff)

	test('are not admitted after the second time, for thirty seconds', async () => {
		const { accept, admits, clock } = await openReception()
		accept('203.0.113.7').handler?.onData(noise)
		expect(admits('203.0.113.7')).toBe(true)
		const { connection } = accept('203.0.113.7')
		connection.handler?.onData(noise)
		expect(connection.destroyed).toBe(true)
		expect(admits('203.0.113.7')).toBe(false)
		expect(admits('203.0.113.8')).toBe(true)
		clock.advance(30_000)
		expect(admits('203.0.113.7')).toBe(true)
	})

	test('are those that say nothing, too, but not those that leave or ask for another torrent', async () => {
		const { accept, admits, clock } = await openReception()
		for (let count = 0; count < 2; count += 1) {
			accept('203.0.113.1')
			accept('203.0.113.2').handler?.onClose(undefined)
			const other = encodeHandshake({ ...handshake, infoHash: toInfoHash(new Uint8Array(20).fill(8)) })
			accept('203.0.113.3').handler?.onData(other)
			clock.advance(10_001)
		}
		expect(['203.0.113.1', '203.0.113.2', '203.0.113.3'].map(admits)).toEqual([false, true, true])
	})

	test('are told of at most once in ten seconds', async () => {
		const { accept, clock, turnedAway } = await openReception()
		const offend = (host: string) => {
			for (let count = 0; count < 2; count += 1) accept(host).handler?.onData(noise)
		}
		offend('203.0.113.1')
		offend('203.0.113.2')
		offend('203.0.113.3')
		expect(turnedAway).toEqual(['203.0.113.1 and 0'])
		clock.advance(10_000)
		offend('203.0.113.4')
		expect(turnedAway).toEqual(['203.0.113.1 and 0', '203.0.113.4 and 2'])
	})
})
