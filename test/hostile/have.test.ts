import { describe, expect, test } from 'vitest'
import type { Message } from '../../source/protocol/message.ts'
import { encodeMessage } from '../../source/protocol/message-encoder.ts'
import { retainedBytes } from './retained-bytes.ts'
import { block, openStage, type Stage } from './stage.ts'

const second = 1000
const minute = 60 * second
/** Twelve pieces: two bytes, of whose bits the last four are spare. */
const bitfield = (...bits: number[]): Message => ({ type: 'bitfield', bits: Uint8Array.from(bits) })

/** How many connected peers the engine counts for a piece, the honest seed among them. */
const copiesOf = ({ core }: Stage, piece: number) => {
	const { counts, seeds } = core().picker?.availability ?? { counts: [], seeds: 0 }
	return (counts[piece] ?? 0) + seeds
}

describe('a bitfield', () => {
	test.each([
		['too short', 'bitfield-length', [0xff]],
		['empty', 'bitfield-length', []],
		['too long', 'bitfield-length', [0xff, 0xf0, 0]],
		['with a spare bit set', 'bitfield-spare-bits', [0xff, 0xf8]],
		['with the last spare bit set', 'bitfield-spare-bits', [0, 1]],
	])('%s ends its connection', async (_, code, bits) => {
		const stage = await openStage()
		const peer = stage.join()
		peer.say(bitfield(...bits))
		expect(await stage.endOf(peer)).toBe(code)
		expect(copiesOf(stage, 0)).toBe(1)
		await stage.endsWell()
	})

	test('said again counts as the last word, and each piece as often as peers have it', async () => {
		const stage = await openStage()
		const peer = stage.join()
		peer.say(bitfield(0xf0, 0))
		expect([copiesOf(stage, 0), copiesOf(stage, 11)]).toEqual([2, 1])
		peer.say(bitfield(0, 0x10))
		expect([copiesOf(stage, 0), copiesOf(stage, 11)]).toEqual([1, 2])
		peer.say(bitfield(0, 0))
		expect([copiesOf(stage, 0), copiesOf(stage, 11)]).toEqual([1, 1])
		expect(await stage.endOf(peer)).toBeUndefined()
		await stage.endsWell()
	})

	test('after other messages counts like one that comes first', async () => {
		const stage = await openStage()
		const peer = stage.join()
		peer.say({ type: 'unchoke' }, { type: 'interested' }, { type: 'have', piece: 3 }, bitfield(0x80, 0))
		expect(await stage.endOf(peer)).toBeUndefined()
		const asked = new Set(peer.requests().map(({ piece }) => piece))
		expect([...asked].filter(piece => piece !== 0)).toEqual([])
		await stage.endsWell()
	})
})

describe('all, none and some', () => {
	test('in any order leave the last word, and the right counts', async () => {
		const words: readonly [Message, readonly [number, number]][] = [
			[{ type: 'haveAll' }, [2, 2]],
			[{ type: 'haveNone' }, [1, 1]],
			[bitfield(0x80, 0), [2, 1]],
			[{ type: 'haveAll' }, [2, 2]],
			[{ type: 'haveAll' }, [2, 2]],
			[bitfield(0xff, 0xf0), [2, 2]],
			[{ type: 'haveNone' }, [1, 1]],
			[{ type: 'haveNone' }, [1, 1]],
			[{ type: 'have', piece: 11 }, [1, 2]],
			[{ type: 'haveNone' }, [1, 1]],
		]
		const stage = await openStage()
		const peer = stage.join()
		for (const [word, counts] of words) {
			peer.say(word)
			expect([copiesOf(stage, 0), copiesOf(stage, 11)]).toEqual(counts)
		}
		expect(await stage.endOf(peer)).toBeUndefined()
		await stage.endsWell()
	})

	test('told over and over end the connection: each costs a look at every piece', async () => {
		const stage = await openStage()
		const peer = stage.join()
		for (let times = 0; times < 100 && !peer.isClosed; times += 1)
			peer.say({ type: 'haveAll' }, { type: 'haveNone' })
		expect(await stage.endOf(peer)).toBe('have-replaced-too-often')
		await stage.endsWell()
	})

	test.each<Message>([
		{ type: 'haveAll' },
		{ type: 'haveNone' },
		{ type: 'suggest', piece: 0 },
		{ type: 'allowedFast', piece: 0 },
		{ type: 'reject', piece: 0, offset: 0, length: block },
	])('are not for those who did not agree to the Fast Extension: $type', async message => {
		const stage = await openStage()
		const peer = stage.join({ flags: { fast: false } })
		peer.say(message)
		expect(await stage.endOf(peer)).toBe('fast-not-negotiated')
		await stage.endsWell()
	})
})

