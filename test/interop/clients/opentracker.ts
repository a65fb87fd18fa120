// opentracker over HTTP and UDP on one loopback port. Debian builds it with a whitelist: it gets one that names
// the torrents of the test. Started by root it becomes the user nobody, who must be able to read its
// folder; that folder is its root, and the whitelist a path from there.
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Running, startDeadlineMs } from './client.ts'
import { ClientProcess } from './client-process.ts'
import { isListening } from './listening.ts'

export const opentracker = {
	name: 'opentracker',
	program: '/usr/bin/opentracker',
	debianPackage: 'opentracker',
}

export interface Opentracker extends Running {
	/** Resolves when the tracker counts a seed for the torrent `infoHash` (hex). */
	waitForSeed(infoHash: string): Promise<void>
}

/** Starts a tracker that serves the torrents `infoHashes` (hex), with its files in `stateDir`. */
export async function startOpentracker(
	stateDir: string,
	port: number,
	infoHashes: readonly string[],
): Promise<Opentracker> {
	const whitelist = 'whitelist.txt'
	const configuration = join(stateDir, 'opentracker.conf')
	chmodSync(stateDir, 0o755)
	writeFileSync(join(stateDir, whitelist), infoHashes.map(hash => `${hash}\n`).join(''))
	const lines = [
		`listen.tcp 127.0.0.1:${port}`,
		`listen.udp 127.0.0.1:${port}`,
		`access.whitelist ${whitelist}`,
		`tracker.rootdir ${stateDir}`,
		'tracker.user nobody',
	]
	writeFileSync(configuration, `${lines.join('\n')}\n`)
	const child = new ClientProcess({
		name: 'opentracker',
		command: opentracker.program,
		args: ['-f', configuration],
	})
	await child.waitFor('listening', () => isListening(port), startDeadlineMs)
	const hasSeed = async (infoHash: string) => {
		const query = infoHash.replaceAll(/../gu, '%$&')
		const response = await fetch(`http://127.0.0.1:${port}/scrape?info_hash=${query}`)
		return /8:completei[1-9]/u.test(await response.text()) ? true : undefined
	}
	return {
		port,
		pid: child.pid,
		stop: () => child.stop(),
		waitForSeed: async infoHash => {
			await child.waitFor('seed', () => hasSeed(infoHash), startDeadlineMs)
		},
	}
}
