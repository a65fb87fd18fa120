// Where what is known between runs is kept, by the habits of the platform.
import { homedir } from 'node:os'
import { join } from 'node:path'

/** `$XDG_STATE_HOME/swarmscope`, `~/Library/Application Support/swarmscope` or `%LOCALAPPDATA%\swarmscope`. */
export function defaultStateDirectory(platform: NodeJS.Platform, environment: NodeJS.ProcessEnv): string {
	if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'swarmscope')
	if (platform === 'win32')
		return join(environment['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'swarmscope')
	const given = environment['XDG_STATE_HOME']
	return join(given?.startsWith('/') === true ? given : join(homedir(), '.local', 'state'), 'swarmscope')
}
