// Between keys, view, store and engine: what a key does, and which slices the engine is to build for what is
// on screen.
import type { Engine } from '../engine/api.ts'
import { safe, safeText, type SafeText } from '../protocol/safe-text.ts'
import type { Cell } from './cell.ts'
import type { ScreenCommand } from './commands/command.ts'
import { parseCommand } from './commands/parse.ts'
import { addressOf, findPeer, runCommand, treatPeer } from './commands/run.ts'
import { applyViewCommand } from './commands/view-command.ts'
import { extendHeldWire } from './held-wire.ts'
import { attachInspector, inspectorKey } from './inspector-control.ts'
import { type Action, actionFor, type KeyPress, keyNames } from './keymap.ts'
import { paneNames } from './layout.ts'
import { peerListing, wirePredicate } from './listing.ts'
import { completionWords } from './prompt-words.ts'
import { pasteIntoPrompt, promptKey } from './prompt-reducer.ts'
import { chooserKey, type PracticeOffer, toggleChooser } from './scenario-choice.ts'
import type { EngineStore } from './store.ts'
import { listChoice, selectedPeer, type Message, type ViewState } from './view.ts'
import { contextOf, watchCommand } from './view-context.ts'
import { openPane, reduceView } from './view-reducer.ts'

export type ControllerParts = {
	readonly engine: Pick<Engine, 'send'>
	readonly store: EngineStore
	readonly view: Cell<ViewState>
	readonly onQuit: () => void
	readonly onRepaint: () => void
	readonly onSuspend: () => void
	/** Puts a text on the clipboard of the terminal; whether it was sent. */
	readonly onCopy: (text: SafeText) => boolean
	/** On a practice swarm: the others to go to. */
	readonly practice?: PracticeOffer | undefined
}

export type Controller = {
	readonly handleKey: (input: string, key: KeyPress) => void
	/** Puts pasted text into the line that is being typed; where none is, nothing happens. */
	readonly handlePaste: (text: string) => void
	/** Tells the engine what is needed now, if that is something else than before. */
	update(): void
}

/** Keys that do the same while a line is typed or a question waits. */
const always: readonly Action[] = ['quit', 'repaint', 'suspend']

export function createController(parts: ControllerParts): Controller {
	const { store, view } = parts
	const update = createWatcher(parts)
	const relist = createRelister(parts)
	attachInspector(parts)
	store.subscribe(() => {
		const { wire } = store.get().slices
		if (wire !== undefined) view.change(state => extendHeldWire(state, wire.rows, wire.total))
		update()
	})
	view.subscribe(() => {
		relist()
		update()
	})

	const handleName = (name: string) => {
		view.change(state => (state.message === undefined ? state : { ...state, message: undefined }))
		const { question, prompt, help } = view.get()
		const action = actionFor(name)
		if (action !== undefined && always.includes(action) && name.startsWith('Ctrl-')) perform(parts, action)
		else if (question !== undefined) answer(parts, name)
		else if (prompt !== undefined && !help) type(parts, name)
		else if (choose(parts, name)) return
		else if (inspectorKey(parts, name)) return
		else if (/^[1-9]$/u.test(name)) open(view, Number(name))
		else if (action !== undefined) perform(parts, action)
	}
	return {
		update,
		handleKey(input, key) {
			for (const name of keyNames(input, key)) handleName(name)
		},
		handlePaste(text) {
			if (view.get().question !== undefined || view.get().help) return
			view.change(state => pasteIntoPrompt(state, text, completionWords(state, store.get())))
		},
	}
}

/** Sends the engine what it has to build and how often, when that is something else than before. */
function createWatcher({ engine, store, view }: ControllerParts): () => void {
	let watched = ''
	let rate = -1
	return () => {
		const command = watchCommand(view.get(), contextOf(store, view.get()))
		const key = JSON.stringify(command)
		if (key !== watched) {
			watched = key
			engine.send(command)
		}
		const { snapshotsPerSecond } = view.get()
		if (snapshotsPerSecond === rate) return
		rate = snapshotsPerSecond
		engine.send({ type: 'setRate', snapshotsPerSecond })
	}
}

/** Tells the store how peers and wire are listed, when that was changed. */
function createRelister({ store, view }: ControllerParts): () => void {
	const choices = () => {
		const state = view.get()
		return { peers: listChoice(state, 'peers'), wire: listChoice(state, 'wire').filter }
	}
	let listed = choices()
	store.listPeers(peerListing(listed.peers))
	return () => {
		const { peers, wire } = choices()
		const before = listed
		listed = { peers, wire }
		if (peers !== before.peers) store.listPeers(peerListing(peers))
		if (wire !== before.wire) store.keepWire(wirePredicate(listChoice(view.get(), 'wire')))
	}
}

