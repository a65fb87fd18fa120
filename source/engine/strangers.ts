// Places of a torrent's files that hold what is not of the torrent, which is not ours to write over (threats
// B8, B11), or nothing any more (D4). Found before anything is opened for writing.

import type { Metainfo } from '../protocol/metainfo.ts'
import { safeText } from '../protocol/safe-text.ts'
import { outcomeOf } from './disk-errors.ts'
import type { FileStat, Storage } from './environment.ts'
import type { FileStorage } from './file-storage.ts'
import { Refusal } from './refusal.ts'

export type Places = {
	/** Path elements of each file below `directory`. */
	readonly paths: readonly (readonly string[])[]
	readonly options: { readonly directory: string }
}

/**
 * Throws a Refusal when the torrent's one file or its folder has the name of something of another kind, or when
 * the disk does not say.
 */
export async function refuseObstacles(
	storage: Storage,
	{ files }: Metainfo,
	{ paths, options }: Places,
): Promise<void> {
	const first = paths.find((_, index) => files[index]?.pad === false)
	const [name] = first ?? []
	if (first === undefined || name === undefined) return
	const wanted = first.length > 1 ? 'directory' : 'file'
	const path = `${options.directory}/${name}`
	const looked = await outcomeOf(() => storage.stat(path))
	if (!looked.ok) throw new Refusal('disk', looked.message)
	const { value: stat } = looked
	if (stat === undefined || stat.kind === wanted) return
	throw new Refusal('disk', `expected a ${wanted} or nothing at ${safeText(path)}, got ${kindWords(stat)}`)
}

/** Throws a Refusal when a file that we would write holds data. For the case that no piece of it is right. */
export function refuseStrangers(files: FileStorage, { paths, options }: Places): void {
	const index = paths.findIndex((_, file) => {
		const stat = files.stats[file]
		return files.isChosen(file) && stat !== undefined && stat.sizeBytes > 0 && stat.allocatedBytes > 0
	})
	if (index < 0) return
	const path = `${options.directory}/${(paths[index] ?? []).join('/')}`
	throw new Refusal(
		'disk',
		`expected data of this torrent or nothing at ${safeText(path)}, got other data; --recheck writes over it`,
	)
}

/** Throws a Refusal when files are gone that the last run claimed: that is no silent new download. */
export function refuseMissing(missing: readonly number[], { paths, options }: Places): void {
	const [first] = missing
	if (first === undefined) return
	const more = missing.length > 1 ? ` and ${missing.length - 1} more` : ''
	throw new Refusal(
		'disk',
		`files that were downloaded are missing below ${options.directory}: ${safeText((paths[first] ?? []).join('/'))}${more}; --recheck starts over with what is there`,
	)
}

function kindWords({ kind }: FileStat): string {
	switch (kind) {
		case 'directory':
			return 'a directory'
		case 'symlink':
			return 'a symbolic link'
		case 'file':
			return 'a file'
		case 'other':
			return 'neither file nor directory'
	}
}
