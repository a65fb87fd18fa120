import { describe, expect, test } from 'vitest'
import type { BlockFields } from '../../source/protocol/message.ts'
import { encodeMessage } from '../../source/protocol/message-encoder.ts'
import { retainedBytes } from './retained-bytes.ts'
import type { ScriptedPeer } from './scripted-peer.ts'
import { block, openStage, type Stage } from './stage.ts'

const second = 1000
const mebibyte = 2 ** 20
const wrong = (length: number, fill = 0xee) => new Uint8Array(length).fill(fill)

/** Says that it has everything, unchokes us, and has been asked for something. */
async function asked(stage: Stage, peer = stage.join()): Promise<ScriptedPeer> {
	// Without BEP 6 as well: all bits but the spare ones.
	peer.say({ type: 'bitfield', bits: Uint8Array.of(0xff, 0xf0) }, { type: 'unchoke' })
	await stage.until(() => peer.count('request') > 0, 'a request')
	return peer
}

/** A peer that has everything, takes requests, and does nothing about them. */
async function hoarder(stage: Stage): Promise<ScriptedPeer> {
	const peer = stage.join()
	peer.say({ type: 'haveAll' }, { type: 'unchoke' })
	await stage.until(() => peer.count('request') > 0, 'a request')
	return peer
}

/** The thirteen bytes before the payload. */
function blockHead({ piece, offset, length }: BlockFields): Uint8Array {
	return encodeMessage({ type: 'piece', piece, offset, length }).slice(0, 13)
}

const first = (peer: ScriptedPeer) => {
	const [request] = peer.requests()
	if (request === undefined) throw new Error('expected a request')
	return request
}

const count = ({ events }: Stage, type: string) => events.filter(event => event.type === type).length

describe('a block that nobody asked for', () => {
	test('is thrown away, and never written over good data', async () => {
		const stage = await openStage()
		await stage.until(() => count(stage, 'pieceVerified') >= 3, 'some pieces')
		const peer = stage.join()
		for (let piece = 0; piece < 11; piece += 1) {
			peer.bring({ piece, offset: 0 }, wrong(block))
			peer.bring({ piece, offset: block }, wrong(block))
		}
		expect(await stage.endOf(peer)).toBeUndefined()
		await stage.endsWell()
		expect(count(stage, 'pieceFailed')).toBe(0)
	})

	test('before anything was said is thrown away as well', async () => {
		const stage = await openStage()
		const peer = stage.join({ flags: { fast: false, extended: false } })
		peer.bring({ piece: 0, offset: 0 }, wrong(block))
		expect(await stage.endOf(peer)).toBeUndefined()
		await stage.endsWell()
	})

	test('ten thousand times over takes no memory, and ends the connection', async () => {
		const stage = await openStage()
		const peer = stage.join()
		peer.say({ type: 'haveAll' })
		const before = retainedBytes()
		for (let times = 0; times < 10_000 && !peer.isClosed; times += 1)
			peer.bring({ piece: times % 11, offset: 0 }, wrong(block))
		expect(retainedBytes() - before).toBeLessThan(4 * mebibyte)
		expect(await stage.endOf(peer)).toBe('too-much-waste')
		await stage.endsWell()
	})

	test('but that was asked of somebody else is not taken from a third', async () => {
		const stage = await openStage()
		const { honest } = stage
		if (honest === undefined) throw new Error('expected an honest peer')
		await stage.until(() => honest.peer.count('request') > 0, 'a request')
		const peer = stage.join()
		for (const request of honest.peer.requests()) peer.bring(request, wrong(request.length))
		await stage.endsWell()
		expect(count(stage, 'pieceFailed')).toBe(0)
	})
})

describe('a block at a place or of a length that nobody asked for', () => {
	const shapes: readonly (readonly [string, { piece: number; offset: number }, number])[] = [
		['off the grid', { piece: 0, offset: 1 }, block],
		['over the end of its piece', { piece: 0, offset: block + 1 }, block],
		['past the end of its piece', { piece: 0, offset: 2 * block }, block],
		['at an offset of 2^32 - 1', { piece: 0, offset: 2 ** 32 - 1 }, block],
		['of piece twelve of twelve', { piece: 12, offset: 0 }, block],
		['of piece 2^32 - 1', { piece: 2 ** 32 - 1, offset: 0 }, block],
		['over the end of the torrent', { piece: 11, offset: block }, block],
		['a byte short', { piece: 0, offset: 0 }, block - 1],
		['a byte long', { piece: 0, offset: 0 }, 1],
	]
	test.each(shapes)('is thrown away: %s', async (_, place, length) => {
		const stage = await openStage()
		const peer = await asked(stage)
		peer.bring(place, wrong(length))
		expect(await stage.endOf(peer)).toBeUndefined()
		await stage.endsWell()
		expect(count(stage, 'pieceFailed')).toBe(0)
	})

	test('is asked for again where it was short', async () => {
		const stage = await openStage({ alone: true })
		const peer = await asked(stage)
		const request = first(peer)
		peer.bring(request, stage.bytesOf(request).subarray(0, 100))
		stage.addHonest()
		await stage.endsWell()
		expect(peer.isClosed && stage.reasonsOf(peer)[0]?.code).not.toBe('banned')
	})

	test('is the last one at full length, which is shorter', async () => {
		const stage = await openStage({ alone: true })
		const peer = await asked(stage)
		await stage.run(second)
		peer.bring({ piece: 11, offset: block }, wrong(block))
		stage.addHonest()
		await stage.endsWell()
		expect(count(stage, 'pieceFailed')).toBe(0)
	})
})

