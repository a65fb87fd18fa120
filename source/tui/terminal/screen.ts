// The terminal while the screen is up: alternate screen, hidden cursor, raw mode, frames without blocking; and
// the way back from it, the same in every ending. Nothing else writes to the terminal in between.
import { writeSync } from 'node:fs'
import type { SafeText } from '../../protocol/safe-text.ts'
import { type Ending, listenForEndings, stopJob } from './endings.ts'
import { createFrameWriter, type FrameSize } from './frame-writer.ts'
import { catchStrayOutput } from './stray-output.ts'

export type ScreenHandlers = {
	readonly onEnding: (ending: Ending) => void
	readonly onResize: (size: FrameSize) => void
	readonly onStrayLine: (line: SafeText) => void
	/** The screen is up, for the first time or again: the terminal knows nothing of before. */
	readonly onUp?: () => void
	/** Written after the screen is entered and before it is left. */
	readonly extras?: { readonly enter: string; readonly exit: string }
}

export type ScreenStreams = { readonly stdin: NodeJS.ReadStream; readonly stdout: NodeJS.WriteStream }

export type Screen = {
	readonly size: () => FrameSize
	/** Shows a frame; while the terminal does not take what it was given, only the newest is kept. */
	show(frame: string): void
	/** Calls back once the terminal has taken everything. */
	whenTaken(callback: () => void): void
	/** Writes the whole frame anew. */
	repaint(): void
	/** Writes a sequence that moves no cursor; false when it was left out, for a terminal that takes nothing. */
	emit(sequence: string): boolean
	/** Gives the terminal back and stops the job; comes back by itself when it goes on. */
	suspend(): void
	/** Gives the terminal back for good. */
	leave(): Promise<void>
}

// What is pasted comes between marks (DEC 2004), or it would be taken for keys.
const enter = '\u001b[?1049h\u001b[?25l\u001b[?2004h'
const exit = '\u001b[?2004l\u001b[m\u001b[?25h\u001b[?1049l'
/** A terminal that took nothing for this long gets the next frame whole. */
const stalledMs = 250
const leaveTimeoutMs = 500
/** Writes that may wait for the terminal: a frame and a few sequences. */
const mostPending = 4

/** Takes the terminal. */
export function openScreen({ stdin, stdout }: ScreenStreams, handlers: ScreenHandlers): Screen {
	const writer = createFrameWriter()
	const write = stdout.write.bind(stdout)
	const nonBlocking = setBlocking(stdout, false)
	let isUp = false
	let closed = false
	let pending = 0
	let pendingSince = 0
	let frame: string | undefined
	let skipped = false
	let waiting: (() => void)[] = []

	const { enter: enterMore = '', exit: exitMore = '' } = handlers.extras ?? {}
	const size = (): FrameSize => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 })
	const send = (bytes: string) => {
		if (pending === 0) pendingSince = performance.now()
		pending += 1
		write(bytes, () => {
			pending -= 1
			if (pending > 0) return
			const callbacks = waiting
			waiting = []
			if (skipped) {
				skipped = false
				if (performance.now() - pendingSince > stalledMs) writer.invalidate()
				show()
			}
			for (const callback of callbacks) callback()
		})
	}
	const show = () => {
		if (!isUp || frame === undefined) return
		if (pending > 0) {
			skipped = true
			return
		}
		const bytes = writer.next(frame, size())
		if (bytes !== '') send(bytes)
	}
	const goUp = () => {
		if (isUp || closed) return
		isUp = true
		setRawMode(stdin, true)
		refreshSize(stdout)
		writer.invalidate()
		send(enter + enterMore)
		handlers.onUp?.()
		handlers.onResize(size())
		show()
	}
	const goDown = () => {
		isUp = false
		setRawMode(stdin, false)
		send(exitMore + exit)
	}
	const restoreAtExit = () => {
		if (!isUp) return
		isUp = false
		setBlocking(stdout, true)
		setRawMode(stdin, false)
		try {
			writeSync(1, exitMore + exit)
		} catch {
			// The terminal is gone: nothing is left to restore.
		}
	}
	const suspend = () => {
		if (!isUp) return
		goDown()
		setImmediate(() => {
			stopJob(suspend)
			// Nothing stopped us (no job control): come back.
			setTimeout(goUp, 100)
		})
	}
	const onResize = () => {
		writer.invalidate()
		handlers.onResize(size())
	}
	const onGone = () => handlers.onEnding({ type: 'terminalGone' })

	const stopListening = listenForEndings({
		onEnding: handlers.onEnding,
		onSuspend: suspend,
		onContinue: goUp,
		onExit: restoreAtExit,
	})
	const releaseOutput = catchStrayOutput([stdout, process.stderr], handlers.onStrayLine)
	stdout.on('resize', onResize)
	stdout.on('error', onGone)
	stdin.on('end', onGone)
	goUp()

	return {
		size,
		show(next) {
			frame = next
			show()
		},
		whenTaken(callback) {
			if (pending === 0) callback()
			else waiting.push(callback)
		},
		repaint() {
			writer.invalidate()
			show()
		},
		emit(sequence) {
			if (!isUp || pending >= mostPending) return false
			send(sequence)
			return true
		},
		suspend,
		async leave() {
			if (closed) return
			closed = true
			if (isUp) goDown()
			if (nonBlocking) setBlocking(stdout, true)
			await settled(callback => (pending === 0 ? callback() : void waiting.push(callback)))
			stopListening()
			releaseOutput()
			stdout.off('resize', onResize)
			stdin.off('end', onGone)
			stdin.pause()
			stdin.unref()
		},
	}
}

/** Ends when `subscribe` calls back, or after a while: a terminal that does not read must not hold us. */
function settled(subscribe: (callback: () => void) => void): Promise<void> {
	return new Promise(resolve => {
		const timer = setTimeout(resolve, leaveTimeoutMs)
		subscribe(() => {
			clearTimeout(timer)
			resolve()
		})
	})
}

/** A terminal that is gone refuses; there is nothing to set then. */
function setRawMode(stdin: NodeJS.ReadStream, isRaw: boolean): void {
	try {
		if (stdin.isTTY) stdin.setRawMode(isRaw)
	} catch {
		// The ending that follows is told by the signal or by the stream.
	}
}

/** Node makes terminals block; its handle can undo that, where it has the method. */
function setBlocking(stdout: NodeJS.WriteStream, blocking: boolean): boolean {
	const handle: unknown = Reflect.get(stdout, '_handle')
	if (typeof handle !== 'object' || handle === null) return false
	const method: unknown = Reflect.get(handle, 'setBlocking')
	if (typeof method !== 'function') return false
	return Reflect.apply(method, handle, [blocking]) === 0
}

/** A terminal that was resized while we were stopped told the shell, not us. */
function refreshSize(stdout: NodeJS.WriteStream): void {
	const method: unknown = Reflect.get(stdout, '_refreshSize')
	if (typeof method === 'function') Reflect.apply(method, stdout, [])
}
