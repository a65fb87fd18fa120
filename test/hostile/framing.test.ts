import { describe, expect, test } from 'vitest'
import type { Message } from '../../source/protocol/message.ts'
import { encodeMessage } from '../../source/protocol/message-encoder.ts'
import { block, openStage } from './stage.ts'
import { retainedBytes } from './retained-bytes.ts'

const second = 1000
const minute = 60 * second
const mebibyte = 2 ** 20

const prefix = (length: number, ...more: number[]) =>
	Uint8Array.of(length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff, ...more)

describe('a message longer than anything may be', () => {
	test.each([2 ** 20 + 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1])(
		'ends its connection on the length alone: %i bytes',
		async length => {
			const stage = await openStage()
			const peer = stage.join()
			peer.sayBytes(prefix(length))
			expect(peer.isClosed).toBe(true)
			expect(await stage.endOf(peer)).toBe('message-too-long')
			await stage.endsWell()
		},
	)

	test('takes no memory by what a hundred peers merely promise', async () => {
		const stage = await openStage({ engine: { maxPeers: 200 } })
		const before = retainedBytes()
		const crowd = Array.from({ length: 100 }, () => stage.join())
		for (const peer of crowd) peer.sayBytes(prefix(2 ** 20, 20, 0), new Uint8Array(100))
		expect(crowd.some(({ isClosed }) => isClosed)).toBe(false)
		expect(retainedBytes() - before).toBeLessThan(8 * mebibyte)
		await stage.endsWell()
	})

	test('is a bitfield of more pieces than there are, on its head', async () => {
		const stage = await openStage()
		for (const length of [4, 100, 2 ** 20]) {
			const peer = stage.join()
			peer.sayBytes(prefix(length, 5))
			expect(await stage.endOf(peer)).toBe('bitfield-length')
		}
		await stage.endsWell()
	})
})

describe('a message of the wrong length for its type', () => {
	const lengths: Record<string, readonly [number, readonly number[]]> = {
		choke: [0, [2]],
		unchoke: [1, [2]],
		interested: [2, [5]],
		'not interested': [3, [2]],
		have: [4, [1, 4, 6]],
		request: [6, [1, 5, 12, 14]],
		cancel: [8, [1, 12, 14]],
		port: [9, [1, 2, 4]],
		suggest: [13, [1, 4, 6]],
		'have all': [14, [2]],
		'have none': [15, [2]],
		reject: [16, [1, 12, 14]],
		'allowed fast': [17, [1, 4, 6]],
		extended: [20, [1]],
	}
	test.each(Object.entries(lengths))('ends its connection: %s', async (_, [id, wrong]) => {
		const stage = await openStage()
		for (const length of wrong) {
			const peer = stage.join()
			// What follows would be the rest of a message for whoever reads past the end.
			peer.sayBytes(prefix(length, id), new Uint8Array(length - 1), encodeMessage({ type: 'unchoke' }))
			expect(await stage.endOf(peer)).toBe('message-length')
		}
		await stage.endsWell()
	})

	test.each([1, 2, 5, 8, 9, 10 + block, 2 ** 20])(
		'ends its connection: a block of %i bytes in all',
		async length => {
			const stage = await openStage()
			const peer = stage.join()
			peer.sayBytes(prefix(length, 7), new Uint8Array(Math.min(length - 1, 12)))
			expect(await stage.endOf(peer)).toBe('block-length')
			await stage.endsWell()
		},
	)
})

describe('a message that does not end', () => {
	const cut: Message[] = [
		{ type: 'have', piece: 1 },
		{ type: 'request', piece: 0, offset: 0, length: block },
		{ type: 'extended', id: 0, payload: new Uint8Array(100) },
	]
	test.each(cut)('because its sender hangs up is a clean end: $type', async message => {
		const stage = await openStage()
		const bytes = encodeMessage(message)
		for (const length of [1, 4, 5, bytes.length - 1]) {
			const peer = stage.join()
			peer.sayBytes(bytes.slice(0, length))
			peer.leave(length === 5 ? 'ECONNRESET' : undefined)
			expect(await stage.endOf(peer)).toBe(length === 5 ? 'connection-failed' : 'remote-closed')
		}
		await stage.endsWell()
	})

	test('but comes a byte at a time for minutes is read like any other', async () => {
		const stage = await openStage({ seeding: true })
		const peer = stage.join()
		const words = [
			{ type: 'interested' },
			...Array<Message>(20).fill({ type: 'keepAlive' }),
			{ type: 'notInterested' },
		]
		for (const byte of words.flatMap(message => [...encodeMessage(message as Message)])) {
			peer.sayBytes(Uint8Array.of(byte))
			await stage.run(2 * second, second)
		}
		expect(await stage.endOf(peer)).toBeUndefined()
		expect(peer.count('unchoke')).toBe(1)
		await stage.endsWell()
	})

	test('in hundreds of thousands of segments of a byte takes linear time and no memory', async () => {
		const stage = await openStage()
		const peer = stage.join()
		const before = retainedBytes()
		peer.sayBytes(prefix(2 ** 18, 200))
		for (let sent = 1; sent < 2 ** 18; sent += 1) peer.sayBytes(new Uint8Array(1))
		expect(retainedBytes() - before).toBeLessThan(4 * mebibyte)
		peer.say({ type: 'haveAll' })
		expect(peer.count('interested')).toBe(1)
		await stage.endsWell()
	})
})

