// Peers that keep every rule, for whom a hostile one beside them must cost nothing: a seed that answers the
// requests it hears, and a leecher that fetches everything and compares every byte.
import { encodeExtensionHandshake, ourExtensionIds } from '../../source/protocol/extension.ts'
import type { BlockFields, Message } from '../../source/protocol/message.ts'
import { blockBytes } from '../../source/protocol/message.ts'
import { encodeMetadataData, parseMetadataMessage } from '../../source/protocol/ut-metadata.ts'
import type { MadeTorrent } from '../helpers/make-torrent.ts'
import type { ScriptedPeer } from './scripted-peer.ts'

const keepAliveMs = 60_000
const window = 4

/** One that does its part a step at a time. */
export type Honest = {
	readonly peer: ScriptedPeer
	step(now: number): void
	/** Whether it got all that it came for. */
	readonly isDone: boolean
}

/** Has everything, unchokes, and answers up to `blocksPerStep` requests a step; `lies` makes a block wrong. */
export function honestSeed(
	peer: ScriptedPeer,
	{ content, pieceLength }: MadeTorrent,
	{
		blocksPerStep = 1,
		lies = () => false,
		info,
	}: { blocksPerStep?: number; lies?: (block: BlockFields) => boolean; info?: Uint8Array } = {},
): Honest {
	let read = 0
	let saidAt = 0
	const wanted: BlockFields[] = []
	peer.say({ type: 'haveAll' }, { type: 'unchoke' })
	if (info !== undefined) offerInfo(peer, info.length)
	const listen = () => {
		for (; read < peer.heard.length; read += 1) {
			const message = peer.heard[read]
			if (message !== undefined && info !== undefined) answerInfo(peer, message, info)
			if (message?.type === 'request') wanted.push(message)
			if (message?.type !== 'cancel') continue
			const at = wanted.findIndex(({ piece, offset }) => piece === message.piece && offset === message.offset)
			if (at < 0) continue
			const [block] = wanted.splice(at, 1)
			if (block !== undefined) peer.say({ type: 'reject', ...fieldsOf(block) })
		}
	}
	return {
		peer,
		isDone: true,
		step(now) {
			listen()
			for (let served = 0; served < blocksPerStep; served += 1) {
				const block = wanted.shift()
				if (block === undefined || peer.isClosed) break
				const start = block.piece * pieceLength + block.offset
				const payload = content.slice(start, start + block.length)
				if (lies(block)) payload[0] = (payload[0] ?? 0) ^ 0xff
				peer.bring(block, payload)
				saidAt = now
			}
			if (now - saidAt < keepAliveMs || peer.isClosed) return
			saidAt = now
			peer.say({ type: 'keepAlive' })
		},
	}
}

/** Lacks everything, and asks for it block by block. */
export function honestLeecher(peer: ScriptedPeer, { content, pieceLength }: MadeTorrent): Honest {
	const missing: BlockFields[] = []
	for (let start = 0; start < content.length; start += blockBytes) {
		const length = Math.min(blockBytes, content.length - start)
		missing.push({ piece: Math.floor(start / pieceLength), offset: start % pieceLength, length })
	}
	const total = missing.length
	const asked = new Map<string, BlockFields>()
	let read = 0
	let saidAt = 0
	let isUnchoked = false
	let blocks = 0
	let got = 0
	peer.say({ type: 'haveNone' }, { type: 'interested' })
	return {
		peer,
		get isDone() {
			return got === total
		},
		step(now) {
			for (; read < peer.heard.length; read += 1) {
				const message = peer.heard[read]
				if (message?.type === 'unchoke') isUnchoked = true
				else if (message?.type === 'choke') isUnchoked = false
				else if (message?.type === 'reject') {
					asked.delete(keyOf(message))
					missing.push(fieldsOf(message))
				}
			}
			for (; blocks < peer.blocks.length; blocks += 1) {
				const block = peer.blocks[blocks]
				if (block === undefined || !asked.delete(keyOf(block)))
					throw new Error('a block that nobody asked for')
				const start = block.piece * pieceLength + block.offset
				const expected = content.subarray(start, start + block.length)
				if (Buffer.compare(expected, block.payload) !== 0) throw new Error('a block with wrong bytes')
				got += 1
			}
			if (peer.isClosed) return
			while (isUnchoked && asked.size < window) {
				const block = missing.shift()
				if (block === undefined) break
				asked.set(keyOf(block), block)
				peer.say({ type: 'request', ...block })
				saidAt = now
			}
			if (now - saidAt < keepAliveMs) return
			saidAt = now
			peer.say({ type: 'keepAlive' })
		},
	}
}

function fieldsOf({ piece, offset, length }: BlockFields): BlockFields {
	return { piece, offset, length }
}

function keyOf({ piece, offset, length }: BlockFields): string {
	return `${piece} ${offset} ${length}`
}

/** Says that it has metadata of this length, and by which id it is asked for it (BEP 9). */
export function offerInfo(peer: ScriptedPeer, metadataBytes: number | undefined): void {
	const payload = encodeExtensionHandshake({
		extensions: ['ut_metadata'],
		client: 'test',
		requestQueue: 250,
		metadataBytes,
	})
	peer.say({ type: 'extended', id: 0, payload })
}

/** Pieces of metadata that a message asks for. */
export function infoRequest(message: Message): number | undefined {
	if (message.type !== 'extended' || message.id !== ourExtensionIds.ut_metadata) return undefined
	const said = parseMetadataMessage(message.payload)
	return said.type === 'request' ? said.piece : undefined
}

function answerInfo(peer: ScriptedPeer, message: Message, info: Uint8Array): void {
	const piece = infoRequest(message)
	if (piece === undefined || peer.isClosed) return
	peer.say({ type: 'extended', id: ourExtensionIds.ut_metadata, payload: encodeMetadataData(piece, info) })
}
