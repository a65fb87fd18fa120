// Giving the info dictionary to others: BEP 9, threats M3.
import { describe, expect, test } from 'vitest'
import {
	encodeExtensionHandshake,
	ourExtensionIds,
	parseExtensionHandshake,
} from '../../source/protocol/extension.ts'
import type { PeerNumber } from '../../source/protocol/ids.ts'
import { encodeMetadataRequest, metadataPieceLength } from '../../source/protocol/ut-metadata.ts'
import { effectsOf, LoneTorrent, sentTo } from '../helpers/lone-torrent.ts'
import { infoOf, MagnetStage, metadataTo } from '../helpers/metadata-peers.ts'

const piece = metadataPieceLength

class Library {
	readonly info: Uint8Array
	readonly lone: LoneTorrent

	constructor(infoLength: number, options: { readonly maxUpBytesPerSecond?: number } = {}) {
		this.info = infoOf(infoLength)
		this.lone = new LoneTorrent({ content: { infoBytes: this.info }, have: 'all', ...options })
	}

	join(number: number): PeerNumber {
		const peer = this.lone.connect(number, { extended: true })
		const payload = encodeExtensionHandshake({
			extensions: ['ut_metadata'],
			client: 'test',
			requestQueue: 500,
		})
		this.lone.say(peer, { type: 'haveNone' }, { type: 'extended', id: 0, payload })
		return peer
	}

	ask(peer: PeerNumber, ...pieces: readonly number[]): void {
		for (const index of pieces) {
			const payload = encodeMetadataRequest(index)
			this.lone.say(peer, { type: 'extended', id: ourExtensionIds.ut_metadata, payload })
		}
	}

	answers(peer: PeerNumber, type: 'data' | 'reject'): number[] {
		return metadataTo(this.lone.effects, peer).flatMap(message =>
			message.type === type ? [message.piece] : [],
		)
	}
}

const handshakeTo = (lone: LoneTorrent, peer: PeerNumber) =>
	sentTo(lone.effects, peer, 'extended')
		.filter(({ id }) => id === 0)
		.map(({ payload }) => parseExtensionHandshake(payload))

describe('whoever asks for the metadata', () => {
	test('hears its length with the first words, and gets it', () => {
		const library = new Library(piece + 3)
		const peer = library.join(1)
		expect(handshakeTo(library.lone, peer)).toMatchObject([{ metadataBytes: piece + 3 }])
		library.ask(peer, 1, 0)
		const data = metadataTo(library.lone.effects, peer)
		expect(data.map(message => message.type === 'data' && [message.piece, message.bytes.length])).toEqual([
			[1, 3],
			[0, piece],
		])
	})

	test('for what does not exist hears no, and stays', () => {
		const library = new Library(3 * piece)
		const peer = library.join(1)
		library.ask(peer, 42, -1, 3)
		expect(library.answers(peer, 'reject')).toEqual([42, -1, 3])
		expect(library.lone.torrent.core.peers.size).toBe(1)
	})

	test('before we have it hears no, and its length as soon as we do', () => {
		const stage = new MagnetStage(100)
		const peer = stage.join(1, 'untold')
		expect(handshakeTo(stage.lone, peer).map(({ metadataBytes }) => metadataBytes)).toEqual([undefined])
		stage.request(peer, 0)
		expect(metadataTo(stage.lone.effects, peer)).toContainEqual({ type: 'reject', piece: 0 })
		stage.lone.feed({ type: 'ContentKnown', content: { ...stage.lone.content, infoBytes: stage.info } })
		expect(handshakeTo(stage.lone, peer).at(-1)?.metadataBytes).toBe(100)
	})

	test('and does not read has eight pieces on its way, sixty-four waiting, and hears no to the rest', () => {
		const library = new Library(200 * piece)
		const peer = library.join(1)
		library.ask(peer, ...Array.from({ length: 200 }, (_, at) => at))
		expect(library.answers(peer, 'data')).toHaveLength(8)
		expect(library.lone.peer(peer).metadataQueue).toHaveLength(64)
		expect(library.answers(peer, 'reject')).toHaveLength(200 - 72)
		expect(effectsOf(library.lone.effects, 'AwaitDrain')).toHaveLength(8)
		library.lone.feed({ type: 'SocketDrained', peer })
		expect(library.answers(peer, 'data')).toHaveLength(16)
	})

	test('ten thousand times gets it a few times', () => {
		const library = new Library(2 * piece)
		const peer = library.join(1)
		for (let time = 0; time < 10_000; time += 1) {
			library.ask(peer, time % 2)
			library.lone.feed({ type: 'SocketDrained', peer })
		}
		expect(library.answers(peer, 'data')).toHaveLength(64)
		expect(library.answers(peer, 'reject')).toHaveLength(10_000 - 64)
	})

	test('waits under a limit like whoever asks for blocks', () => {
		const library = new Library(60 * piece, { maxUpBytesPerSecond: 4 * piece })
		const peer = library.join(1)
		library.ask(peer, ...Array.from({ length: 60 }, (_, at) => at))
		for (let second = 0; second < 5; second += 1) {
			library.lone.feed({ type: 'SocketDrained', peer })
			library.lone.advance(1000)
		}
		expect(library.answers(peer, 'data').length).toBeGreaterThanOrEqual(18)
		expect(library.answers(peer, 'data').length).toBeLessThanOrEqual(24)
	})
})
