// Somebody else touches the files of a torrent while the program runs: no claim survives it, what is whole counts
// as whole, and nothing is fetched over and over.
import { describe, expect, it } from 'vitest'
import { createBitfield } from '../../source/protocol/bitfield.ts'
import { blockBytes } from '../../source/protocol/message.ts'
import type { TorrentEvent } from '../../source/torrent/boundary.ts'
import { type BytePeer, connectBytePeer } from '../helpers/byte-peer.ts'
import { FaultScene, type Run } from '../helpers/fault-scene.ts'
import { openTorrentDisk, piecesIn, reopen, settle } from '../helpers/torrent-disk.ts'

const path = '/save/made'
const pieces = 8
const createScene = () =>
	new FaultScene({ recipe: { bytes: pieces * blockBytes, pieceLength: blockBytes }, wasKilled: false })

function eventsOf(run: Run): TorrentEvent[] {
	return run.updates.flatMap(update => (update.type === 'events' ? update.events.map(one => one.event) : []))
}

const count = (run: Run, type: TorrentEvent['type']) =>
	eventsOf(run).filter(event => event.type === type).length
const stopped = (run: Run) => eventsOf(run).findLast(event => event.type === 'diskStopped')

/** A download that has half of its pieces and waits for the others. */
async function halfway(scene: FaultScene): Promise<Run> {
	const run = await scene.start()
	run.mayBring = pieces / 2
	await scene.run(run, () => count(run, 'pieceVerified') === pieces / 2)
	return run
}

describe('a file that is longer than it should be', () => {
	it('is complete all the same, once, and keeps what is beyond', async () => {
		const scene = createScene()
		await scene.finish(await scene.start())
		const whole = scene.storage.get(path) ?? new Uint8Array()
		scene.storage.put(path, Uint8Array.from([...whole, 7]))
		const run = await scene.start()
		await scene.run(run, () => scene.isOver(run))
		await scene.pass(run, 60)
		expect(run.asked).toBe(0)
		expect(eventsOf(run)).toContainEqual(expect.objectContaining({ type: 'note', code: 'file-larger' }))
		expect(scene.storage.get(path)?.length).toBe(whole.length + 1)
		await scene.stop(run)
	})

	it('counts as downloaded when it grew meanwhile', async () => {
		const scene = createScene()
		const run = await halfway(scene)
		scene.storage.put('/save/other', Uint8Array.of(1))
		const handle = await scene.storage.open(path, 'write')
		await handle.truncate(pieces * blockBytes + 1)
		run.mayBring = Number.POSITIVE_INFINITY
		await scene.run(run, () => scene.isOver(run))
		await scene.pass(run, 60)
		expect(count(run, 'downloadCompleted')).toBe(1)
		expect(run.asked).toBe(pieces)
	})
})

describe('a file that is gone when the download ends', () => {
	const moveAway = (scene: FaultScene) => {
		// Who has it open goes on with it, wherever it is now.
		const { storage } = scene
		const [stat, open] = [storage.stat.bind(storage), storage.open.bind(storage)]
		const gone = Object.assign(new Error('ENOENT'), { code: 'ENOENT' })
		storage.stat = async one => (one === path ? undefined : await stat(one))
		storage.open = async (one, ...rest) => {
			if (one === path && rest[0] === 'read') throw gone
			return await open(one, ...rest)
		}
	}

	it('stops it with the reason, is not called complete, and is not fetched for ever', async () => {
		const scene = createScene()
		const run = await halfway(scene)
		moveAway(scene)
		run.mayBring = Number.POSITIVE_INFINITY
		await scene.run(run, () => scene.isStopped(run))
		expect(stopped(run)).toMatchObject({ error: 'ESTALE' })
		expect(count(run, 'downloadCompleted')).toBe(0)
		expect(scene.isOver(run)).toBe(false)
		await scene.pass(run, 60)
		expect(run.asked).toBeLessThanOrEqual(2 * pieces)
		scene.expectTrueClaims()
		// Nor is anything written where nobody would find it, however often the disk is tried.
		scene.storage.patch(path, 0, Uint8Array.of(1, 2, 3, 4))
		await scene.pass(run, 1300)
		expect(scene.storage.get(path)?.subarray(0, 4)).toEqual(Uint8Array.of(1, 2, 3, 4))
		expect(count(run, 'downloadCompleted')).toBe(0)
	})
})

