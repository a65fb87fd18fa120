// Commands that change nothing but what is shown. Pure: from one view to the next.
import { safe, safeText } from '../../protocol/safe-text.ts'
import { defaultArrangement, setHidden } from '../arrangement.ts'
import { paneFields } from '../fields/pane-fields.ts'
import { paneNames, visiblePanes } from '../layout.ts'
import { filterBy, sortBy } from '../list-reducer.ts'
import { toListFilter } from '../prompt-judgement.ts'
import { layoutOf, type Message, type ViewContext, type ViewState } from '../view.ts'
import type { ViewCommand } from './command.ts'

/** The view after a command, with its message. */
export function applyViewCommand(view: ViewState, command: ViewCommand, context: ViewContext): ViewState {
	const pane = view.focus
	switch (command.type) {
		case 'sort': {
			const { by, reversed } = command
			const words = safeText(`${pane} by ${by}${reversed ? ', reversed' : ''}`)
			return told(sortBy(view, pane, { sort: by, reversed }), words)
		}
		case 'filter': {
			const filter = toListFilter(command.text, paneFields(pane)?.kinds)
			if (filter === 'refused') return view
			const words =
				filter === undefined ? safe`every row of ${safeText(pane)}` : safeText(`${pane}: ${filter.text}`)
			return told(filterBy(view, pane, filter), words)
		}
		case 'hide':
			return hidePane(view, command.pane ?? pane, context)
		case 'show':
			return showPane(view, command.pane)
		case 'theme':
			return told({ ...view, themeName: command.name }, safeText(`colours: ${command.name}`))
		case 'fps':
			return told(
				{ ...view, snapshotsPerSecond: command.snapshotsPerSecond },
				safe`${command.snapshotsPerSecond} updates a second at most`,
			)
		case 'help':
			return { ...view, help: true, helpTop: 0 }
	}
}

/** Takes a pane off the screen; the last one stays. The focus goes to one that is left. */
export function hidePane(view: ViewState, name: string, context: ViewContext): ViewState {
	const pane = paneNames.find(candidate => candidate === name)
	if (pane === undefined) return view
	const arrangement = setHidden(view.arrangement, pane, true)
	const hidden = { ...view, arrangement, maximised: false }
	const left = visiblePanes(layoutOf(hidden, context))
	if (left.length === 0 || left.includes(pane))
		return failed(view, 'expected another pane to stay on screen, got the last')
	const focus = left.includes(view.focus) ? view.focus : (left[0] ?? 'peers')
	return told({ ...hidden, focus }, safeText(`${pane} hidden; W shows every pane again`))
}

/** Shows a pane again, or all of them in the sizes that the layout gives. */
function showPane(view: ViewState, name: string | undefined): ViewState {
	if (name === undefined)
		return told({ ...view, arrangement: defaultArrangement }, safe`every pane is shown, as far as it fits`)
	const pane = paneNames.find(candidate => candidate === name)
	if (pane === undefined) return view
	return told(
		{ ...view, arrangement: setHidden(view.arrangement, pane, false) },
		safeText(`${pane} shown, where it fits`),
	)
}

function told(view: ViewState, text: Message['text']): ViewState {
	return { ...view, message: { tone: 'good', text } }
}

function failed(view: ViewState, text: string): ViewState {
	return { ...view, message: { tone: 'bad', text: safeText(text) } }
}
