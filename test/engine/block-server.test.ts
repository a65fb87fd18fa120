import { describe, expect, test } from 'vitest'
import { BlockServer, type BlockSource, type SentBlocks } from '../../source/engine/block-server.ts'
import { PeerLink } from '../../source/engine/peer-link.ts'
import { type Block } from '../../source/protocol/geometry.ts'
import { toBlockOffset, toPeerNumber, toPieceIndex } from '../../source/protocol/ids.ts'
import { FakeConnection } from '../helpers/fake-connection.ts'
import { ManualClock } from '../helpers/manual-clock.ts'
import { openTorrentDisk } from '../helpers/torrent-disk.ts'

const blockBytes = 16_384
const blockAt = (piece: number): Block => ({
	piece: toPieceIndex(piece, 4),
	offset: toBlockOffset(0),
	length: blockBytes,
})

async function setUp() {
	const disk = openTorrentDisk({ files: { data: 4 * blockBytes }, pieceLength: blockBytes })
	disk.fill(0)
	await disk.files.prepare()
	const sent: SentBlocks[] = []
	const failed: Block[] = []
	const tapped: number[] = []
	const slabs: Uint8Array[] = []
	const broken = new Set<number>()
	const files: BlockSource = {
		readBlocks: async (blocks: readonly Block[], slab: Uint8Array) => {
			slabs.push(slab)
			const readable = blocks.filter(({ piece }) => !broken.has(piece))
			const { wire } = await disk.files.readBlocks(readable, slab)
			const unreadable = blocks.filter(({ piece }) => broken.has(piece))
			return { wire, failed: unreadable.map(block => ({ block, error: 'EIO' })) }
		},
	}
	const server = new BlockServer({
		files,
		doubts: { count: 0, has: () => false, settle: () => Promise.resolve(undefined) },
		onSent: one => sent.push(one),
		onFailed: ({ block }) => failed.push(block),
		onBlock: (_peer, { piece }) => tapped.push(piece),
	})
	const connect = (number: number) => {
		const connection = new FakeConnection()
		const peer = toPeerNumber(number)
		const link = new PeerLink({
			connection,
			clock: new ManualClock(),
			incoming: true,
			peer,
			route: () => undefined,
		})
		connection.handler = link
		return { connection, link, peer }
	}
	return { disk, server, sent, failed, tapped, slabs, broken, connect }
}

describe('blocks', () => {
	test('leave in one write, as `piece` messages, in their order', async () => {
		const { disk, server, sent, tapped, connect } = await setUp()
		const { connection, link, peer } = connect(1)
		await server.serve(link, [blockAt(2), blockAt(0)])
		expect(connection.written).toHaveLength(1)
		expect(connection.bytes.subarray(0, 9)).toEqual(Uint8Array.of(0, 0, 0x40, 9, 7, 0, 0, 0, 2))
		expect(connection.bytes.subarray(13, 13 + blockBytes)).toEqual(disk.piece(2))
		expect(sent).toEqual([{ peer, blocks: 2, bytes: 2 * blockBytes }])
		expect(tapped).toEqual([2, 0])
	})

	test('that cannot be read are told one by one; the others leave', async () => {
		const { server, sent, failed, broken, connect } = await setUp()
		const { link, peer } = connect(1)
		broken.add(3)
		const blocks = [blockAt(0), blockAt(3)]
		await server.serve(link, blocks)
		expect(sent).toEqual([{ peer, blocks: 1, bytes: blockBytes }])
		expect(failed).toEqual([blockAt(3)])
	})

	test('count as sent when the socket has let go of them, once', async () => {
		const { server, sent, connect } = await setUp()
		const { connection, link } = connect(1)
		connection.isStuck = true
		await server.serve(link, [blockAt(0)])
		await server.serve(link, [blockAt(1)])
		expect(sent).toEqual([])
		connection.drain()
		server.drained(link)
		server.drained(link)
		expect(sent.map(({ blocks }) => blocks)).toEqual([1, 1])
	})

	test('for a link that closed meanwhile go nowhere', async () => {
		const { server, sent, failed, connect } = await setUp()
		const { connection, link } = connect(1)
		const serving = server.serve(link, [blockAt(0)])
		link.abandon()
		await serving
		expect(connection.written).toEqual([])
		expect([...sent, ...failed]).toEqual([])
	})
})

describe('slabs', () => {
	test('are used again once the socket has let go, and never before', async () => {
		const { server, slabs, connect } = await setUp()
		const [quick, stuck] = [connect(1), connect(3)]
		stuck.connection.isStuck = true
		await server.serve(stuck.link, [blockAt(0)])
		await server.serve(quick.link, [blockAt(0)])
		await server.serve(quick.link, [blockAt(1)])
		expect(slabs[1]).toBe(slabs[2])
		expect(slabs[1]).not.toBe(slabs[0])
		stuck.connection.drain()
		server.drained(stuck.link)
		await server.serve(quick.link, [blockAt(0)])
		expect(slabs[3]).toBe(slabs[0])
	})

	test('of a peer that is gone are left alone: the system may still read them', async () => {
		const { server, slabs, sent, connect } = await setUp()
		const [gone, other] = [connect(1), connect(3)]
		gone.connection.isStuck = true
		await server.serve(gone.link, [blockAt(0)])
		server.forget(gone.peer)
		server.drained(gone.link)
		await server.serve(other.link, [blockAt(0)])
		expect(slabs[1]).not.toBe(slabs[0])
		expect(sent).toHaveLength(1)
	})
})
