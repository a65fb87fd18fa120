// A temporary folder for one test file, the torrents that several tests share, and the question whether a client
// is installed.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeContentFile, writeContentTree } from '../helpers/content.ts'
import type { Running } from './clients/client.ts'
import { makeTorrentFile, type TorrentFile } from './torrent-file.ts'

/** A torrent and the folder that holds its whole content. */
export interface Source {
	readonly torrent: TorrentFile
	readonly contentDir: string
	/** The torrent's name: the content lies at `contentDir/name`. */
	readonly name: string
}

export class Workspace {
	readonly root = mkdtempSync(join(tmpdir(), 'swarmscope-interop-'))
	readonly #running: Running[] = []
	#folders = 0

	/** A new empty folder. */
	folder(): string {
		const path = join(this.root, String(++this.#folders))
		mkdirSync(path)
		return path
	}

	/** One file of `sizeBytes`. */
	singleFile(sizeBytes: number, pieceBytes: number, tracker?: string): Source {
		const contentDir = this.folder()
		const name = 'single.bin'
		writeContentFile(join(contentDir, name), sizeBytes, `single ${sizeBytes}`)
		return this.#describe({ contentDir, name, pieceBytes }, tracker === undefined ? {} : { tracker })
	}

	/** `fileCount` small files. */
	manyFiles(fileCount: number, totalBytes: number, pieceBytes: number): Source {
		const contentDir = this.folder()
		const name = 'many'
		const files = writeContentTree(join(contentDir, name), { fileCount, totalBytes, seed: 'many' })
		return this.#describe({ contentDir, name, pieceBytes }, { files })
	}

	/** What is still running is stopped after the test, also when it failed. */
	keep<T extends Running>(running: T): T {
		this.#running.push(running)
		return running
	}

	async stopAll(): Promise<void> {
		await Promise.all(this.#running.splice(0).map(running => running.stop()))
	}

	async dispose(): Promise<void> {
		await this.stopAll()
		rmSync(this.root, { recursive: true, force: true })
	}

	#describe(
		content: { readonly contentDir: string; readonly name: string; readonly pieceBytes: number },
		more: { readonly files?: readonly string[]; readonly tracker?: string },
	): Source {
		const { contentDir, name, pieceBytes } = content
		const path = `${contentDir}.torrent`
		const torrent = makeTorrentFile({ path, contentPath: join(contentDir, name), pieceBytes, ...more })
		return { torrent, contentDir, name }
	}
}

/**
 * Whether a client can run here. A missing one is reported in one line, and fails the run where all are required
 * (SWARMSCOPE_REQUIRE_CLIENTS=1).
 */
export function isInstalled(client: {
	readonly name: string
	readonly program: string
	readonly debianPackage: string
}): boolean {
	if (existsSync(client.program)) return true
	const message = `${client.name} is missing: apt-get install ${client.debianPackage}`
	if (process.env['SWARMSCOPE_REQUIRE_CLIENTS'] === '1') throw new Error(message)
	console.warn(`skipped, ${message}`)
	return false
}
