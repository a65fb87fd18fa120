// The words that an input line may hold right now: names of fields, panes, themes and peers.
import { formatAddress } from '../inspect/units.ts'
import type { CompletionWords } from './commands/complete.ts'
import type { CommandWords } from './commands/parse.ts'
import { paneFields } from './fields/pane-fields.ts'
import { sortableNames } from './list-reducer.ts'
import { type PaneName, paneNames } from './pane-names.ts'
import type { EngineState } from './store.ts'
import { themeNames } from './themes.ts'
import { selectedPeer, type ViewState } from './view.ts'

/** For a line that was opened in `pane`. */
export function commandWords(pane: PaneName): CommandWords {
	return {
		columns: sortableNames(pane),
		kinds: paneFields(pane)?.kinds,
		panes: paneNames,
		themes: themeNames,
	}
}

/** With the peers that are listed, the selected one first. */
export function completionWords(view: ViewState, { slices, peerOrder }: EngineState): CompletionWords {
	const selected = selectedPeer(view, { peerOrder })
	const byNumber = new Map(slices.peers?.peers.map(peer => [peer.peer, peer]))
	const order =
		selected === undefined ? peerOrder : [selected, ...peerOrder.filter(peer => peer !== selected)]
	const peers = order.flatMap(number => {
		const peer = byNumber.get(number)
		return peer === undefined ? [] : [formatAddress(peer.host, peer.port)]
	})
	return { ...commandWords(view.prompt?.pane ?? view.focus), peers }
}
