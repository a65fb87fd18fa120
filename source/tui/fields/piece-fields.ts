// What can be asked of a piece that is begun.
import { explain } from '../../inspect/explain.ts'
import type { OpenPieceView } from '../../torrent/snapshot.ts'
import { createFieldTable } from './field.ts'

/** Pieces as the list of begun pieces has them. */
export const pieceFields = createFieldTable<OpenPieceView>({
	natural: 'begun',
	fields: [
		{
			name: 'index',
			help: 'number of the piece',
			type: 'number',
			unit: 'count',
			sort: 'lowest',
			of: ({ piece }) => piece,
		},
		{
			name: 'came',
			help: 'blocks that are here',
			type: 'number',
			unit: 'count',
			sort: 'highest',
			of: ({ received }) => received,
		},
		{
			name: 'asked',
			help: 'blocks asked for',
			type: 'number',
			unit: 'count',
			sort: 'highest',
			of: ({ requested }) => requested,
		},
		{
			name: 'blocks',
			help: 'blocks in all',
			type: 'number',
			unit: 'count',
			of: ({ blockCount }) => blockCount,
		},
		{
			name: 'copies',
			help: 'copies when picked',
			type: 'number',
			unit: 'count',
			sort: 'lowest',
			of: ({ reason }) => ('copies' in reason ? reason.copies : undefined),
		},
		{
			name: 'why',
			help: 'why it was picked',
			type: 'text',
			sort: 'lowest',
			of: ({ reason }) => explain(reason, 0),
		},
	],
	text: ({ piece, reason }) => `#${piece} ${explain(reason, 0)}`,
	examples: ['copies<=2', 'asked>0', 'rarest', 'came=0'],
})
