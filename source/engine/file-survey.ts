// What of a torrent's files is on disk already, found without opening or creating any of them.
import type { FileStat } from './environment.ts'
import { type FileLayout, partFile } from './file-layout.ts'
import { pathOf, type Places } from './file-places.ts'

/** One entry a file of the layout, the part file's last; undefined where there is nothing. */
export type FileStats = (FileStat | undefined)[]

/** How many files are looked at together: enough to keep the thread pool busy, few enough to leave it room. */
const width = 16

/** Looks at every file that has a place of its own. Folders that are not there are asked about once. */
export async function surveyFiles(places: Places): Promise<FileStats> {
	const { storage, layout } = places
	const stats: FileStats = new Array<FileStat | undefined>(layout.files.length + 1).fill(undefined)
	const folders = new Map<string, Promise<boolean>>()
	const isThere = (path: string): Promise<boolean> => {
		const asked = folders.get(path)
		if (asked !== undefined) return asked
		const answer = storage.stat(path).then(stat => stat !== undefined)
		folders.set(path, answer)
		return answer
	}
	await inParallel(layout, async file => {
		const path = pathOf(places, file)
		if (await isThere(path.slice(0, path.lastIndexOf('/')))) stats[file] = await storage.stat(path)
	})
	stats[layout.files.length] = await storage.stat(pathOf(places, partFile))
	return stats
}

async function inParallel(layout: FileLayout, look: (file: number) => Promise<void>): Promise<void> {
	let next = 0
	const walk = async (): Promise<void> => {
		while (next < layout.files.length) {
			const file = next
			next += 1
			if (layout.files[file]?.pad !== true) await look(file)
		}
	}
	// All of them end before a failure is passed on: none goes on behind the caller's back.
	const ends = await Promise.allSettled(Array.from({ length: width }, walk))
	for (const end of ends) if (end.status === 'rejected') throw end.reason
}

/** What is wrong with a file that ought to be complete. */
export type FileProblem = {
	readonly file: number
	readonly problem: 'missing' | 'short' | 'larger' | 'replaced' | 'notAFile'
}

/** What is wrong with a file that should be so long, and be that inode where one is known. */
export function problemOf(
	stat: FileStat | undefined,
	wanted: { readonly lengthBytes: number; readonly inode: string | undefined },
): FileProblem['problem'] | undefined {
	if (stat === undefined) return 'missing'
	if (stat.kind !== 'file') return 'notAFile'
	if (wanted.inode !== undefined && wanted.inode !== stat.inode) return 'replaced'
	if (stat.sizeBytes < wanted.lengthBytes) return 'short'
	return stat.sizeBytes > wanted.lengthBytes ? 'larger' : undefined
}
