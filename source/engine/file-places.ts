// Where the files of a torrent are on disk. Folders are made when the first file in them is written, one by
// one, and nothing is created below a link: a link that somebody left in the save directory could lead the
// bytes of a torrent anywhere (B8).
import { systemError } from './disk-errors.ts'
import type { FileHandle, FileStat, Storage } from './environment.ts'
import { type FileLayout, partFile } from './file-layout.ts'

export type Places = {
	readonly storage: Storage
	readonly layout: FileLayout
	/** The save directory, absolute. */
	readonly directory: string
	readonly partPath: string
}

/** Absolute path of a file of the layout, or of the part file. */
export function pathOf(places: Places, file: number): string {
	if (file === partFile) return places.partPath
	return [places.directory, ...(places.layout.files[file]?.path ?? [])].join('/')
}

/**
 * Opens the file, for writing with its folders made where they lack. `known` is the inode it had when seen last:
 * a file that is gone since is never made again unseen. Rejects with the system's errors.
 */
export async function openPlace(
	places: Places,
	file: number,
	{ mode, known }: { readonly mode: 'read' | 'write'; readonly known: string | undefined },
): Promise<{ readonly handle: FileHandle; readonly stat: FileStat }> {
	const path = pathOf(places, file)
	if (mode === 'write') {
		if (known !== undefined && (await places.storage.stat(path)) === undefined) {
			throw systemError('ENOENT', `the file is gone, '${path}'`)
		}
		await makeParents(places, file)
	}
	const handle = await places.storage.open(path, mode, file === partFile ? 'private' : 'shared')
	try {
		return { handle, stat: await handle.stat() }
	} catch (error) {
		await handle.close().catch(() => undefined)
		throw error
	}
}

/** The directory and all above it. Links among those that exist are the user's own and are followed. */
export async function makeDirectories(
	storage: Storage,
	path: string,
	access?: 'private' | 'shared',
): Promise<void> {
	if ((await storage.stat(path)) !== undefined) return
	const parent = path.slice(0, path.lastIndexOf('/'))
	if (parent !== '') await makeDirectories(storage, parent, access)
	await storage.makeDirectory(path, access)
}

async function makeParents(places: Places, file: number): Promise<void> {
	const { storage } = places
	if (file === partFile) {
		await makeDirectories(storage, parentOf(places.partPath), 'private')
		return
	}
	await makeDirectories(storage, places.directory)
	let path = places.directory
	for (const element of (places.layout.files[file]?.path ?? []).slice(0, -1)) {
		path = `${path}/${element}`
		const kind = (await storage.stat(path))?.kind
		if (kind === undefined) await storage.makeDirectory(path)
		else if (kind === 'symlink') throw systemError('ELOOP', `will not write through a link, '${path}'`)
		else if (kind !== 'directory') throw systemError('ENOTDIR', `this is no folder, '${path}'`)
	}
}

function parentOf(path: string): string {
	return path.slice(0, path.lastIndexOf('/'))
}
