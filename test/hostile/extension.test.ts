import { describe, expect, test } from 'vitest'
import { encodeBencode } from '../../source/protocol/bencode-encode.ts'
import { utf8 } from '../../source/protocol/bytes.ts'
import { ourExtensionIds } from '../../source/protocol/extension.ts'
import { retainedBytes } from './retained-bytes.ts'
import type { ScriptedPeer } from './scripted-peer.ts'
import { block, openStage, type Stage } from './stage.ts'

const mebibyte = 2 ** 20
const greet = (peer: ScriptedPeer, payload: Uint8Array | string) =>
	peer.say({ type: 'extended', id: 0, payload: typeof payload === 'string' ? utf8(payload) : payload })

/** What the engine knows of the peer. */
function known(stage: Stage, peer: ScriptedPeer) {
	const found = [...stage.core().peers.values()].find(({ address }) => address.host === peer.remote.host)
	if (found === undefined) throw new Error('expected a peer that is there')
	return { ...found.session.peerExtensions, client: found.client, reqq: found.pipeline.reqq }
}

/** Has everything and gives it, whatever its handshake was worth. */
async function stillGives(stage: Stage, peer: ScriptedPeer): Promise<void> {
	peer.say({ type: 'haveAll' }, { type: 'unchoke' })
	await stage.until(() => peer.count('request') > 0, 'a request')
	expect(await stage.endOf(peer)).toBeUndefined()
	await stage.endsWell()
}

test('an extended message without an id ends its connection', async () => {
	const stage = await openStage()
	const peer = stage.join()
	peer.sayBytes(Uint8Array.of(0, 0, 0, 1, 20))
	expect(await stage.endOf(peer)).toBe('message-length')
	await stage.endsWell()
})

describe('an extension handshake that nobody can read', () => {
	const deep = (open: string) => open.repeat(mebibyte - 2)
	test.each([
		['nothing', ''],
		['no bencode', 'hello'],
		['cut short', 'd1:md11:ut_metadatai'],
		['cut in a length', 'd1:m5'],
		['a list', 'le'],
		['a number', 'i5e'],
		['a string that claims 2^53 bytes', 'd1:v9007199254740993:x'],
		['a mebibyte of open lists', deep('l')],
		['a mebibyte of open dictionaries', deep('d1:a').slice(0, mebibyte - 2)],
		['a mebibyte of noise', Uint8Array.from({ length: mebibyte - 2 }, (_, index) => (index * 7919) >> 5)],
	])('is passed over: %s', async (_, payload) => {
		const stage = await openStage()
		const peer = stage.join()
		greet(peer, payload)
		await stillGives(stage, peer)
	})
})

