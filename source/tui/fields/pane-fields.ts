// The field table of each pane that lists something, for who needs names and kinds but no rows.
import type { PaneName } from '../pane-names.ts'
import { dhtFields } from './dht-fields.ts'
import { eventFields } from './event-fields.ts'
import type { FieldTable } from './field.ts'
import { fileFields } from './file-fields.ts'
import { peerFields } from './peer-fields.ts'
import { pieceFields } from './piece-fields.ts'
import { trackerFields } from './tracker-fields.ts'
import { wireFields } from './wire-fields.ts'

/** A field without its row. */
export type FieldInfo = {
	readonly name: string
	readonly help: string
	readonly type: 'flag' | 'text' | 'number'
	readonly sort?: 'highest' | 'lowest'
}
export type PaneFields = Pick<FieldTable<never>, 'kinds' | 'natural' | 'examples'> & {
	readonly fields: readonly FieldInfo[]
}

const tables: Readonly<Partial<Record<PaneName, PaneFields>>> = {
	trackers: trackerFields,
	peers: peerFields,
	pieces: pieceFields,
	wire: wireFields,
	events: eventFields,
	files: fileFields,
	dht: dhtFields,
}

/** What can be asked in a pane; undefined where nothing is listed. */
export function paneFields(pane: PaneName): PaneFields | undefined {
	return tables[pane]
}
