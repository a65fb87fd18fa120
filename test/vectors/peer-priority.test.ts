import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { peerPriority } from '../../source/torrent/peer-priority.ts'

type Vector = {
	readonly a: string
	readonly pa?: number
	readonly b: string
	readonly pb?: number
	readonly priority: string
}

const file = new URL('../../../shared/vectors/bep/vectors.json', import.meta.url)
const { bep40_peer_priority: vectors } = JSON.parse(readFileSync(file, 'utf8')) as {
	bep40_peer_priority: Vector[]
}

test('there are vectors of BEP 40', () => {
	expect(vectors.length).toBeGreaterThan(4)
})

test.each(vectors)('the priority of $a and $b is $priority', ({ a, pa, b, pb, priority }) => {
	const value = peerPriority({ host: a, port: pa ?? 6881 }, { host: b, port: pb ?? 6881 })
	expect(value?.toString(16).padStart(8, '0')).toBe(priority)
})
