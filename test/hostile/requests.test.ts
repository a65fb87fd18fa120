import { describe, expect, test } from 'vitest'
import type { BlockFields, Message } from '../../source/protocol/message.ts'
import { encodeMessage } from '../../source/protocol/message-encoder.ts'
import { retainedBytes } from './retained-bytes.ts'
import type { ScriptedPeer } from './scripted-peer.ts'
import { block, openStage, type Stage } from './stage.ts'

const second = 1000
const mebibyte = 2 ** 20

/** Interested, and unchoked by us. */
async function unchoked(stage: Stage, peer = stage.join()): Promise<ScriptedPeer> {
	peer.say({ type: 'interested' })
	await stage.until(() => peer.count('unchoke') > 0, 'an unchoke')
	return peer
}

const ask = (piece: number, offset = 0, length = block): Message => ({
	type: 'request',
	piece,
	offset,
	length,
})

/** Blocks that came must be right, whoever asked for them. */
function expectRightBlocks(stage: Stage, peer: ScriptedPeer): void {
	for (const heard of peer.blocks) {
		expect(Buffer.compare(heard.payload, stage.bytesOf(heard))).toBe(0)
	}
}

describe('requests while we choke', () => {
	test('are each rejected where that can be said, and end the connection when they go on', async () => {
		const stage = await openStage({ seeding: true })
		const peer = stage.join()
		const granted = new Set(peer.heard.flatMap(heard => (heard.type === 'allowedFast' ? [heard.piece] : [])))
		const piece = Array.from({ length: 12 }, (_, index) => index).find(index => !granted.has(index)) ?? 0
		await stage.run(3 * second)
		for (let times = 0; times < 50; times += 1) peer.say(ask(piece))
		await stage.run(100)
		expect(peer.count('reject')).toBe(50)
		expect(peer.blocks).toEqual([])
		expect(peer.isClosed).toBe(false)
		for (let times = 0; times < 50 && !peer.isClosed; times += 1) peer.say(ask(piece))
		expect(await stage.endOf(peer)).toBe('too-many-rejects')
		await stage.endsWell()
	})

	test('are passed over in silence where nothing can be said', async () => {
		const stage = await openStage({ seeding: true })
		const peer = stage.join({ flags: { fast: false } })
		await stage.run(3 * second)
		const before = peer.writtenBytes
		for (let times = 0; times < 50; times += 1) peer.say(ask(0))
		await stage.run(100)
		expect(peer.writtenBytes).toBe(before)
		expect(peer.isClosed).toBe(false)
		for (let times = 0; times < 250 && !peer.isClosed; times += 1) peer.say(ask(0))
		expect(await stage.endOf(peer)).toBe('too-many-rejects')
		await stage.endsWell()
	})

	test('for a piece that was granted are served three times over, and then no more', async () => {
		const stage = await openStage({ seeding: true })
		const peer = stage.join()
		const granted = peer.heard.flatMap(heard => (heard.type === 'allowedFast' ? [heard.piece] : []))
		const piece = granted.find(one => one !== 11) ?? 0
		for (let times = 0; times < 25; times += 1) {
			peer.say(ask(piece), ask(piece, block))
			await stage.run(100)
		}
		expect(peer.blocks).toHaveLength(6)
		expectRightBlocks(stage, peer)
		expect(peer.count('reject')).toBe(44)
		await stage.endsWell()
	})
})

test('requests of somebody who is not interested hurt nobody', async () => {
	const stage = await openStage({ seeding: true })
	const never = stage.join()
	never.say(ask(0), ask(1))
	const notAnyMore = await unchoked(stage)
	notAnyMore.say({ type: 'notInterested' }, ask(0))
	await stage.run(100)
	for (const peer of [never, notAnyMore]) {
		expectRightBlocks(stage, peer)
		expect(peer.isClosed).toBe(false)
	}
	await stage.endsWell()
})

