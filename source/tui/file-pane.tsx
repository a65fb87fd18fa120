// The files of the torrent, one a row.
import type { ReactElement } from 'react'
import { formatBytes, formatPercent } from '../inspect/units.ts'
import type { FileView } from '../torrent/snapshot.ts'
import { fileFields } from './fields/file-fields.ts'
import { formatBar } from './format.ts'
import { useEngine, useView } from './hooks.ts'
import { listNote } from './list-note.ts'
import { listRows } from './list-rows.ts'
import { fileRows } from './listing.ts'
import { innerWidth } from './layout.ts'
import { Pane, type PaneProps } from './pane.tsx'
import { chooseColumns, type Column, formatRow, tableWidth } from './table.ts'
import type { Theme } from './theme.ts'
import { listChoice } from './view.ts'

export function FilePane(props: PaneProps): ReactElement {
	const { place, framed, theme, focused } = props
	const slice = useEngine(state => state.slices.files)
	const position = useView(state => state.positions.files)
	const width = innerWidth(place, framed)
	const columns = chooseColumns(fileColumns(theme), width - 2)
	const files = slice?.files ?? []
	const choice = useView(state => listChoice(state, 'files'))
	const all = fileRows(slice, choice)
	const rows = listRows({
		all,
		position,
		room: place.bodyRows,
		width,
		used: tableWidth(columns) + 1,
		focused,
		theme,
		empty: files.length > 0 ? 'no file is like that' : '',
		text: (file, isPlain) => formatRow(columns, file, { theme, isPlain }),
	})
	const { glyphs } = theme
	const note = listNote({ fields: fileFields, choice, shown: all.length, total: files.length, glyphs })
	return <Pane {...props} title={`Files ${files.length}`} note={note} rows={rows} />
}

function fileColumns(theme: Theme): Column<FileView>[] {
	return [
		{ title: 'size', width: 8, worth: 18, right: true, text: ({ bytes }) => formatBytes(bytes) },
		{ title: 'done', width: 6, worth: 19, right: true, text: share },
		{
			title: '',
			width: 12,
			worth: 10,
			text: ({ wanted, ...file }, width) => (wanted ? bar(file, width, theme) : 'not wanted'),
			paint: ({ wanted, bytes, completedBytes }) =>
				!wanted ? theme.dim : completedBytes >= bytes ? theme.good : theme.down,
		},
		{ title: 'file', width: 20, grow: 200, worth: 20, text: ({ path }) => path },
	]
}

function share({ bytes, completedBytes }: Pick<FileView, 'bytes' | 'completedBytes'>): string {
	return formatPercent(bytes === 0 ? 1 : completedBytes / bytes)
}

function bar(file: Pick<FileView, 'bytes' | 'completedBytes'>, width: number, theme: Theme): string {
	const { full, empty } = formatBar(
		file.bytes === 0 ? 1 : file.completedBytes / file.bytes,
		width,
		theme.glyphs,
	)
	return full + empty
}
