// Which bytes go where: what lies side by side in one file is one run, written in one go.
import type { Placement } from './file-layout.ts'
import type { PiecePart } from './piece-pool.ts'

/** Bytes that follow one another from `position` in a file; `file` as in a Placement. */
export type WriteRun = {
	readonly file: number
	readonly position: number
	readonly parts: readonly Uint8Array[]
}

/** The runs of these parts, in order. `placesOf` says where a part lies. */
export function planWrites(
	parts: readonly PiecePart[],
	placesOf: (part: PiecePart) => readonly Placement[],
): readonly WriteRun[] {
	const runs: { file: number; position: number; end: number; parts: Uint8Array[] }[] = []
	for (const part of parts) {
		for (const { file, position, at, length } of placesOf(part)) {
			const bytes = length === part.bytes.length ? part.bytes : part.bytes.subarray(at, at + length)
			const last = runs.at(-1)
			if (last?.file === file && last.end === position) {
				last.parts.push(bytes)
				last.end += length
			} else runs.push({ file, position, end: position + length, parts: [bytes] })
		}
	}
	return runs
}