describe('a request for what cannot be', () => {
	const wrong: readonly (readonly [string, BlockFields])[] = [
		['a piece past the end', { piece: 12, offset: 0, length: block }],
		['piece 2^31', { piece: 2 ** 31, offset: 0, length: block }],
		['piece 2^32 - 1', { piece: 2 ** 32 - 1, offset: 0, length: block }],
		['an offset past the piece', { piece: 0, offset: 2 * block, length: 1 }],
		['an offset of 2^32 - 1', { piece: 0, offset: 2 ** 32 - 1, length: 2 }],
		['an end past 2^32', { piece: 0, offset: 2 ** 32 - block, length: block }],
		['an end past the piece', { piece: 0, offset: 2 * block - 1, length: 2 }],
		['an end past the torrent', { piece: 11, offset: block, length: block }],
		['nothing', { piece: 0, offset: 0, length: 0 }],
		['32 KiB', { piece: 0, offset: 0, length: 2 * block }],
		['128 KiB', { piece: 0, offset: 0, length: 8 * block }],
	]
	test.each(wrong)('is rejected, and nothing is read: %s', async (_, fields) => {
		const stage = await openStage({ seeding: true })
		const peer = await unchoked(stage)
		peer.say({ type: 'request', ...fields })
		await stage.run(100)
		expect(peer.heard.at(-1)).toEqual({ type: 'reject', ...fields })
		expect(peer.blocks).toEqual([])
		peer.say(ask(1))
		expect(await stage.endOf(peer)).toBeUndefined()
		expect(peer.blocks).toHaveLength(1)
		await stage.endsWell()
	})

	test.each([8 * block + 1, 2 ** 20, 2 ** 21, 2 ** 32 - 1])('ends the connection: %i bytes', async length => {
		const stage = await openStage({ seeding: true })
		const peer = await unchoked(stage)
		peer.say(ask(0, 0, length))
		expect(await stage.endOf(peer)).toBe('request-too-long')
		expect(peer.blocks).toEqual([])
		await stage.endsWell()
	})

	test('because we lack the piece is rejected', async () => {
		const stage = await openStage()
		const peer = await unchoked(stage)
		const verified = stage.events.flatMap(event => (event.type === 'pieceVerified' ? [event.piece] : []))
		const lacking = Array.from({ length: 12 }, (_, piece) => piece).find(
			piece => !verified.some(has => has === piece),
		)
		if (lacking === undefined) throw new Error('expected a download under way')
		peer.say(ask(lacking))
		expect(peer.heard.at(-1)).toEqual({ type: 'reject', piece: lacking, offset: 0, length: block })
		await stage.endsWell()
	})

	test('is not made by odd lengths and offsets within a piece', async () => {
		const stage = await openStage({ seeding: true })
		const peer = await unchoked(stage)
		for (const [offset, length] of [
			[1, 1],
			[777, 999],
			[2 * block - 3, 3],
			[block - 1, 2],
		] as const) {
			peer.say(ask(3, offset, length))
		}
		await stage.run(100)
		expect(peer.blocks).toHaveLength(4)
		expectRightBlocks(stage, peer)
		await stage.endsWell()
	})
})