describe('an extension handshake', () => {
	test('may be unsorted, with unknown keys and bytes behind it', async () => {
		const stage = await openStage()
		const peer = stage.join()
		greet(peer, 'd1:v4:Test1:zi1e4:reqqi33e1:md6:ut_pexi2e11:ut_metadatai3eeejunk')
		expect(known(stage, peer)).toMatchObject({ client: 'Test', reqq: 33 })
		await stillGives(stage, peer)
	})

	test.each(['-1', '0', '-9223372036854775808'])(
		'with a queue or metadata of %s says nothing about them',
		async value => {
			const stage = await openStage()
			const peer = stage.join()
			const before = known(stage, peer)
			greet(peer, `d13:metadata_sizei${value}e4:reqqi${value}ee`)
			expect(known(stage, peer)).toEqual(before)
			await stillGives(stage, peer)
		},
	)

	test.each([2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER])(
		'with metadata of %i bytes takes none for it',
		async size => {
			const stage = await openStage()
			const peer = stage.join()
			const before = retainedBytes()
			greet(peer, encodeBencode({ metadata_size: size, reqq: size, m: { ut_metadata: 1 } }))
			expect(retainedBytes() - before).toBeLessThan(4 * mebibyte)
			expect(known(stage, peer).metadataBytes).toBeUndefined()
			await stillGives(stage, peer)
		},
	)

	test('with ids out of range, of another type or taken twice leaves those out', async () => {
		const stage = await openStage()
		const peer = stage.join()
		greet(peer, 'd1:md11:lt_donthave1:711:ut_metadatai7e6:ut_pexi7e11:upload_onlyi256e7:unknowni-1eee')
		expect([...known(stage, peer).ids]).toEqual([['ut_metadata', 7]])
		greet(peer, 'd1:md11:ut_metadatai0eee')
		expect([...known(stage, peer).ids]).toEqual([])
		await stillGives(stage, peer)
	})

	test('said again counts as the last word', async () => {
		const stage = await openStage()
		const peer = stage.join()
		greet(peer, 'd1:md6:ut_pexi1ee4:reqqi10e1:v3:onee')
		greet(peer, 'd1:md6:ut_pexi9ee4:reqqi20e1:v3:twoe')
		expect(known(stage, peer)).toMatchObject({ client: 'two', reqq: 20, ids: new Map([['ut_pex', 9]]) })
		await stillGives(stage, peer)
	})

	test('with keys of the language’s own touches no prototype', async () => {
		const stage = await openStage()
		const peer = stage.join()
		greet(peer, 'd9:__proto__d8:pollutedi1ee1:md9:__proto__i5e11:constructori6e8:toStringi7eee')
		expect(Reflect.get({}, 'polluted')).toBeUndefined()
		expect(Object.getPrototypeOf(known(stage, peer))).toBe(Object.prototype)
		await stillGives(stage, peer)
	})

	test('with a name of a mebibyte of control characters shows a short and harmless one', async () => {
		const stage = await openStage()
		const peer = stage.join()
		const name = '\u001b[2J\u0007\u202Eevil'.repeat(80_000)
		greet(peer, encodeBencode({ v: name }).subarray(0, mebibyte - 2))
		greet(peer, encodeBencode({ v: name.slice(0, 900_000) }))
		const { client } = known(stage, peer)
		expect(client.length).toBeLessThanOrEqual(64)
		expect(client).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e]/u)
		await stillGives(stage, peer)
	})

	test('with a thousand names keeps a few of them', async () => {
		const stage = await openStage()
		const peer = stage.join()
		const m = new Map(
			Array.from({ length: 250 }, (_, index) => [`name ${index}`.padEnd(200, 'x'), index + 1]),
		)
		const before = retainedBytes()
		for (let times = 0; times < 50; times += 1) {
			const renamed = new Map(Array.from(m, ([name, id]) => [`${times} ${name}`, id]))
			greet(peer, encodeBencode({ m: renamed }))
		}
		expect(known(stage, peer).others.size).toBeLessThanOrEqual(32)
		expect(retainedBytes() - before).toBeLessThan(4 * mebibyte)
		await stillGives(stage, peer)
	})

	test('that says we are somebody else makes us dial nobody, and ban nobody', async () => {
		const stage = await openStage({ torrent: { bytes: 100 * block } })
		const peer = stage.join()
		for (const ip of [
			[127, 0, 0, 1],
			[0, 0, 0, 0],
			[224, 0, 0, 1],
			[192, 0, 2, 1],
			[1, 2, 3],
		])
			greet(peer, encodeBencode({ yourip: Uint8Array.from(ip), p: 70_000 }))
		await stage.run(100)
		expect(stage.dialled).toEqual([])
		await stillGives(stage, peer)
	})
})

describe('extended messages', () => {
	test('before any handshake, or under ids that we never gave, are passed over', async () => {
		const stage = await openStage()
		const peer = stage.join()
		for (let id = 1; id < 256; id += 1) {
			if (id === ourExtensionIds.lt_donthave) continue
			peer.say({ type: 'extended', id, payload: utf8('d8:msg_typei0e5:piecei0ee') })
		}
		peer.say({ type: 'extended', id: 9, payload: new Uint8Array(mebibyte - 2) })
		expect(peer.heard.filter(({ type }) => type === 'extended')).toHaveLength(1)
		await stillGives(stage, peer)
	})

	test('of somebody who did not agree to them are passed over', async () => {
		const stage = await openStage()
		const peer = stage.join({ flags: { extended: false } })
		greet(peer, 'd1:v4:Testee')
		expect(known(stage, peer).client).not.toBe('Test')
		expect(peer.count('extended')).toBe(0)
		await stillGives(stage, peer)
	})

	test('twenty thousand times over cost no memory', async () => {
		const stage = await openStage()
		const peer = stage.join()
		const before = retainedBytes()
		for (let times = 0; times < 20_000; times += 1) greet(peer, `d1:v8:${String(times).padStart(8, '0')}e`)
		expect(retainedBytes() - before).toBeLessThan(4 * mebibyte)
		await stillGives(stage, peer)
	})
})

test('a peer that says it takes one request at a time is asked for one at a time', async () => {
	const stage = await openStage({ alone: true })
	const peer = stage.join()
	greet(peer, 'd4:reqqi1ee')
	peer.say({ type: 'haveAll' }, { type: 'unchoke' })
	await stage.run(1_000)
	expect(peer.requests()).toHaveLength(1)
	for (let read = 0; read < 3; read += 1) {
		const request = peer.requests()[read]
		if (request !== undefined) peer.bring(request, stage.bytesOf(request))
		await stage.run(100)
	}
	expect(peer.requests()).toHaveLength(4)
	expect(peer.requests().every(({ length }) => length <= block)).toBe(true)
	stage.addHonest()
	await stage.endsWell()
})
