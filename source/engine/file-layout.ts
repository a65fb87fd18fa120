// Which file holds which bytes of the torrent, by name: files as they lie on disk, the part file for what
// belongs to unchosen files, and padding (BEP 47), which is zeros and never on disk.
import type { FileExtent, Geometry } from '../protocol/geometry.ts'

/** A file of the torrent: path elements below the save directory, already made safe. */
export type LayoutFile = {
	readonly path: readonly string[]
	readonly lengthBytes: number
	readonly pad: boolean
}

export type FileLayout = {
	readonly geometry: Geometry
	readonly files: readonly LayoutFile[]
	readonly extents: readonly FileExtent[]
}
