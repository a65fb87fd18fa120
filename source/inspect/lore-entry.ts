// A paragraph of lore as it is written down: over several lines, whose breaks mean nothing.
import { type SafeText, safeText } from '../protocol/safe-text.ts'

export type Lore = {
	/** A few sentences on one line. */
	readonly text: SafeText
	/** Such as `BEP 3, peer messages`. */
	readonly source: SafeText
}

/** The paragraph `text`, laid down in `source`. */
export function lore(source: string, text: string): Lore {
	return { text: safeText(text.trim().replaceAll(/\s+/gu, ' ')), source: safeText(source) }
}
