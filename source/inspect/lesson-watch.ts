// Follows what the engine tells through the lessons of a scenario and says each once, when its moment has come.
import type { TorrentEvent } from '../torrent/boundary.ts'
import type { SliceName, Slices } from '../torrent/snapshot.ts'
import { type SafeText, safeText } from '../protocol/safe-text.ts'
import type { Cue, Lesson, LessonPlace, Teaching } from './lesson.ts'
import { factsOf } from './lesson-cues.ts'
import { createLessonMemory, type Facts, hearEvent, seeSlices } from './lesson-memory.ts'

/** A lesson whose moment has come. */
export type Said = {
	/** What to look for, at the start; a moment; what was to be seen, at the end. */
	readonly kind: 'look' | 'moment' | 'learned'
	readonly place: LessonPlace
	readonly text: SafeText
	readonly bep: number | undefined
}

export type LessonWatch = {
	/** Takes in what the engine told. */
	see(slices: Partial<Slices>): void
	hear(events: readonly TorrentEvent[]): void
	/** The next thing to say, if the moment of any has come; each once. The facts are those of now. */
	next(): Said | undefined
	/** What the lessons that are left need to see. */
	needs(): readonly SliceName[]
}

/** Says first what to look for, last what was learned. */
export function watchLessons(teaching: Teaching): LessonWatch {
	const memory = createLessonMemory()
	const { lessons } = teaching
	const open = new Set(lessons)
	let hasBegun = false
	let hasEnded = false

	const nextLesson = (): Said | undefined => {
		for (const [index, lesson] of lessons.entries()) {
			const before = lessons[index - 1]
			if (!open.has(lesson) || (lesson.then === true && before !== undefined && open.has(before))) continue
			const facts = factsOf(lesson.cue, memory)
			if (facts === undefined) continue
			open.delete(lesson)
			return say(lesson, facts)
		}
		return undefined
	}
	return {
		see: slices => seeSlices(memory, slices),
		hear: events => {
			for (const event of events) hearEvent(memory, event)
		},
		next() {
			const { summary } = memory.slices
			if (summary === undefined) return undefined
			if (!hasBegun) {
				hasBegun = true
				return { kind: 'look', place: 'header', text: safeText(teaching.look), bep: undefined }
			}
			const lesson = nextLesson()
			if (lesson !== undefined || hasEnded) return lesson
			// The snapshot that tells of the end holds the last moments as well.
			if (!memory.isComplete || summary.state === 'downloading') return undefined
			hasEnded = true
			return { kind: 'learned', place: 'header', text: safeText(teaching.learned), bep: undefined }
		},
		needs: () => [...new Set([...open].flatMap(({ cue }) => slicesOf(cue)))],
	}
}

function say({ place, text, bep }: Lesson, facts: Facts): Said {
	const filled = text.replaceAll(/\{([a-zA-Z]+)\}/gu, (_, name: string) => String(facts[name] ?? ''))
	return { kind: 'moment', place, text: safeText(bep === undefined ? filled : `${filled} (BEP ${bep})`), bep }
}

function slicesOf(cue: Cue): SliceName[] {
	switch (cue.code) {
		case 'dead-end':
		case 'way-out':
		case 'rarest-gone':
			return ['pieces', 'peers']
		case 'picked':
		case 'sent':
			return ['wire', 'peers']
		case 'wire':
			return ['wire', 'peers']
		case 'dht-nodes':
		case 'dht-round':
		case 'dht-peers':
		case 'dht-announced':
			return ['dht']
		case 'awaiting-metadata':
		case 'content-known':
		case 'pieces':
		case 'missing':
		case 'copies':
			return ['summary']
		default:
			return ['peers']
	}
}
