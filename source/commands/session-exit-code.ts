// What a session's end means for the shell.
import { constants } from 'node:os'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import { isWhole, type SessionEnd } from '../tui/session-end.ts'

const refusedCodes = {
	torrent: exitCodes.torrent,
	disk: exitCodes.disk,
	locked: exitCodes.disk,
	port: exitCodes.usage,
	usage: exitCodes.usage,
} as const

/** The exit code that --help promises for this end. */
export function sessionExitCode({ reason, summary }: SessionEnd): ExitCode {
	switch (reason.type) {
		case 'complete':
			return exitCodes.complete
		case 'quit':
		case 'stopped':
		case 'timeout':
			return isWhole(summary) ? exitCodes.complete : exitCodes.notComplete
		case 'terminalGone':
			return exitCodes.SIGHUP
		case 'signal':
			return signalExitCode(reason.signal)
		case 'disk':
			return exitCodes.disk
		case 'crashed':
			return exitCodes.fault
		case 'refused':
			return refusedCodes[reason.code]
	}
}

/** 128 and the signal's number, as shells report it. */
export function signalExitCode(signal: string): ExitCode {
	const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1]
	return number === undefined ? exitCodes.fault : 128 + number
}
