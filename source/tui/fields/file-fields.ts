// What can be asked of a file.
import type { FileView } from '../../torrent/snapshot.ts'
import { createFieldTable } from './field.ts'

/** Files as the file pane lists them. */
export const fileFields = createFieldTable<FileView>({
	natural: 'index',
	fields: [
		{ name: 'name', help: 'its path', type: 'text', sort: 'lowest', of: ({ path }) => path },
		{
			name: 'size',
			help: 'bytes of the whole file',
			type: 'number',
			unit: 'bytes',
			sort: 'highest',
			of: ({ bytes }) => bytes,
		},
		{
			name: 'done',
			help: 'share that is here',
			type: 'number',
			unit: 'share',
			sort: 'highest',
			of: doneShare,
		},
		{
			name: 'left',
			help: 'bytes that are missing',
			type: 'number',
			unit: 'bytes',
			sort: 'highest',
			of: ({ bytes, completedBytes }) => bytes - completedBytes,
		},
		{
			name: 'complete',
			help: 'it is whole',
			type: 'flag',
			of: ({ bytes, completedBytes }) => completedBytes >= bytes,
		},
		{ name: 'wanted', help: 'it was chosen', type: 'flag', of: ({ wanted }) => wanted },
		{
			name: 'index',
			help: 'its number, as of --only',
			type: 'number',
			unit: 'count',
			of: ({ index }) => index,
		},
	],
	text: ({ path }) => path,
	examples: ['!complete', 'size>100M', 'name~subs', 'done<50% & wanted'],
})

function doneShare({ bytes, completedBytes }: FileView): number {
	return bytes === 0 ? 100 : (completedBytes / bytes) * 100
}
