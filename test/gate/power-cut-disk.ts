// An ext4 on a loop device whose power can be cut: its backing file lies on another ext4 that is frozen for as
// long as the file is copied, so that a copy holds every write that had ended and none that had not. All of it
// is in memory and mounted in the name space of the caller alone.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const mebibyte = 1 << 20
const diskMebibytes = 96
const lowerMebibytes = 128

/** What a power cut left. */
export type Cut = {
	readonly image: string
	/** By the wall clock; the disk stood still a little before. */
	readonly at: number
}

/** All disks are made below `folder`, which becomes memory. */
export async function prepareMemory(folder: string): Promise<void> {
	mkdirSync(folder)
	await run('mount', ['-t', 'tmpfs', 'tmpfs', folder])
}

export class CutDisk {
	/** Where the disk is mounted. */
	readonly root: string
	readonly #folder: string
	readonly #image: string
	#copies = 0
	#isMounted = false

	private constructor(folder: string) {
		this.#folder = folder
		this.root = join(folder, 'disk')
		this.#image = join(folder, 'lower', 'disk.img')
	}

	/** `folder` is to be made, within what prepareMemory() was given. */
	static async create(folder: string): Promise<CutDisk> {
		for (const path of [folder, join(folder, 'lower'), join(folder, 'disk'), join(folder, 'copy')])
			mkdirSync(path)
		const lower = join(folder, 'lower.img')
		await makeFileSystem(lower, lowerMebibytes, ['-O', '^has_journal'])
		await run('mount', ['-o', 'loop', lower, join(folder, 'lower')])
		return new CutDisk(folder)
	}

	/** Puts in an empty disk, or goes on with what a cut left. */
	async insert(cut?: Cut): Promise<void> {
		await this.#eject()
		if (existsSync(this.#image)) rmSync(this.#image)
		if (cut === undefined) await makeFileSystem(this.#image, diskMebibytes, ['-b', '4096'])
		else await run('cp', ['--sparse=always', cut.image, this.#image])
		await run('mount', ['-o', 'loop', this.#image, this.root])
		this.#isMounted = true
	}

	/** Cuts the power so many times, as fast as it goes; the disk itself goes on. */
	async cut(count: number): Promise<Cut[]> {
		const cuts: Cut[] = []
		for (let index = 0; index < count; index += 1) {
			this.#copies += 1
			const image = join(this.#folder, `cut-${this.#copies}.img`)
			// In one go, so that nothing stays frozen whatever becomes of us.
			const script = 'fsfreeze -f "$1" && date +%s%3N; cp --sparse=always "$2" "$3"; fsfreeze -u "$1"'
			const { stdout } = await run('sh', [
				'-ec',
				script,
				'sh',
				join(this.#folder, 'lower'),
				this.#image,
				image,
			])
			cuts.push({ image, at: Number(stdout) })
		}
		return cuts
	}

	/** Mounts what a cut left, which replays its journal, and hands it to `look`. */
	async look(cut: Cut, look: (root: string) => Promise<void>): Promise<void> {
		const root = join(this.#folder, 'copy')
		const image = join(this.#folder, 'looked-at.img')
		await run('cp', ['--sparse=always', cut.image, image])
		await run('mount', ['-o', 'loop', image, root])
		try {
			await look(root)
		} finally {
			await run('umount', [root])
			rmSync(image)
		}
	}

	/** What a cut left is not needed any more. */
	drop(cut: Cut): void {
		rmSync(cut.image)
	}

	async #eject(): Promise<void> {
		if (this.#isMounted) await run('umount', [this.root])
		this.#isMounted = false
	}
}

async function makeFileSystem(image: string, mebibytes: number, options: readonly string[]): Promise<void> {
	await run('truncate', ['-s', `${mebibytes * mebibyte}`, image])
	await run('mkfs.ext4', ['-q', '-F', ...options, image])
}