function open(view: Cell<ViewState>, number: number): void {
	const pane = paneNames[number - 1]
	if (pane !== undefined) view.change(state => openPane(state, pane))
}

function perform(parts: ControllerParts, action: Action): void {
	const { store, view } = parts
	if (action === 'quit') parts.onQuit()
	else if (action === 'repaint') parts.onRepaint()
	else if (action === 'suspend') parts.onSuspend()
	else if (action === 'scenarios') offer(parts)
	else if (action === 'announce') run(parts, { type: 'announce' })
	else if (action === 'pauseOrResume') run(parts, { type: isPaused(store) ? 'resume' : 'pause' })
	else if (action === 'copy') run(parts, { type: 'copy', what: copiedIn(view.get()) })
	else if (action === 'copyHash') run(parts, { type: 'copy', what: 'hash' })
	else if (action === 'ban' || action === 'disconnect' || action === 'snub') onSelected(parts, action)
	const before = view.get()
	view.change(state => reduceView(state, action, contextOf(store, state)))
	const after = view.get()
	if (after.frozen !== before.frozen) store.freeze(after.frozen)
}

/** A key for the list of practice swarms, where it is open. */
function choose({ view, practice, onQuit }: ControllerParts, name: string): boolean {
	if (practice === undefined || view.get().chooser === undefined) return false
	const { view: next, chosen } = chooserKey(view.get(), name, practice)
	view.change(() => next)
	if (chosen === undefined) return true
	practice.onChoose(chosen)
	onQuit()
	return true
}

function offer({ view, practice }: ControllerParts): void {
	if (practice === undefined) tell(view, { tone: 'bad', text: safe`this is no practice swarm` })
	else view.change(state => toggleChooser(state, practice))
}

/** What hurts is asked about before it is done. */
function onSelected(parts: ControllerParts, verb: 'ban' | 'disconnect' | 'snub'): void {
	const { store, view, engine } = parts
	const { focus, help } = view.get()
	if (help || (focus !== 'peers' && focus !== 'pipeline')) return
	const peer = findPeer(parts, selectedPeer(view.get(), store.get()))
	if (peer === undefined) tell(view, { tone: 'bad', text: safe`expected a selected peer, got none` })
	else {
		// Whoever stands under the cursor when a key is pressed stays there, however the list is sorted next.
		view.change(state => ({ ...state, selectedPeer: peer.peer }))
		if (verb === 'snub') tell(view, treatPeer(peer.snubbed ? 'unsnub' : 'snub', peer, engine))
		else view.change(state => ({ ...state, question: { verb, peer: peer.peer, address: addressOf(peer) } }))
	}
}

function answer(parts: ControllerParts, name: string): void {
	const { engine, view } = parts
	const { question } = view.get()
	if (question === undefined) return
	view.change(state => ({ ...state, question: undefined }))
	if (name !== 'y' && name !== 'Y') return
	const peer = findPeer(parts, question.peer)
	tell(
		view,
		peer === undefined
			? { tone: 'bad', text: safe`${question.address} has left` }
			: treatPeer(question.verb, peer, engine),
	)
}

/** A key for the line that is being typed. */
function type(parts: ControllerParts, name: string): void {
	const { store, view } = parts
	const { view: next, submitted } = promptKey(view.get(), name, completionWords(view.get(), store.get()))
	view.change(() => next)
	if (submitted === undefined) return
	const parsed = parseCommand(submitted, completionWords(next, store.get()))
	if (parsed.ok) run(parts, parsed.command)
	else tell(view, { tone: 'bad', text: safeText(parsed.fault.message) })
}

function run(parts: ControllerParts, command: ScreenCommand): void {
	const { engine, store, view } = parts
	switch (command.type) {
		case 'quit':
			parts.onQuit()
			return
		case 'sort':
		case 'filter':
		case 'hide':
		case 'show':
		case 'theme':
		case 'fps':
		case 'help':
			view.change(state => applyViewCommand(state, command, contextOf(store, state)))
			return
		default: {
			const state = view.get()
			const selected = selectedPeer(state, store.get())
			const selectedTracker = state.positions.trackers?.cursor ?? 0
			tell(view, runCommand(command, { engine, store, selected, selectedTracker, copy: parts.onCopy }))
		}
	}
}

/** What `y` copies: what is selected where one looks. */
function copiedIn({ focus }: ViewState): 'hash' | 'peer' | 'tracker' {
	if (focus === 'peers' || focus === 'pipeline') return 'peer'
	return focus === 'trackers' ? 'tracker' : 'hash'
}

function tell(view: Cell<ViewState>, message: Message): void {
	view.change(state => ({ ...state, message }))
}

function isPaused(store: EngineStore): boolean {
	return store.get().slices.summary?.state === 'paused'
}