test('a message of an unknown type is passed by, whatever its length', async () => {
	const stage = await openStage()
	const peer = stage.join()
	for (const length of [1, 2, 500, 2 ** 20])
		peer.sayBytes(prefix(length, 99), new Uint8Array(length - 1).fill(7))
	peer.say({ type: 'haveAll' })
	expect(await stage.endOf(peer)).toBeUndefined()
	expect(peer.count('interested')).toBe(1)
	await stage.endsWell()
})

test('a port of nowhere, or of a network that we are not in, changes nothing', async () => {
	const stage = await openStage()
	const peer = stage.join({ flags: { dht: true } })
	peer.say({ type: 'port', port: 0 }, { type: 'port', port: 6881 }, { type: 'haveAll' })
	expect(await stage.endOf(peer)).toBeUndefined()
	expect(stage.dialled).toEqual([])
	await stage.endsWell()
})

describe('who has nothing to say', () => {
	test('is gone after two minutes and a little', async () => {
		const stage = await openStage({ seeding: true })
		const peer = stage.join()
		await stage.run(2 * minute, 500)
		expect(peer.isClosed).toBe(false)
		await stage.run(30 * second, 500)
		expect(await stage.endOf(peer)).toBe('idle-timeout')
		await stage.endsWell()
	})

	test('but that it is still there is gone after ten minutes', async () => {
		const stage = await openStage({ seeding: true })
		const peer = stage.join()
		for (let passed = 0; passed < 9.9 * minute; passed += 30 * second) {
			peer.say({ type: 'keepAlive' })
			await stage.run(30 * second, second)
		}
		expect(peer.isClosed).toBe(true)
		expect(await stage.endOf(peer)).toBe('no-mutual-interest')
		await stage.endsWell()
	})

	test('but that, hundreds of thousands of times at once, costs next to nothing', async () => {
		const stage = await openStage({ seeding: true })
		const peer = stage.join()
		const before = retainedBytes()
		for (let segment = 0; segment < 24; segment += 1) peer.sayBytes(new Uint8Array(65_536))
		expect(retainedBytes() - before).toBeLessThan(4 * mebibyte)
		expect(await stage.endOf(peer)).toBeUndefined()
		expect(peer.heard.filter(({ type }) => type === 'keepAlive')).toEqual([])
		await stage.endsWell()
	})
})

describe('who changes its mind at full speed', () => {
	const flips: readonly (readonly [string, Message[]])[] = [
		['choke and unchoke', [{ type: 'choke' }, { type: 'unchoke' }]],
		['interest and none', [{ type: 'interested' }, { type: 'notInterested' }]],
	]
	test.each(flips)('gets no answer each time, and takes no memory: %s', async (_, messages) => {
		const stage = await openStage()
		const peer = stage.join()
		peer.say({ type: 'haveAll' }, { type: 'unchoke' })
		const before = retainedBytes()
		const storm = messages.map(encodeMessage)
		const segment = Array.from({ length: 1_000 }, () => storm).flat()
		for (let times = 0; times < 30; times += 1) peer.sayBytes(...segment)
		expect(retainedBytes() - before).toBeLessThan(4 * mebibyte)
		expect(peer.heard.length).toBeLessThan(600)
		await stage.endsWell()
	})
})

describe('who does not read', () => {
	test('holds a few blocks on their way, and is gone when it does not for two minutes', async () => {
		const stage = await openStage({ seeding: true })
		const peer = stage.join()
		peer.say({ type: 'interested' })
		await stage.until(() => peer.count('unchoke') > 0, 'an unchoke')
		peer.isStuck = true
		for (let times = 0; times < 20; times += 1) {
			for (let piece = 0; piece < 11; piece += 1)
				peer.say({ type: 'request', piece, offset: 0, length: block })
			await stage.run(second)
		}
		expect(peer.queuedBytes).toBeLessThan(2 * mebibyte)
		for (let passed = 0; passed < 130 && !peer.isClosed; passed += 10) {
			peer.say({ type: 'keepAlive' })
			await stage.run(10 * second, 200)
		}
		expect(await stage.endOf(peer)).toBe('slow-reader')
		await stage.endsWell()
	})

	test('and asks for more and more answers is gone when two MiB of them wait', async () => {
		const stage = await openStage({ seeding: true })
		const peer = stage.join()
		peer.say({ type: 'interested' })
		await stage.until(() => peer.count('unchoke') > 0, 'an unchoke')
		peer.isStuck = true
		const flood = Array.from({ length: 250 }, () =>
			encodeMessage({ type: 'request', piece: 99, offset: 0, length: block }),
		)
		for (let times = 0; times < 1_000 && !peer.isClosed; times += 1) peer.sayBytes(...flood)
		expect(peer.queuedBytes).toBeLessThan(3 * mebibyte)
		expect(['slow-reader', 'too-many-rejects']).toContain(await stage.endOf(peer))
		await stage.endsWell()
	})
})
