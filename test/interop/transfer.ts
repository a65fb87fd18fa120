// One transfer between two clients on loopback, whoever of the two can dial, compared bit for bit.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { compareTrees } from '../helpers/content.ts'
import type { Client, SeedOptions } from './clients/client.ts'
import { freePort } from './clients/client-process.ts'
import type { Source, Workspace } from './workspace.ts'

/** What every client must be told of the torrent. */
export function torrentOptions(source: Source) {
	return { torrentFile: source.torrent.path, infoHash: source.torrent.infoHash }
}

/**
 * Fails unless `dir` holds the content of `source`; when strict, all of it and nothing else. Other programs may
 * leave files of their own beside the content, and Transmission creates no empty files.
 */
export function expectSameContent(source: Source, dir: string, strictness: 'strict' | 'lenient'): void {
	const expected = join(source.contentDir, source.name)
	const { missing, extra, different } = compareTrees(expected, join(dir, source.name))
	const isExcused = (path: string) => strictness === 'lenient' && statSync(join(expected, path)).size === 0
	expect({ missing: missing.filter(path => !isExcused(path)), extra, different }).toEqual({
		missing: [],
		extra: [],
		different: [],
	})
	if (strictness === 'strict') expect(readdirSync(dir)).toEqual([source.name])
}

/** Lets `leecher` download from `seeder` and returns the folder of the download. */
export async function transfer(
	workspace: Workspace,
	source: Source,
	clients: { readonly seeder: Client; readonly leecher: Client; readonly magnet?: string | undefined },
	more: Pick<SeedOptions, 'encryption' | 'onConnected'> = {},
): Promise<string> {
	const { seeder, leecher, magnet } = clients
	const dir = workspace.folder()
	const [seedPort, leechPort] = [await freePort(), await freePort()]
	const seed = {
		...torrentOptions(source),
		...more,
		contentDir: source.contentDir,
		stateDir: workspace.folder(),
		port: seedPort,
	}
	const leech = {
		...torrentOptions(source),
		...more,
		magnet,
		contentDir: dir,
		stateDir: workspace.folder(),
		port: leechPort,
	}
	if (leecher.dialsLoopback) {
		workspace.keep(await seeder.startSeed(seed))
		await workspace.keep(await leecher.startLeech({ ...leech, peers: [`127.0.0.1:${seedPort}`] })).done
	} else {
		const running = workspace.keep(await leecher.startLeech(leech))
		workspace.keep(await seeder.startSeed({ ...seed, peers: [`127.0.0.1:${leechPort}`] }))
		await running.done
	}
	return dir
}
