import { describe, expect, test } from 'vitest'
import { BlockIntake } from '../../source/engine/block-intake.ts'
import { createNodeHasher } from '../../source/engine/node-hasher.ts'
import { toPeerNumber } from '../../source/protocol/ids.ts'
import type { PeerLink } from '../../source/engine/peer-link.ts'
import { PiecePool } from '../../source/engine/piece-pool.ts'
import { createGeometry } from '../../source/protocol/geometry.ts'

const blockBytes = 16_384
const block = { piece: 1, offset: blockBytes, length: blockBytes }

function setUp() {
	const pool = new PiecePool({
		geometry: createGeometry(2 * blockBytes, 8 * blockBytes),
		hasher: createNodeHasher(),
		spill: () => Promise.resolve({ ok: true, value: undefined }),
	})
	const withdrawn: string[] = []
	let peers = 0
	// The intake uses nothing else of a link.
	const link = (name: string) => {
		peers += 1
		return { peer: toPeerNumber(peers), withdrawTarget: () => withdrawn.push(name) } as unknown as PeerLink
	}
	return { pool, intake: new BlockIntake(pool), withdrawn, link }
}

const inPool = (pool: PiecePool) => pool.whole(1)?.[blockBytes]

describe('a block', () => {
	test('goes straight into the pool', () => {
		const { pool, intake, link } = setUp()
		const one = link('one')
		intake.start(one, block).fill(1)
		intake.end(one, block, true)
		expect(inPool(pool)).toBe(1)
	})

	test('that two bring is the one of whoever is first, and the other loses its place', () => {
		const { pool, intake, link, withdrawn } = setUp()
		const [one, other] = [link('one'), link('other')]
		const slow = intake.start(one, block)
		intake.start(other, block).fill(2)
		intake.end(other, block, true)
		expect(withdrawn).toEqual(['one'])
		expect(inPool(pool)).toBe(2)
		// Its decoder throws the rest away now; what it had written before is no more in the pool.
		expect(slow[0]).toBe(2)
		intake.end(one, block, false)
		expect(inPool(pool)).toBe(2)
	})

	test('that comes second although it began first is waste', () => {
		const { pool, intake, link, withdrawn } = setUp()
		const [one, other] = [link('one'), link('other')]
		intake.start(one, block).fill(1)
		intake.start(other, block).fill(2)
		intake.end(one, block, true)
		intake.end(other, block, false)
		expect(inPool(pool)).toBe(1)
		expect(withdrawn).toEqual([])
	})

	test('of a piece that is given up is thrown away, and its place is free again', () => {
		const { pool, intake, link, withdrawn } = setUp()
		const [one, other] = [link('one'), link('other')]
		intake.start(one, block).fill(1)
		intake.discard(1)
		pool.release(1)
		expect(withdrawn).toEqual(['one'])
		intake.start(other, block).fill(2)
		intake.end(one, block, false)
		intake.end(other, block, true)
		expect(inPool(pool)).toBe(2)
	})

	test('of a link that is gone leaves its place to others', () => {
		const { pool, intake, link } = setUp()
		const [one, other] = [link('one'), link('other')]
		intake.start(one, block).fill(1)
		intake.forget(one)
		const target = intake.start(other, block)
		target.fill(2)
		expect(inPool(pool)).toBe(2)
	})
})