describe('a flood of requests', () => {
	test('keeps as many waiting as we said that we take, and no more', async () => {
		const stage = await openStage({ seeding: true, torrent: { bytes: 1_100 * block } })
		const peer = await unchoked(stage)
		peer.isStuck = true
		const before = retainedBytes()
		const flood: Uint8Array[] = []
		for (let piece = 0; piece < 500; piece += 1)
			flood.push(encodeMessage(ask(piece)), encodeMessage(ask(piece, block)))
		peer.sayBytes(...flood)
		await stage.run(200)
		const [queued] = [...stage.core().peers.values()].filter(
			({ address }) => address.host === peer.remote.host,
		)
		expect(queued?.uploadQueue.size).toBeLessThanOrEqual(500)
		expect(peer.queuedBytes).toBeLessThan(2 * mebibyte)
		expect(retainedBytes() - before).toBeLessThan(8 * mebibyte)
		await stage.endsWell()
	})

	test('of a hundred thousand ends the connection, with little memory meanwhile', async () => {
		const stage = await openStage({ seeding: true })
		const peer = await unchoked(stage)
		const before = retainedBytes()
		const flood = Array.from({ length: 1_000 }, (_, index) => encodeMessage(ask(index % 11)))
		for (let times = 0; times < 100 && !peer.isClosed; times += 1) peer.sayBytes(...flood)
		expect(await stage.endOf(peer)).toBe('too-many-rejects')
		peer.heard.length = 0
		peer.blocks.length = 0
		expect(retainedBytes() - before).toBeLessThan(8 * mebibyte)
		await stage.endsWell()
	})

	test('for one block is served once at a time', async () => {
		const stage = await openStage({ seeding: true })
		const peer = await unchoked(stage)
		peer.sayBytes(...Array.from({ length: 200 }, () => encodeMessage(ask(5))))
		await stage.run(100)
		expect(peer.blocks).toHaveLength(1)
		expect(peer.count('reject')).toBe(199)
		await stage.endsWell()
	})
})

describe('a cancel', () => {
	test('of what nobody asked for changes nothing', async () => {
		const stage = await openStage({ seeding: true })
		const peer = await unchoked(stage)
		const before = peer.writtenBytes
		peer.say({ type: 'cancel', piece: 1, offset: 0, length: block })
		peer.say({ type: 'cancel', piece: 2 ** 32 - 1, offset: 2 ** 32 - 1, length: 2 ** 32 - 1 })
		peer.say({ type: 'cancel', piece: 0, offset: 0, length: 0 })
		await stage.run(100)
		expect(peer.writtenBytes).toBe(before)
		expect(peer.isClosed).toBe(false)
		await stage.endsWell()
	})

	test('in the same breath as its request brings one answer, not two', async () => {
		const stage = await openStage({ seeding: true })
		const peer = await unchoked(stage)
		for (let times = 0; times < 1_000; times += 1)
			peer.say(ask(1), { type: 'cancel', piece: 1, offset: 0, length: block })
		await stage.run(100)
		expect(peer.count('reject') + peer.blocks.length).toBe(1_000)
		expect(peer.isClosed).toBe(false)
		await stage.endsWell()
	})
})

describe('who asks', () => {
	test('and hangs up before the disk has read it is written to no more', async () => {
		const stage = await openStage({ seeding: true })
		for (let times = 0; times < 10; times += 1) {
			const peer = await unchoked(stage)
			for (let piece = 0; piece < 11; piece += 1) peer.say(ask(piece))
			peer.leave(times % 2 === 0 ? undefined : 'ECONNRESET')
		}
		await stage.endsWell()
	})

	test('of a torrent that is paused, checked or ended meanwhile is written to no more', async () => {
		for (const type of ['pause', 'recheck', 'stop'] as const) {
			const stage = await openStage({ seeding: true, alone: true })
			const peer = await unchoked(stage)
			for (let piece = 0; piece < 11; piece += 1) peer.say(ask(piece))
			stage.engine.command({ type })
			await stage.run(200)
			expect(peer.isClosed).toBe(true)
			if (type === 'pause') stage.engine.command({ type: 'resume' })
			if (type !== 'stop') await stage.endsWell()
		}
	})

	test('while the disk fails hears that it will not come', async () => {
		const stage = await openStage({ seeding: true })
		const peer = await unchoked(stage)
		let failures = 4
		stage.world.storage.before = operation => {
			if (!operation.startsWith('read') || failures === 0) return undefined
			failures -= 1
			throw Object.assign(new Error('no'), { code: 'EIO' })
		}
		peer.say(ask(0))
		await stage.run(100)
		expect(peer.count('reject') + peer.blocks.length).toBe(1)
		await stage.endsWell()
	})
})
