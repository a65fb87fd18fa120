// What is wrong with a torrent but does not stop it: sentences for the user, bounded in number, since a
// torrent can have a hundred thousand of one fault.

import { type SafeText, safe, safeText } from './safe-text.ts'

const maxWarnings = 20

export type Warnings = { readonly sentences: SafeText[]; omitted: number }

export function createWarnings(): Warnings {
	return { sentences: [], omitted: 0 }
}

/** Adds a sentence; beyond the first twenty they are only counted, and not even made. */
export function warn(warnings: Warnings, sentence: () => SafeText): void {
	if (warnings.sentences.length < maxWarnings) warnings.sentences.push(sentence())
	else warnings.omitted += 1
}

/** All sentences, with one about those that were left out. */
export function listWarnings(warnings: Warnings): SafeText[] {
	if (warnings.omitted === 0) return warnings.sentences
	return [...warnings.sentences, safe`and ${warnings.omitted} more like these`]
}

/** Text from the torrent as a warning quotes it. */
export function quote(text: string): SafeText {
	return safe`“${safeText(text, 120)}”`
}