describe('a have', () => {
	test.each([12, 13, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1])(
		'of piece %i of twelve ends its connection',
		async piece => {
			const stage = await openStage()
			const peer = stage.join()
			peer.say({ type: 'have', piece })
			expect(await stage.endOf(peer)).toBe('have-out-of-range')
			await stage.endsWell()
		},
	)

	test('said twice, or of a piece in the bitfield, counts once', async () => {
		const stage = await openStage()
		const peer = stage.join()
		peer.say(bitfield(0x80, 0), { type: 'have', piece: 0 })
		peer.say({ type: 'have', piece: 5 }, { type: 'have', piece: 5 })
		expect([copiesOf(stage, 0), copiesOf(stage, 5)]).toEqual([2, 2])
		peer.leave()
		expect([copiesOf(stage, 0), copiesOf(stage, 5)]).toEqual([1, 1])
		await stage.endsWell()
	})

	test('that makes a seed of its sender keeps the counts right', async () => {
		const stage = await openStage()
		const peer = stage.join()
		for (let piece = 0; piece < 12; piece += 1) peer.say({ type: 'have', piece })
		for (let piece = 0; piece < 12; piece += 1) expect(copiesOf(stage, piece)).toBe(2)
		peer.say({ type: 'haveNone' })
		for (let piece = 0; piece < 12; piece += 1) expect(copiesOf(stage, piece)).toBe(1)
		await stage.endsWell()
	})

	test('hundreds of thousands of times over costs little time and no memory', async () => {
		const stage = await openStage()
		const peer = stage.join()
		peer.say({ type: 'have', piece: 0 })
		const before = retainedBytes()
		const segment = Array.from({ length: 5_000 }, (_, index) =>
			encodeMessage({ type: 'have', piece: index % 11 }),
		)
		for (let times = 0; times < 60; times += 1) peer.sayBytes(...segment)
		expect(retainedBytes() - before).toBeLessThan(4 * 2 ** 20)
		expect(await stage.endOf(peer)).toBeUndefined()
		await stage.endsWell()
	})
})

describe('who claims everything', () => {
	test('and takes it back is asked for none of it any more', async () => {
		const stage = await openStage()
		const peer = stage.join()
		peer.say({ type: 'haveAll' }, { type: 'unchoke' })
		peer.say({ type: 'choke' }, { type: 'haveNone' })
		const before = peer.count('request')
		await stage.run(2 * second)
		peer.say({ type: 'unchoke' })
		await stage.run(2 * second)
		expect(peer.count('request')).toBe(before)
		expect(peer.count('notInterested')).toBe(1)
		await stage.endsWell()
	})

	test('and then says of a piece that it is lost is not asked for that one any more', async () => {
		const stage = await openStage({ alone: true })
		const peer = stage.join()
		peer.say({ type: 'haveAll' }, { type: 'extended', id: 4, payload: Uint8Array.of(0, 0, 0, 3) })
		peer.say({ type: 'unchoke' })
		await stage.until(() => peer.count('request') > 0, 'requests')
		for (let read = 0; read < peer.requests().length; read += 1) {
			const request = peer.requests()[read]
			if (request !== undefined) peer.bring(request, stage.bytesOf(request))
			await stage.step(10)
		}
		expect(peer.requests().some(({ piece }) => piece === 3)).toBe(false)
		stage.addHonest()
		await stage.endsWell()
	})

	test.each([
		['that does not exist', Uint8Array.of(0xff, 0xff, 0xff, 0xff), 'have-out-of-range'],
		['without saying which', new Uint8Array(), 'dont-have-length'],
		['in a megabyte', new Uint8Array(2 ** 20 - 2), 'dont-have-length'],
	])('and then lost a piece %s is let go', async (_, payload, code) => {
		const stage = await openStage()
		const peer = stage.join()
		peer.say({ type: 'haveAll' }, { type: 'extended', id: 4, payload })
		expect(await stage.endOf(peer)).toBe(code)
		await stage.endsWell()
	})

	test('and loses and finds pieces for ever costs nothing', async () => {
		const stage = await openStage()
		const peer = stage.join()
		const lose = (piece: number) =>
			peer.say({ type: 'extended', id: 4, payload: Uint8Array.of(0, 0, 0, piece) })
		peer.say({ type: 'haveAll' })
		lose(0)
		for (let time = 0; time < 20_000; time += 1) {
			lose(1 + (time % 8))
			peer.say({ type: 'have', piece: 1 + (time % 8) })
		}
		expect(await stage.endOf(peer)).toBeUndefined()
		for (let time = 0; time < 100; time += 1) {
			peer.say({ type: 'have', piece: 0 })
			lose(0)
		}
		expect(await stage.endOf(peer)).toBe('have-replaced-too-often')
		await stage.endsWell()
	})

	test('and never unchokes costs nothing: others bring it', async () => {
		const stage = await openStage()
		const idlers = Array.from({ length: 10 }, () => stage.join())
		for (const peer of idlers) peer.say({ type: 'haveAll' })
		await stage.endsWell()
		for (const peer of idlers) expect(peer.count('request')).toBe(0)
	})

	test('while we have everything too is let go, politely', async () => {
		const stage = await openStage({ seeding: true })
		const peers = [stage.join(), stage.join(), stage.join({ flags: { fast: false, extended: false } })]
		const [all, bits, haves] = peers
		all?.say({ type: 'haveAll' })
		bits?.say(bitfield(0xff, 0xf0))
		for (let piece = 0; piece < 12; piece += 1)
			if (haves?.isClosed === false) haves.say({ type: 'have', piece })
		for (const peer of peers) expect(await stage.endOf(peer)).toBe('both-complete')
		await stage.endsWell()
	})

	test('and wants nothing stays ten minutes with a seed, if it is none', async () => {
		const stage = await openStage({ seeding: true })
		const peer = stage.join()
		peer.say(bitfield(0xff, 0xe0))
		for (let passed = 0; passed < 9.9 * minute; passed += minute) {
			peer.say({ type: 'keepAlive' })
			expect(peer.isClosed).toBe(false)
			await stage.run(minute, second)
		}
		await stage.run(10 * second, second)
		expect(await stage.endOf(peer)).toBe('no-mutual-interest')
		await stage.endsWell()
	})
})
