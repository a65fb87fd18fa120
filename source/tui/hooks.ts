// Between stores and panes: a pane renders again only when what it selected is another value.
import { createContext, useContext, useSyncExternalStore } from 'react'
import type { PracticeOffer } from './scenario-choice.ts'
import type { EngineState } from './store.ts'
import type { Theme } from './theme.ts'
import type { ViewState } from './view.ts'

/** A value that tells when it changes. */
export type Readable<State> = {
	readonly get: () => State
	readonly subscribe: (listener: () => void) => () => void
}

export type Session = {
	readonly engine: Readable<EngineState>
	readonly view: Readable<ViewState>
	/** The one that fits the terminal. */
	readonly theme: Theme
	/** Others that the user may choose, by name. */
	readonly themes?: Readonly<Record<string, Theme>>
	readonly title: string
	/** Of the practice swarm that is shown; undefined for a real one. */
	readonly scenario: string | undefined
	readonly practice?: PracticeOffer | undefined
}

export const SessionContext = createContext<Session | undefined>(undefined)

/** The stores and the theme of the running screen. */
export function useSession(): Session {
	const session = useContext(SessionContext)
	if (session === undefined) throw new Error('expected a SessionContext around every pane')
	return session
}

/** What `select` takes of the engine's state; it must return the same value while nothing it uses changed. */
export function useEngine<Value>(select: (state: EngineState) => Value): Value {
	const { engine } = useSession()
	return useSyncExternalStore(engine.subscribe, () => select(engine.get()))
}

/** As `useEngine`, of what the user chose. */
export function useView<Value>(select: (state: ViewState) => Value): Value {
	const { view } = useSession()
	return useSyncExternalStore(view.subscribe, () => select(view.get()))
}
