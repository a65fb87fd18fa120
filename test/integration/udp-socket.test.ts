// Datagrams over the sockets of this machine.
import { createSocket } from 'node:dgram'
import { afterEach, expect, test, vi } from 'vitest'
import { bindUdp } from '../../source/engine/udp-socket.ts'

afterEach(() => vi.useRealTimers())

test('a flood is read in portions, and goes on with the next one', async () => {
	// The end of a portion comes when the test says so.
	vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
	const bound = await bindUdp('127.0.0.1', 0)
	if (!bound.ok) throw new Error(bound.message)
	const socket = bound.value
	let heard = 0
	socket.subscribe(() => {
		heard += 1
		return true
	})
	const sender = createSocket('udp4')
	const flood = async () => {
		for (let round = 0; round < 40; round += 1) {
			for (let count = 0; count < 50; count += 1) sender.send(new Uint8Array(20), socket.port, '127.0.0.1')
			for (let turn = 0; turn < 5; turn += 1) await new Promise(resolve => setImmediate(resolve))
		}
	}
	await flood()
	expect(heard).toBe(500)
	vi.advanceTimersByTime(50)
	await flood()
	expect(heard).toBe(1000)
	sender.close()
	await socket.close()
})

test('whoever sends hears why a datagram cannot be sent', async () => {
	const bound = await bindUdp('127.0.0.1', 0)
	if (!bound.ok) throw new Error(bound.message)
	const socket = bound.value
	const codes: string[] = []
	socket.send(new Uint8Array(70_000), { host: '127.0.0.1', port: 9 }, code => codes.push(code))
	socket.send(new Uint8Array(1), { host: '127.0.0.1', port: 99_999 }, code => codes.push(code))
	await expect.poll(() => codes.toSorted()).toEqual(['EMSGSIZE', 'ERR_SOCKET_BAD_PORT'])
	expect(socket.errors).toBe(2)
	let sent = false
	socket.subscribe(() => (sent = true))
	socket.send(new Uint8Array(1), { host: '127.0.0.1', port: socket.port }, code => codes.push(code))
	await expect.poll(() => sent).toBe(true)
	expect(codes.length).toBe(2)
	await socket.close()
})
