// Torrents for tests of the built program, on disk: the .torrent file and a folder that holds its content.
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { freePort } from '../interop/clients/client-process.ts'
import { sha256OfFile } from './content.ts'
import { type MadeTorrent, makeTorrent, type TorrentRecipe } from './make-torrent.ts'
import { type CliRun, runCli, temporaryFolder } from './run-cli.ts'

export type TorrentOnDisk = {
	readonly made: MadeTorrent
	/** The .torrent file. */
	readonly file: string
	/** What --dir is for a seed. */
	readonly content: string
	/** A folder of the test for everything else. */
	readonly folder: string
}

export const multiFiles = [
	{ path: ['a', 'one.bin'], content: 50_000 },
	{ path: 'two.bin', content: 40_000 },
	{ path: 'empty', content: 0 },
	{ path: ['b', 'three.bin'], content: 100_000 },
] as const

/** One file `single.bin` of 3 MB unless the recipe says otherwise. */
export function torrentOnDisk(recipe: TorrentRecipe = {}): TorrentOnDisk {
	const given = recipe.files === undefined ? { name: 'single.bin', bytes: 3_000_000, ...recipe } : recipe
	const made = makeTorrent(given)
	const folder = temporaryFolder()
	const name = given.name ?? 'made up'
	const content = join(folder, 'content')
	const file = join(folder, `${name}.torrent`)
	writeFileSync(file, made.bytes)
	const write = (path: string, bytes: Uint8Array) => {
		mkdirSync(dirname(path), { recursive: true })
		writeFileSync(path, bytes)
	}
	if (given.files === undefined) write(join(content, name), made.content)
	let offset = 0
	for (const { path, content: bytes } of given.files ?? []) {
		const length = typeof bytes === 'number' ? bytes : bytes.length
		write(join(content, name, ...[path].flat()), made.content.subarray(offset, offset + length))
		offset += length
	}
	return { made, file, content, folder }
}

/** Seeds `torrent` on loopback; resolves with where it listens once it takes peers. */
export async function startSeed(
	torrent: TorrentOnDisk,
	...more: readonly string[]
): Promise<{ readonly run: CliRun; readonly peer: string; readonly port: number }> {
	const port = await freePort()
	const args = ['--bind', '127.0.0.1', '--port', String(port), '--json', '--seed', ...more]
	const run = runCli([
		torrent.file,
		'--dir',
		torrent.content,
		'--state-dir',
		`${torrent.folder}/seed`,
		...args,
	])
	await run.object('stateChanged', ({ state }) => state === 'seeding')
	return { run, peer: `127.0.0.1:${port}`, port }
}

/** The arguments of a download into `folder/to` on loopback, with its own state. */
export function downloadArguments(torrent: TorrentOnDisk, ...more: readonly string[]): string[] {
	const { file, folder } = torrent
	const places = ['--dir', join(folder, 'to'), '--state-dir', join(folder, 'state')]
	return [file, ...places, '--bind', '127.0.0.1', '--port', '0', ...more]
}

/** Paths of all files below `folder`, sorted, with digests of their content. */
export function filesBelow(folder: string): Map<string, string> {
	const paths = readdirSync(folder, { recursive: true }).map(String).sort()
	return new Map(
		paths
			.filter(path => statSync(join(folder, path)).isFile())
			.map(path => [path, sha256OfFile(join(folder, path))]),
	)
}
