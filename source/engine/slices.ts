// Builds slices: what the core shows, and what only the engine knows: tracker URLs, file names, the wire log.
import type { DhtSlice } from '../dht/snapshot.ts'
import { safeText } from '../protocol/safe-text.ts'
import type { SafeText } from '../protocol/safe-text.ts'
import type { Core } from '../torrent/core.ts'
import type { FileView, SliceName, Slices } from '../torrent/snapshot.ts'
import { trackerViews } from '../torrent/tracker-views.ts'
import { completedBytesOf, peersSlice, piecesSlice, pipelineSlice, summarySlice } from '../torrent/views.ts'
import { maskUrl } from './mask-url.ts'
import type { SliceSource, WireView } from './publisher.ts'
import type { WireLog } from './wire-log.ts'

/** Files that a slice lists: a screen shows fewer, and 140,000 rows would stall two threads. */
const mostFiles = 5000

export type SliceFile = {
	readonly path: readonly string[]
	readonly lengthBytes: number
	readonly offsetBytes: number
	readonly pad: boolean
	readonly wanted: boolean
}

export type SliceSourceOptions = {
	readonly core: Core
	readonly now: () => number
	readonly wireLog: WireLog
	readonly trackerUrls: readonly string[]
	readonly dht: { readonly version: number; slice(): DhtSlice }
	/** None while the content is unknown; the same list as long as nothing changed. */
	readonly files: () => readonly SliceFile[]
}

/** Slices of one torrent. */
export function createSliceSource(options: SliceSourceOptions): SliceSource {
	const { core, now, wireLog } = options
	const urls = options.trackerUrls.map(maskUrl)
	const named = namedFilesOf(options.files)
	const builders: { readonly [Name in SliceName]: (wire: WireView) => Slices[Name] } = {
		summary: () => summarySlice(core, now()),
		peers: () => peersSlice(core, now()),
		pipeline: () => pipelineSlice(core, now()),
		pieces: () => piecesSlice(core, now()),
		wire: wire => wireLog.slice(now(), wire.rows, wire.peer),
		trackers: () => ({
			at: now(),
			trackers: trackerViews(core.announcer).map(view => ({
				...view,
				url: urls[view.tracker] ?? safeText(''),
			})),
		}),
		files: () => ({ at: now(), files: fileViews(core, named()) }),
		dht: () => options.dht.slice(),
	}
	return {
		version: name =>
			name === 'wire' ? wireLog.total : name === 'dht' ? options.dht.version : core.versions[name],
		build: (name, wire) => builders[name](wire),
	}
}

type NamedFile = Omit<SliceFile, 'path' | 'pad'> & { readonly index: number; readonly name: SafeText }

function namedFilesOf(files: () => readonly SliceFile[]): () => NamedFile[] {
	let seen: readonly SliceFile[] = []
	let named: NamedFile[] = []
	return () => {
		const now = files()
		if (now !== seen) {
			seen = now
			named = namedFiles(now)
		}
		return named
	}
}

function namedFiles(files: readonly SliceFile[]): NamedFile[] {
	return files
		.map((file, index) => ({ ...file, index, name: safeText(file.path.join('/')) }))
		.filter(file => !file.pad)
		.slice(0, mostFiles)
}

function fileViews(core: Core, files: readonly NamedFile[]): FileView[] {
	const completed = completedBytesOf(core, files)
	return files.map((file, at) => ({
		index: file.index,
		path: file.name,
		bytes: file.lengthBytes,
		offsetBytes: file.offsetBytes,
		completedBytes: completed[at] ?? 0,
		wanted: file.wanted,
	}))
}
