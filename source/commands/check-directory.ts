// What can be known of given places before anything is started, so that a slip of the user's is one line at
// once and not a failure of the disk an hour later.
import { stat } from 'node:fs/promises'
import { errorCode } from '../engine/world-failure.ts'
import { CommandFailure, exitCodes } from '../exit-code.ts'

/** Throws a CommandFailure with exit code 4 unless there is a directory, or nothing yet where one can be made. */
export async function checkDirectory(option: string, path: string): Promise<void> {
	const got = await obstacle(path)
	if (got === undefined) return
	throw new CommandFailure(exitCodes.disk, `${option}: expected a directory, got ${path}: ${got}`)
}

async function obstacle(path: string): Promise<string | undefined> {
	try {
		return (await stat(path)).isDirectory() ? undefined : 'it is a file'
	} catch (error) {
		const code = errorCode(error)
		if (code === 'ENOENT') return undefined
		return code === 'ENOTDIR' ? 'a part of this path is a file' : code
	}
}

/** Throws a CommandFailure with exit code 2 when the log would be written into the torrent file. */
export async function checkLogIsOther(log: string | undefined, torrent: string): Promise<void> {
	if (log === undefined) return
	const [left, right] = await Promise.all([identity(log), identity(torrent)])
	if (left !== undefined && left === right)
		throw new CommandFailure(exitCodes.usage, `--log: expected another file than the torrent, got ${log}`)
}

async function identity(path: string): Promise<string | undefined> {
	try {
		const { dev, ino } = await stat(path, { bigint: true })
		return `${dev}:${ino}`
	} catch {
		return undefined
	}
}