describe('wrong data', () => {
	test('of the only source bans its host, and the piece comes from others', async () => {
		const stage = await openStage({ alone: true })
		const peer = await asked(stage)
		for (let read = 0; read < 8; read += 1) {
			for (const request of peer.requests())
				if (!peer.isClosed) peer.bring(request, wrong(request.length, read))
			await stage.run(100)
		}
		expect(await stage.endOf(peer)).toBe('banned')
		expect(count(stage, 'peerBanned')).toBe(1)
		expect(stage.join({ host: peer.remote.host, port: 999 }).isClosed).toBe(true)
		stage.addHonest()
		await stage.endsWell()
	})

	test('of somebody who has hung up by the time it is found out bans its host all the same', async () => {
		const stage = await openStage({ alone: true })
		const peer = await asked(stage)
		const { piece } = first(peer)
		for (const request of peer.requests())
			if (request.piece === piece) peer.bring(request, wrong(request.length))
		peer.leave()
		await stage.until(() => count(stage, 'pieceFailed') > 0, 'a piece that fails')
		await stage.run(100)
		expect(stage.join({ host: peer.remote.host, port: 999 }).isClosed).toBe(true)
		stage.addHonest()
		await stage.endsWell()
	})

	test('in one block among blocks of an honest peer bans only who sent it', async () => {
		const stage = await openStage()
		const peer = await asked(stage)
		let read = 0
		while (!peer.isClosed) {
			for (const request of peer.requests().slice(read)) {
				const bytes = stage.bytesOf(request)
				if (read === 0) bytes[5] = (bytes[5] ?? 0) ^ 1
				peer.bring(request, bytes)
				read += 1
			}
			await stage.step()
			if (stage.events.some(({ type }) => type === 'downloadCompleted')) break
		}
		await stage.endsWell()
		const banned = stage.events.flatMap(event => (event.type === 'peerBanned' ? [event.host] : []))
		expect(banned).toEqual([peer.remote.host])
	})
})

describe('a block that is not needed any more', () => {
	test('because it came already is thrown away', async () => {
		const stage = await openStage()
		const peer = await asked(stage)
		const request = first(peer)
		peer.bring(request, stage.bytesOf(request))
		for (let times = 0; times < 20; times += 1) peer.bring(request, wrong(block, times))
		expect(await stage.endOf(peer)).toBeUndefined()
		await stage.endsWell()
		expect(count(stage, 'pieceFailed')).toBe(0)
	})

	test('because we cancelled it is welcome all the same', async () => {
		const stage = await openStage()
		const peer = await asked(stage)
		await stage.until(() => peer.count('cancel') > 0, 'a cancel')
		for (const request of peer.requests()) if (!peer.isClosed) peer.bring(request, stage.bytesOf(request))
		await stage.run(100)
		if (peer.isClosed) expect(stage.reasonsOf(peer)[0]?.code).toBe('both-complete')
		await stage.endsWell()
		expect(count(stage, 'pieceFailed')).toBe(0)
	})
})

