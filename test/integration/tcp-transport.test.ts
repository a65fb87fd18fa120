import { createHash } from 'node:crypto'
import { connect, createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import type { Connection } from '../../source/engine/environment.ts'
import { createTcpTransport } from '../../source/engine/tcp-transport.ts'

/** A connection to somebody who reads when the test says so. */
async function dialIdle(onDrain: () => void) {
	let accepted: Socket | undefined
	const server = createServer({ pauseOnConnect: true }, socket => {
		accepted = socket
	})
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
	const bound = server.address()
	const port = typeof bound === 'object' ? (bound?.port ?? 0) : 0
	const dialled = await createTcpTransport().dial(
		{
			address: { host: '127.0.0.1', port },
			bind: undefined,
			timeoutMs: 5000,
			signal: new AbortController().signal,
		},
		() => ({ onData: () => undefined, onDrain, onClose: () => undefined }),
	)
	if (!dialled.ok) throw new Error(dialled.message)
	const connection: Connection = dialled.value
	return {
		connection,
		read: () => {
			accepted?.on('data', () => undefined)
			accepted?.resume()
		},
		close: async () => {
			connection.destroy()
			accepted?.destroy()
			await new Promise(resolve => server.close(resolve))
		},
	}
}

test('the end of a queue is told, however little was queued', async () => {
	let drains = 0
	let told: () => void = () => undefined
	const drained = new Promise<void>(resolve => {
		told = resolve
	})
	const { connection, read, close } = await dialIdle(() => {
		drains += 1
		told()
	})
	let mayGoOn = true
	while (connection.queuedBytes === 0) mayGoOn = connection.write(new Uint8Array(1000))
	expect(mayGoOn).toBe(false)
	expect(connection.queuedBytes).toBeLessThan(16_384)
	read()
	await drained
	expect(connection.queuedBytes).toBe(0)
	expect(drains).toBe(1)
	await close()
})

test('a socket full of bytes leaves a turn to others', async () => {
	const total = 4 << 20
	const ballast = new Uint8Array(4 << 20)
	const server = createServer(socket => socket.end(new Uint8Array(total)))
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
	const bound = server.address()
	const port = typeof bound === 'object' ? (bound?.port ?? 0) : 0
	let received = 0
	let inOneTurn = 0
	let most = 0
	let isOpen = true
	const nextTurn = () => {
		inOneTurn = 0
		if (isOpen) setImmediate(nextTurn)
	}
	setImmediate(nextTurn)
	await new Promise<void>(resolve => {
		void createTcpTransport().dial(
			{
				address: { host: '127.0.0.1', port },
				bind: undefined,
				timeoutMs: 5000,
				signal: new AbortController().signal,
			},
			() => ({
				onData: bytes => {
					received += bytes.length
					inOneTurn += bytes.length
					most = Math.max(most, inOneTurn)
					// Meanwhile more comes in than is read.
					createHash('sha256').update(ballast).digest()
				},
				onDrain: () => undefined,
				onClose: () => resolve(),
			}),
		)
	})
	isOpen = false
	expect(received).toBe(total)
	expect(most).toBeLessThan(512 * 1024)
	await new Promise(resolve => server.close(resolve))
})

test('a host that is not admitted is reset before anything is made for it', async () => {
	const asked: string[] = []
	let accepted = 0
	const listening = await createTcpTransport().listen({
		host: '127.0.0.1',
		port: 0,
		admits: host => {
			asked.push(host)
			return asked.length > 1
		},
		onConnection: () => {
			accepted += 1
			return undefined
		},
	})
	if (!listening.ok) throw new Error(listening.message)
	const dialled = () =>
		new Promise<string>(resolve => {
			const socket = connect({ host: '127.0.0.1', port: listening.value.port })
			socket.on('error', error => resolve((error as NodeJS.ErrnoException).code ?? error.message))
			socket.on('close', () => resolve('closed'))
			socket.resume()
		})
	expect(await dialled()).toBe('ECONNRESET')
	expect(accepted).toBe(0)
	expect(await dialled()).toBe('closed')
	expect(accepted).toBe(1)
	expect(asked).toEqual(['127.0.0.1', '127.0.0.1'])
	await listening.value.close()
})
