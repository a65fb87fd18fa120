// The exit codes that --help documents.

export const exitCodes = {
	complete: 0,
	notComplete: 1,
	usage: 2,
	torrent: 3,
	disk: 4,
	fault: 70,
	SIGHUP: 129,
	SIGINT: 130,
	SIGTERM: 143,
} as const

/** One of `exitCodes`, or 128 and the number of another signal that ended a session. */
export type ExitCode = number

/** Ends a command with one clear line on stderr. */
export class CommandFailure extends Error {
	override readonly name = 'CommandFailure'
	readonly exitCode: ExitCode

	constructor(exitCode: ExitCode, message: string) {
		super(message)
		this.exitCode = exitCode
	}
}