describe('who takes requests', () => {
	test('by the dozen and sends nothing takes nothing of the rate of others, though few pieces may be open', async () => {
		const tookMs = async (crowdSize: number) => {
			const stage = await openStage({
				alone: true,
				torrent: { bytes: 768 * block, pieceLength: 256 * block },
			})
			for (let index = 0; index < crowdSize; index += 1)
				stage.join().say({ type: 'haveAll' }, { type: 'unchoke' })
			await stage.run(200)
			const before = stage.world.clock.now()
			stage.addHonest()
			await stage.endsWell()
			return stage.world.clock.now() - before
		}
		expect(await tookMs(30)).toBeLessThan(1.2 * (await tookMs(0)))
	})

	test('and sends nothing holds nobody up, on the last piece either', async () => {
		const torrent = { bytes: 64 * block, pieceLength: 4 * block }
		const stage = await openStage({ alone: true, torrent })
		const snubs = await Promise.all([hoarder(stage), hoarder(stage), hoarder(stage)])
		const before = stage.world.clock.now()
		stage.addHonest()
		await stage.endsWell()
		expect(stage.world.clock.now() - before).toBeLessThan(30 * second)
		for (const peer of snubs) expect(peer.count('request')).toBeGreaterThan(0)
	})

	test('and sends a byte a second of a block holds nobody up', async () => {
		const stage = await openStage()
		const peer = await asked(stage)
		const request = first(peer)
		const bytes = stage.bytesOf(request)
		peer.sayBytes(blockHead(request))
		const isOver = () => stage.events.some(({ type }) => type === 'downloadCompleted')
		let sent = 0
		for (; sent < 60 && !isOver() && !peer.isClosed; sent += 1) {
			peer.sayBytes(bytes.slice(sent, sent + 1))
			await stage.run(second)
		}
		expect(sent).toBeLessThan(60)
		await stage.endsWell()
	})

	test.each([true, false])(
		'and chokes in the middle of a block gives all of them back: fast %s',
		async fast => {
			const stage = await openStage()
			const peer = await asked(stage, stage.join({ flags: { fast } }))
			const request = first(peer)
			peer.sayBytes(blockHead(request), stage.bytesOf(request).subarray(0, 1_000))
			await stage.run(100)
			peer.sayBytes(stage.bytesOf(request).subarray(1_000))
			peer.say({ type: 'choke' })
			const rejects = peer.requests().slice(1)
			if (fast) peer.say(...rejects.map(waiting => ({ ...waiting, type: 'reject' as const })))
			expect(await stage.endOf(peer)).toBeUndefined()
			await stage.endsWell()
		},
	)

	test('and rejects each of them is not asked in a tight loop', async () => {
		const stage = await openStage({ alone: true })
		const peer = await asked(stage)
		let read = 0
		for (let turn = 0; turn < 500; turn += 1) {
			const requests = peer.requests()
			for (; read < requests.length; read += 1) {
				const request = requests[read]
				if (request !== undefined) peer.say({ ...request, type: 'reject' })
			}
			await stage.step(second / 10)
		}
		expect(peer.requests().length).toBeLessThan(500)
		stage.addHonest()
		await stage.endsWell()
	})

	test('and hangs up in the middle of a block leaves it to others', async () => {
		const stage = await openStage()
		for (const length of [0, 1, 5, 12, 13, 14, 13 + block - 1]) {
			const peer = await asked(stage)
			const request = first(peer)
			peer.sayBytes(blockHead(request).slice(0, length))
			if (length > 13) peer.sayBytes(wrong(length - 13))
			peer.leave(length % 2 === 0 ? 'ECONNRESET' : undefined)
		}
		await stage.endsWell()
		expect(count(stage, 'pieceFailed')).toBe(0)
	})
})

describe('a reject', () => {
	test('of what nobody asked for changes nothing', async () => {
		const stage = await openStage()
		const peer = stage.join()
		for (let times = 0; times < 1_000; times += 1) {
			peer.say({ type: 'reject', piece: times % 12, offset: 0, length: block })
			peer.say({ type: 'reject', piece: 2 ** 32 - 1 - times, offset: 2 ** 32 - 1, length: 2 ** 32 - 1 })
		}
		expect(await stage.endOf(peer)).toBeUndefined()
		expect(peer.count('request')).toBe(0)
		await stage.endsWell()
	})
})

describe('advice', () => {
	test('on pieces that do not exist is passed over, and never followed', async () => {
		const stage = await openStage()
		const peer = stage.join()
		peer.say({ type: 'haveAll' })
		for (const piece of [12, 2 ** 31, 2 ** 32 - 234])
			peer.say({ type: 'suggest', piece }, { type: 'allowedFast', piece })
		expect(await stage.endOf(peer)).toBeUndefined()
		expect(peer.count('request')).toBe(0)
		await stage.endsWell()
	})

	test('on pieces that its giver lacks is not followed', async () => {
		const stage = await openStage()
		const peer = stage.join()
		peer.say(
			{ type: 'haveNone' },
			{ type: 'allowedFast', piece: 1 },
			{ type: 'suggest', piece: 2 },
			{ type: 'unchoke' },
		)
		expect(await stage.endOf(peer)).toBeUndefined()
		expect(peer.count('request')).toBe(0)
		await stage.endsWell()
	})

	test('a hundred thousand times over takes no memory', async () => {
		const stage = await openStage({ torrent: { bytes: 5_000 * 16, pieceLength: 16 }, alone: true })
		const peer = stage.join()
		const before = retainedBytes()
		const advice = Array.from({ length: 5_000 }, (_, piece) => [
			encodeMessage({ type: 'suggest', piece }),
			encodeMessage({ type: 'allowedFast', piece }),
		]).flat()
		for (let times = 0; times < 20; times += 1) peer.sayBytes(...advice)
		expect(retainedBytes() - before).toBeLessThan(4 * mebibyte)
		const [there] = stage.core().peers.values()
		expect(there?.session.allowedFast.size).toBeLessThanOrEqual(128)
		expect(there?.session.suggested.size).toBeLessThanOrEqual(32)
		expect(peer.isClosed).toBe(false)
	})
})
