// Shows the lessons of a practice swarm one after the other: each long enough to be read, each at its moment, and
// all of them among the events as well. Time is the reader's here, not the scenario's.
import type { Engine, Update } from '../engine/api.ts'
import type { Teaching } from '../inspect/lesson.ts'
import { type Said, watchLessons } from '../inspect/lesson-watch.ts'
import { type SafeText, safeText } from '../protocol/safe-text.ts'
import type { Cell } from './cell.ts'
import type { EngineStore } from './store.ts'
import type { ViewState } from './view.ts'
import { wrap } from './wrap.ts'

export type LessonDesk = {
	/** The engine, asked to tell what the lessons need to see as well. */
	readonly engine: Engine
	/** Shows them from now on. */
	open(parts: { readonly store: EngineStore; readonly view: Cell<ViewState> }): void
	close(): void
}

/** A lesson stays at least so long, and its pane is marked for as long as the second says. */
const leastMs = { look: 6000, moment: 4000, learned: 4000 }
const pointedMs = 8000
/** Nobody reads along at a higher speed than this; lessons then follow each other as fast as they come. */
const readingSpeed = 4
const wireRows = 800
/** So that the events show all of it on 80 columns. */
const noteCells = 60

export function createLessonDesk(engine: Engine, teaching: Teaching): LessonDesk {
	const watch = watchLessons(teaching)
	let speed = 1
	let advance = (): void => undefined
	let close = (): void => undefined

	const hear = (update: Update) => {
		if (update.type === 'events') watch.hear(update.events.map(({ event }) => event))
		if (update.type !== 'snapshot') return
		speed = update.slices.summary?.clockSpeed ?? speed
		watch.see(update.slices)
	}
	return {
		engine: {
			...engine,
			send: command => engine.send(command.type === 'watch' ? withNeeds(command, watch.needs()) : command),
			listen: listener =>
				engine.listen(update => {
					hear(update)
					listener(update)
					advance()
				}),
		},
		open({ store, view }) {
			let shown: Said | undefined
			let sinceAt = Number.NEGATIVE_INFINITY
			let timers: ReturnType<typeof setTimeout>[] = []
			const leastOf = ({ kind }: Said) => leastMs[kind] * Math.min(1, readingSpeed / speed)
			advance = () => {
				const { frozen } = view.get()
				if (frozen || (shown !== undefined && performance.now() - sinceAt < leastOf(shown))) return
				const next = watch.next()
				if (next === undefined) return
				shown = next
				sinceAt = performance.now()
				for (const line of noteLines(next)) store.note(line, Date.now())
				view.change(state => ({ ...state, lesson: { ...next, isPointing: true } }))
				for (const timer of timers) clearTimeout(timer)
				timers = [setTimeout(advance, leastOf(next) + 1), setTimeout(() => fade(view, next), pointedMs)]
			}
			close = () => {
				for (const timer of timers) clearTimeout(timer)
				advance = () => undefined
			}
			advance()
		},
		close: () => close(),
	}
}

function fade(view: Cell<ViewState>, said: Said): void {
	view.change(state =>
		state.lesson?.text === said.text ? { ...state, lesson: { ...state.lesson, isPointing: false } } : state,
	)
}

function noteLines({ text }: Said): SafeText[] {
	return wrap(text, noteCells, '').map((line, at) => safeText(`${at === 0 ? 'lesson: ' : '        '}${line}`))
}

type Watch = Extract<Parameters<Engine['send']>[0], { type: 'watch' }>

function withNeeds(command: Watch, needs: readonly Watch['slices'][number][]): Watch {
	const slices = [...new Set([...command.slices, ...needs])]
	// The wire of one peer alone would hide what the others are sent.
	const rows = needs.includes('wire') && command.wirePeer === undefined ? wireRows : 0
	return { ...command, slices, wireRows: Math.max(command.wireRows, rows) }
}
