// The list of practice swarms over the panes: which there are, and what its keys do.
import type { Teaching } from '../inspect/lesson.ts'
import type { ViewState } from './view.ts'

/** `look`: what it says first. */
export type ScenarioChoice = { readonly name: string; readonly description: string; readonly look: string }

/** A practice swarm on the screen, and the others that one may go to. */
export type PracticeOffer = {
	readonly current: string
	readonly choices: readonly ScenarioChoice[]
	readonly teaching: Teaching
	/** The user wants this one; the screen ends. */
	readonly onChoose: (name: string) => void
}

/** Opens the list at the one after the current one, or closes it. */
export function toggleChooser(view: ViewState, offer: PracticeOffer): ViewState {
	if (view.chooser !== undefined) return { ...view, chooser: undefined }
	const at = offer.choices.findIndex(({ name }) => name === offer.current)
	return { ...view, chooser: (at + 1) % offer.choices.length, help: false, inspector: undefined }
}

/** The view after a key while the list is open, and the name that was chosen by it. */
export function chooserKey(
	view: ViewState,
	name: string,
	{ choices }: PracticeOffer,
): { readonly view: ViewState; readonly chosen: string | undefined } {
	const cursor = view.chooser ?? 0
	const last = choices.length - 1
	const to = (target: number) => ({
		view: { ...view, chooser: Math.max(0, Math.min(target, last)) },
		chosen: undefined,
	})
	switch (name) {
		case 'j':
		case 'Down':
			return to(cursor + 1)
		case 'k':
		case 'Up':
			return to(cursor - 1)
		case 'g':
		case 'Home':
			return to(0)
		case 'G':
		case 'End':
			return to(last)
		case 'Enter':
			return { view, chosen: choices[cursor]?.name }
		case 'd':
		case 'Esc':
		case 'q':
			return { view: { ...view, chooser: undefined }, chosen: undefined }
		default:
			return { view, chosen: undefined }
	}
}
