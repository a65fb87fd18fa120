// One message under the glass: its fields, the one that is chosen, and what is open. Plain state.
import type { Field } from '../inspect/field.ts'
import type { WireRow } from '../torrent/snapshot.ts'

export type InspectorState = {
	readonly row: WireRow
	/** What is there of the message's bytes; `asked` until the engine has answered, `gone` when it let them go. */
	readonly bytes: Uint8Array | 'asked' | 'gone'
	readonly tree: Field
	/** Path of the chosen field. */
	readonly chosen: string
	/** First row of the tree on screen. */
	readonly top: number
	/** Paths that were opened or closed by hand. */
	readonly turned: ReadonlySet<string>
	/** Lines scrolled past of the paragraphs that stand in the place of tree and bytes; undefined: they do not. */
	readonly explainedTop: number | undefined
}
