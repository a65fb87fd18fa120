// Where the files of a torrent go below the save directory. Whatever the torrent says, no path leaves its
// root, and no two files share one: not on a disk that ignores case or Unicode form either. Linear in the
// names of the torrent.

import { invariant, ProtocolError } from '../protocol/errors.ts'
import { finishSteps, type Steps } from '../protocol/steps.ts'
import { foldName, isContained, numberedName, safeName, utf8Length } from './safe-name.ts'

/** What is needed of a torrent; a Metainfo is one. */
export type NamedFiles = {
	readonly name: string
	/** Whether `name` is the file itself and no directory. */
	readonly single: boolean
	readonly files: readonly { readonly path: readonly string[]; readonly pad: boolean }[]
}

const maxDepth = 100
const maxDuplicates = 500
const maxEntries = 1_000_000
/** Of a path below the save directory; systems allow 4,096 with it. */
const maxPathBytes = 3_800
const filesPerStep = 5_000

/** An entry of the map that is no directory. */
const aFile = -1

type Names = {
	readonly windows: boolean
	/** Number of a directory, or aFile, by number of the parent and folded name. */
	readonly entries: Map<string, number>
	/** Last counter tried, by the same key. */
	readonly counters: Map<string, number>
	directories: number
	duplicates: number
}

/**
 * The path elements of each file below the save directory, the torrent's name first; none for a pad file,
 * which is never written. `platform` is that of the disk, as in process.platform.
 *
 * Names are cleaned one by one (safe-name.ts). Files whose names some file system takes for one another, or
 * for a directory of the torrent, get a counter (`a.1.txt`). Throws a ProtocolError: path-depth (over 100
 * elements), path-length (over 3,800 bytes), path-duplicates (over 500), path-entries (over a million).
 */
export function safePaths(torrent: NamedFiles, platform: string): string[][] {
	return finishSteps(safePathSteps(torrent, platform))
}

/** As safePaths, but yields every few milliseconds. */
export function* safePathSteps(torrent: NamedFiles, platform: string): Steps<string[][]> {
	const names: Names = {
		windows: platform === 'win32',
		entries: new Map(),
		counters: new Map(),
		directories: 0,
		duplicates: 0,
	}
	const root = safeName(torrent.name, names.windows)
	const paths: string[][] = []
	const parents = new Int32Array(torrent.files.length)
	// Directories first: a file gives way to a directory of its name wherever it stands.
	for (const [index, file] of torrent.files.entries()) {
		const path = file.pad ? [] : cleanPath(torrent.single ? [] : file.path, root, names.windows)
		paths.push(path)
		parents[index] = enterDirectories(names, path)
		if (index % filesPerStep === filesPerStep - 1) yield
	}
	for (const [index, path] of paths.entries()) {
		const name = path.at(-1)
		if (name !== undefined) {
			path[path.length - 1] = enterFile(names, parents[index] ?? 0, name)
			checkPath(path)
		}
		if (index % filesPerStep === filesPerStep - 1) yield
	}
	return paths
}

function cleanPath(elements: readonly string[], root: string, windows: boolean): string[] {
	if (elements.length >= maxDepth) {
		throw new ProtocolError('path-depth', `expected fewer than ${maxDepth} elements, got ${elements.length}`)
	}
	const path = [root]
	for (const element of elements) path.push(safeName(element, windows))
	return path
}

/** The number of the directory that holds the file at `path`. */
function enterDirectories(names: Names, path: readonly string[]): number {
	let parent = 0
	for (let index = 0; index < path.length - 1; index += 1) {
		const key = keyOf(parent, path[index] ?? '')
		let directory = names.entries.get(key)
		if (directory === undefined) {
			names.directories += 1
			directory = names.directories
			enter(names, key, directory)
		}
		parent = directory
	}
	return parent
}

/** The name under which the file is entered: its own, or with the first counter that is free. */
function enterFile(names: Names, parent: number, name: string): string {
	const wanted = keyOf(parent, name)
	if (!names.entries.has(wanted)) {
		enter(names, wanted, aFile)
		return name
	}
	names.duplicates += 1
	if (names.duplicates > maxDuplicates) {
		throw new ProtocolError('path-duplicates', `expected at most ${maxDuplicates} files of the same name`)
	}
	let counter = names.counters.get(wanted) ?? 0
	let numbered: string
	let key: string
	do {
		counter += 1
		numbered = numberedName(name, counter)
		key = keyOf(parent, numbered)
	} while (names.entries.has(key))
	names.counters.set(wanted, counter)
	enter(names, key, aFile)
	return numbered
}

function enter(names: Names, key: string, value: number): void {
	if (names.entries.size >= maxEntries) {
		throw new ProtocolError('path-entries', `expected at most ${maxEntries} files and directories`)
	}
	names.entries.set(key, value)
}

function keyOf(parent: number, name: string): string {
	return `${parent}/${foldName(name)}`
}

function checkPath(path: readonly string[]): void {
	invariant(isContained(path), 'a path stays below the save directory')
	let chars = path.length
	for (const element of path) chars += element.length
	if (chars * 3 > maxPathBytes && utf8Length(path.join('/')) > maxPathBytes) {
		throw new ProtocolError('path-length', `expected a path of at most ${maxPathBytes} bytes`)
	}
}