describe('other data in the place of a file', () => {
	it('is written over when the user asks for a check, also in the first session', async () => {
		const scene = createScene()
		const run = await halfway(scene)
		await scene.storage.unlink(path)
		scene.storage.put(path, new Uint8Array(pieces * blockBytes).fill(1))
		run.mayBring = Number.POSITIVE_INFINITY
		await scene.run(run, () => scene.isStopped(run))
		expect(stopped(run)).toMatchObject({ error: 'ESTALE' })
		expect(scene.storage.get(path)?.every(byte => byte === 1)).toBe(true)
		run.engine.command({ type: 'recheck' })
		await scene.run(run, () => scene.isOver(run))
		expect(scene.has(run, 'refused')).toBe(false)
		scene.expectContent('all')
	})
})

describe('a check of all data', () => {
	it('that never ends makes no old claim true of files that somebody wrote to', async () => {
		const scene = createScene()
		const run = await scene.start()
		await scene.run(run, () => scene.isOver(run))
		await scene.pass(run, 10)
		scene.storage.patch(path, 5, Uint8Array.of(1, 2, 3, 4))
		const open = scene.storage.open.bind(scene.storage)
		scene.storage.open = async (one, ...rest) => {
			const handle = await open(one, ...rest)
			return one === path ? { ...handle, read: () => new Promise<number>(() => {}) } : handle
		}
		run.engine.command({ type: 'recheck' })
		await scene.pass(run, 10)
		run.engine.command({ type: 'stop' })
		await scene.run(run, () => scene.has(run, 'stopped'))
		scene.storage.open = open
		scene.expectTrueClaims()
		const next = await scene.start()
		await scene.run(next, () => scene.isOver(next))
		expect(next.asked).toBe(1)
		scene.expectContent('all')
	})
})

describe('a file that is written over in place', () => {
	const notes = (run: Run) => eventsOf(run).flatMap(event => (event.type === 'note' ? [event.code] : []))
	const request = (piece: number) => ({ type: 'request', piece, offset: 0, length: blockBytes }) as const
	/** A seed, and somebody who may ask it for blocks; another has had all of them. */
	const seeding = async (scene: FaultScene): Promise<{ run: Run; peer: BytePeer }> => {
		await scene.finish(await scene.start())
		const run = await scene.start()
		await scene.run(run, () => scene.isOver(run))
		const peer = connectBytePeer(run.world, scene.torrent)
		peer.say({ type: 'haveNone' }, { type: 'interested' })
		await scene.pass(run, 15)
		expect(peer.hear().some(({ type }) => type === 'unchoke')).toBe(true)
		return { run, peer }
	}
	const bytesAt = (scene: FaultScene, piece: number) =>
		scene.torrent.content.subarray(piece * blockBytes, (piece + 1) * blockBytes)

	it('while it is seeded is served as far as it is right; what is not is told, and left as it is', async () => {
		const scene = createScene()
		const { run, peer } = await seeding(scene)
		peer.say(request(3))
		await scene.pass(run, 1)
		expect(peer.hear().at(-1)).toMatchObject({ type: 'piece', payload: bytesAt(scene, 3) })
		const foreign = Uint8Array.of(1, 2, 3, 4)
		scene.storage.patch(path, 3 * blockBytes, foreign)
		await scene.pass(run, 30)
		peer.hear()
		peer.say(request(2), request(3))
		await scene.pass(run, 1)
		const heard = peer.hear().filter(({ type }) => type === 'piece' || type === 'reject')
		expect(heard).toMatchObject([
			{ type: 'piece', payload: bytesAt(scene, 2) },
			{ type: 'reject', piece: 3 },
		])
		expect(scene.isStopped(run)).toBe(true)
		expect(stopped(run)).toMatchObject({ error: 'ESTALE' })
		expect(notes(run)).toEqual(['file-changed'])
		await scene.pass(run, 10)
		scene.expectTrueClaims()
		peer.say(request(5))
		await scene.pass(run, 1)
		expect(peer.hear()).toContainEqual(expect.objectContaining({ type: 'piece', payload: bytesAt(scene, 5) }))
		// However often the disk is tried, nothing is put where somebody else wrote.
		await scene.pass(run, 1300)
		run.engine.command({ type: 'retryDisk' })
		await scene.pass(run, 60)
		expect(scene.storage.get(path)?.subarray(3 * blockBytes, 3 * blockBytes + 4)).toEqual(foreign)
		expect(count(run, 'downloadCompleted')).toBe(0)
		run.asked = 0
		run.engine.command({ type: 'recheck' })
		await scene.run(run, () => scene.has(run, 'refused') || !scene.isStopped(run))
		await scene.finish(run)
		expect(run.asked).toBe(1)
		scene.expectContent('all')
		await scene.expectNothingMissing()
	})

	it('is not claimed after a kill, and what is right of it is not fetched again', async () => {
		const scene = createScene()
		const { run, peer } = await seeding(scene)
		scene.storage.patch(path, 3 * blockBytes, Uint8Array.of(1, 2, 3, 4))
		await scene.pass(run, 30)
		// Proves that one piece is right: the others are in doubt.
		peer.say(request(2))
		await scene.pass(run, 4)
		scene.expectTrueClaims()
		await scene.kill()
		const next = await scene.start()
		await scene.finish(next)
		expect(next.asked).toBe(1)
		scene.expectContent('all')
	})

	it('with what it was costs nobody anything', async () => {
		const scene = createScene()
		const { run, peer } = await seeding(scene)
		for (let time = 0; time < 5; time += 1) {
			scene.storage.patch(path, 0, bytesAt(scene, 0).subarray(0, 100))
			await scene.pass(run, 31)
			peer.hear()
			peer.say(request(0), request(7))
			await scene.pass(run, 1)
			expect(peer.hear().filter(({ type }) => type === 'piece')).toHaveLength(2)
		}
		expect(scene.isOver(run)).toBe(true)
		expect(notes(run)).toEqual([])
		expect(run.asked).toBe(0)
		await scene.stop(run)
		await scene.expectNothingMissing()
	})

	it('is not read back any more when the engine ends', async () => {
		const scene = createScene()
		const { run, peer } = await seeding(scene)
		scene.storage.patch(path, 0, new Uint8Array())
		await scene.pass(run, 30)
		let reads = 0
		scene.storage.before = (operation, one) => {
			if (operation !== 'read' || one !== path) return undefined
			reads += 1
			if (reads === pieces) run.engine.command({ type: 'stop' })
			return undefined
		}
		peer.say(...Array.from({ length: pieces }, (_, piece) => request(piece)))
		await scene.run(run, () => scene.has(run, 'stopped'))
		// Those of the blocks themselves, and of as few pieces as were begun.
		expect(reads).toBeGreaterThanOrEqual(pieces)
		expect(reads).toBeLessThanOrEqual(pieces + 2)
	})

	it('while it is downloaded is not called complete', async () => {
		const scene = createScene()
		const run = await halfway(scene)
		await scene.pass(run, 5)
		const [piece = 0] = eventsOf(run).flatMap(event => (event.type === 'pieceVerified' ? [event.piece] : []))
		scene.storage.patch(path, piece * blockBytes, Uint8Array.of(1, 2, 3, 4))
		run.mayBring = Number.POSITIVE_INFINITY
		await scene.run(run, () => scene.isStopped(run))
		await scene.pass(run, 10)
		expect(stopped(run)).toMatchObject({ error: 'ESTALE' })
		expect(notes(run)).toEqual(['file-changed'])
		expect(count(run, 'downloadCompleted')).toBe(0)
		expect(run.asked).toBe(pieces)
		scene.expectTrueClaims()
		run.engine.command({ type: 'recheck' })
		await scene.run(run, () => !scene.isStopped(run))
		await scene.finish(run)
		expect(run.asked).toBe(pieces + 1)
		scene.expectContent('all')
	})
})

