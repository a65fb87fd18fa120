import { expect, it } from 'vitest'
import { shareDescriptors } from '../../source/engine/descriptors.ts'

it('a process that may hold enough stints nobody', () => {
	for (const limit of [undefined, 1024, 1_048_576]) {
		const { files, peers, strangers } = shareDescriptors(limit)
		expect(Math.min(files, peers, strangers)).toBe(Number.POSITIVE_INFINITY)
	}
})

it('few descriptors are shared so that some are left, and nobody goes without', () => {
	for (let limit = 48; limit <= 512; limit += 1) {
		const { files, peers, strangers } = shareDescriptors(limit)
		expect(files + peers + strangers).toBeLessThan(limit - 24)
		expect(Math.min(files, peers, strangers)).toBeGreaterThanOrEqual(4)
	}
})
