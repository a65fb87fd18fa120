import { expect, test } from 'vitest'
import { toPeerId, toPeerNumber } from '../../source/protocol/ids.ts'
import type { Effect, Input } from '../../source/torrent/boundary.ts'
import { TestNetwork } from '../helpers/core-pair.ts'

const block = 16_384
const peer = toPeerNumber(1)

/** A download of four pieces of two blocks with one seed that answers nothing by itself. */
function downloading() {
	const network = new TestNetwork(2 * block, 8 * block)
	const { torrent } = network.add()
	const feed = (input: Input): readonly Effect[] => torrent.handle(input, network.now)
	feed({
		type: 'HandshakeReceived',
		peer,
		address: { host: '10.0.0.9', port: 6881 },
		incoming: true,
		peerId: toPeerId(new Uint8Array(20).fill(9)),
		flags: { extended: false, fast: true, dht: false, v2: false },
	})
	feed({ type: 'MessageReceived', peer, message: { type: 'haveAll' } })
	const asked = feed({ type: 'MessageReceived', peer, message: { type: 'unchoke' } })
		.flatMap(effect => (effect.type === 'SendMessages' ? effect.messages : []))
		.filter(message => message.type === 'request')
	const receive = (index: number) => {
		const { piece = 0, offset = 0, length = 0 } = asked[index] ?? {}
		const fields = { piece, offset, length }
		if (!torrent.wantsBlock(peer, fields)) throw new Error('expected a block that was asked for')
		return feed({ type: 'BlockReceived', peer, block: fields })
	}
	return { torrent, feed, receive }
}

const typesOf = (effects: readonly Effect[]) =>
	effects.map(({ type }) => type).filter(type => type !== 'Report')

test('a recheck waits until what is being hashed and written has ended, so that nothing of before comes after it', () => {
	const { feed, receive } = downloading()
	receive(0)
	const [verify] = receive(1).filter(effect => effect.type === 'VerifyPiece')
	if (verify === undefined) throw new Error('expected a whole piece')
	expect(typesOf(feed({ type: 'RecheckRequested' }))).not.toContain('CheckData')
	const { piece } = verify
	expect(typesOf(feed({ type: 'PieceHashed', piece, matches: true, digests: undefined }))).toEqual([
		'WritePiece',
	])
	expect(typesOf(feed({ type: 'PieceWritten', piece }))).toContain('CheckData')
})

test('a recheck gives up what the pool holds of unfinished pieces', () => {
	const { torrent, feed, receive } = downloading()
	receive(0)
	const effects = feed({ type: 'RecheckRequested' })
	const open = [...(torrent.core.picker?.open.keys() ?? [])]
	expect(open.length).toBeGreaterThan(0)
	expect(effects.flatMap(effect => (effect.type === 'DiscardPiece' ? [effect.piece] : []))).toEqual(open)
	expect(effects.at(-1)).toEqual({ type: 'CheckData' })
})

test('a failure of the disk ends the wait of a recheck as well', () => {
	const { feed, receive } = downloading()
	receive(0)
	const [verify] = receive(1).filter(effect => effect.type === 'VerifyPiece')
	if (verify === undefined) throw new Error('expected a whole piece')
	feed({ type: 'RecheckRequested' })
	const { piece } = verify
	expect(typesOf(feed({ type: 'PieceHashFailed', piece, error: 'EIO' }))).toContain('CheckData')
})

test('a recheck forgets what was wrong with the disk before it, and nothing that goes wrong meanwhile', () => {
	const { torrent, feed } = downloading()
	const restart = () => {
		feed({ type: 'DataChecked', have: Uint8Array.of(0b1110_0000) })
		feed({ type: 'Started', listeningPort: 6881 })
	}
	feed({ type: 'DiskFailed', error: 'ESTALE' })
	expect(torrent.core.problem).toContain('recheck to use what is there')
	feed({ type: 'RecheckRequested' })
	restart()
	expect(torrent.core).toMatchObject({ state: 'downloading', problem: undefined, diskRetryAt: undefined })
	feed({ type: 'RecheckRequested' })
	feed({ type: 'DiskFailed', error: 'EIO' })
	restart()
	expect(torrent.core.problem).toContain('EIO')
})

test('a recheck during a recheck changes nothing', () => {
	const { feed } = downloading()
	feed({ type: 'RecheckRequested' })
	expect(feed({ type: 'RecheckRequested' })).toEqual([])
})

test('a piece is written as one that will be read soon while much is uploaded, not while somebody is interested', () => {
	const wantedOf = (uploadedBytes: number) => {
		const { feed, receive } = downloading()
		feed({ type: 'MessageReceived', peer, message: { type: 'interested' } })
		if (uploadedBytes > 0) feed({ type: 'BlocksSent', peer, blocks: 0, bytes: uploadedBytes })
		receive(0)
		const [verify] = receive(1).filter(effect => effect.type === 'VerifyPiece')
		if (verify === undefined) throw new Error('expected a whole piece')
		const effects = feed({ type: 'PieceHashed', piece: verify.piece, matches: true, digests: undefined })
		return effects.flatMap(effect => (effect.type === 'WritePiece' ? effect.wanted : []))
	}
	expect(wantedOf(block)).toEqual([true])
	expect(wantedOf(100)).toEqual([false])
	expect(wantedOf(0)).toEqual([false])
})
