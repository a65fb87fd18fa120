import { expect, it } from 'vitest'
import { DiskMode } from '../../source/engine/disk-mode.ts'
import type { FileHandle } from '../../source/engine/environment.ts'
import { writeAll } from '../../source/engine/transfer.ts'
import { equalBytes } from '../../source/protocol/bytes.ts'
import { ManualClock } from '../helpers/manual-clock.ts'

it('writes in portions that no large stretch of memory has to back', async () => {
	const target = new Uint8Array(1_000_000)
	const lengths: number[] = []
	const write = (bytes: Uint8Array, position: number): number => {
		lengths.push(bytes.length)
		// A short write on the way.
		const count = lengths.length === 2 ? 1000 : bytes.length
		target.set(bytes.subarray(0, count), position)
		return count
	}
	// Of a handle nothing else is called.
	const handle = {
		writeSync: write,
		write: (bytes: Uint8Array, position: number) => Promise.resolve(write(bytes, position)),
	} as unknown as FileHandle
	const bytes = Uint8Array.from({ length: 999_990 }, (_, index) => index % 251)
	await writeAll(handle, [bytes], { position: 10, mode: new DiskMode(new ManualClock()) })
	expect(equalBytes(target.subarray(10), bytes)).toBe(true)
	expect(Math.max(...lengths)).toBe(262_144)
})