describe('a sync that ends while a piece is being written', () => {
	it('does not make that piece safe', async () => {
		const gate: { writing: Promise<void> | undefined } = { writing: undefined }
		const recipe = { files: { a: 256 }, pieceLength: 64 }
		const disk = openTorrentDisk({
			...recipe,
			through: memory => {
				const open = memory.open.bind(memory)
				memory.open = async (...words) => {
					const handle = await open(...words)
					const write: typeof handle.write = async (bytes, position) => {
						await gate.writing
						return await handle.write(bytes, position)
					}
					return words[0].startsWith('/save') ? { ...handle, write } : handle
				}
				return memory
			},
		})
		await disk.files.prepare()
		const resume = disk.resume()
		await resume.load()
		resume.begin(createBitfield(4))
		await settle()
		const write = async (piece: number) => {
			expect((await disk.files.writePiece(piece, [{ offset: 0, bytes: disk.piece(piece) }])).ok).toBe(true)
			resume.pieceWritten(piece)
		}
		for (const piece of [0, 1, 3]) await write(piece)
		let release: () => void = () => undefined
		gate.writing = new Promise(resolve => (release = resolve))
		const last = write(2)
		await settle()
		await resume.checkpoint()
		release()
		await last
		await resume.checkpoint()
		disk.memory.powerCut()
		const again = reopen(disk, recipe)
		await again.files.prepare()
		const { trusted } = await again.resume().load()
		const signal = new AbortController().signal
		const right = await again.verifier.check({ pieces: trusted, signal, onProgress: () => undefined })
		expect(piecesIn(trusted)).toEqual([0, 1, 2, 3])
		expect(piecesIn(right)).toEqual(piecesIn(trusted))
	})
})
