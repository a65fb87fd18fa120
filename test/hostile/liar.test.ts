import { expect, test } from 'vitest'
import { makeContent } from '../helpers/make-torrent.ts'
import { honestSeed } from './honest-peer.ts'
import { block, openStage } from './stage.ts'

const seeds = Array.from({ length: 50 }, (_, index) => index + 1)
const liarHost = '198.51.100.66'

/** Lies in one block of so many, which ones follows from the seed. */
function liesOf(seed: number, every: number) {
	const draw = makeContent(4096, seed)
	let at = 0
	return () => {
		at += 1
		return (draw[at % draw.length] ?? 0) % every === 0
	}
}

test.each(seeds)('seed %i: a liar among five honest peers is found, and only it is banned', async seed => {
	const stage = await openStage({
		alone: true,
		torrent: { bytes: 24 * 4 * block - 5_000, pieceLength: 4 * block, seed },
		engine: { randomSeed: seed },
	})
	const liar = stage.join({ host: liarHost })
	// In every block, or in one of four.
	const lies = liesOf(seed, seed % 2 === 0 ? 1 : 4)
	let told = 0
	const isLie = () => {
		const lie = lies()
		if (lie) told += 1
		return lie
	}
	const honest = [1, 2, 3, 4, 5].map(index => stage.join({ host: `192.0.2.${index}` }))
	stage.crowd.push(...honest.map(peer => honestSeed(peer, stage.torrent)))
	const crook = honestSeed(liar, stage.torrent, { lies: isLie, blocksPerStep: 2 })
	while (!stage.events.some(({ type }) => type === 'downloadCompleted')) {
		crook.step(stage.world.clock.now())
		await stage.step()
	}
	await stage.endsWell()
	const banned = stage.events.flatMap(event => (event.type === 'peerBanned' ? [event.host] : []))
	expect({ told: told > 0, banned }).toEqual({ told: true, banned: [liarHost] })
	expect(liar.isClosed).toBe(true)
})
