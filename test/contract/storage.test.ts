import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { allocateAligned } from '../../source/engine/aligned-memory.ts'
import type { FileHandle, Storage } from '../../source/engine/environment.ts'
import { createNodeStorage } from '../../source/engine/node-storage.ts'
import { MemoryStorage } from '../../source/practice/memory-storage.ts'
import { ManualClock } from '../helpers/manual-clock.ts'

type Subject = {
	readonly storage: Storage
	/** An empty folder. */
	readonly root: string
	link(path: string, target: string): void
	dispose(): void
}

function onDisk(storage: Storage): Subject {
	const root = mkdtempSync(join(tmpdir(), 'swarmscope-storage-'))
	return {
		storage,
		root,
		link: (path, target) => symlinkSync(target, path),
		dispose: () => rmSync(root, { recursive: true }),
	}
}

/** For its clock no look at a file took any time: from here on it looks and opens synchronously. */
async function quickStorage(): Promise<Storage> {
	const storage = createNodeStorage(new ManualClock())
	for (let looks = 0; looks < 16; looks += 1) await storage.stat(tmpdir())
	return storage
}

const subjects: Readonly<Record<string, () => Subject | Promise<Subject>>> = {
	'node:fs': () => onDisk(createNodeStorage(new ManualClock())),
	'node:fs of a quick disk': async () => onDisk(await quickStorage()),
	memory: () => {
		const storage = new MemoryStorage({ wallTime: () => 1_700_000_000_000 })
		storage.put('/root/x', new Uint8Array())
		void storage.unlink('/root/x')
		return {
			storage,
			root: '/root',
			link: (path, target) => storage.link(path, target),
			dispose: () => undefined,
		}
	},
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
const code = (expected: string): object => expect.objectContaining({ code: expected }) as object

describe.each(Object.keys(subjects))('storage over %s', name => {
	let subject: Subject
	let storage: Storage
	let root: string

	beforeEach(async () => {
		subject = await subjects[name]!()
		;({ storage, root } = subject)
	})
	afterEach(() => subject.dispose())

	async function withFile<Value>(
		path: string,
		mode: 'read' | 'write' | 'create',
		use: (handle: FileHandle) => Promise<Value>,
	): Promise<Value> {
		const handle = await storage.open(path, mode)
		try {
			return await use(handle)
		} finally {
			await handle.close()
		}
	}

	it('gives back what was written, both ways', async () => {
		await withFile(`${root}/a`, 'write', async handle => {
			expect(handle.writeSync(bytes(1, 2, 3), 0)).toBe(3)
			expect(await handle.write(bytes(9), 1)).toBe(1)
			const target = new Uint8Array(3)
			expect(handle.readSync(target, 0)).toBe(3)
			expect(target).toEqual(bytes(1, 9, 3))
			expect(await handle.read(target, 1)).toBe(2)
			expect(target).toEqual(bytes(9, 3, 3))
		})
	})

	it('shows ordinary reads what was written past the page cache, or says that it cannot', async () => {
		await withFile(`${root}/a`, 'write', async handle => {
			const [piece] = allocateAligned(262_144) ?? []
			if (handle.writeDirect === undefined || piece === undefined) return
			piece.fill(5)
			await handle.write(new Uint8Array(400_000).fill(1), 0)
			try {
				expect(await handle.writeDirect([piece.subarray(0, 65_536), piece.subarray(65_536)], 65_536)).toBe(
					262_144,
				)
			} catch (error) {
				expect(['EINVAL', 'EOPNOTSUPP']).toContain((error as { code?: string }).code)
				return
			}
			const target = new Uint8Array(400_000)
			expect(await handle.read(target, 0)).toBe(400_000)
			expect(target.every((byte, at) => byte === (at >= 65_536 && at < 327_680 ? 5 : 1))).toBe(true)
		})
	})

	it('fills several targets one after the other, and stops at the end of the file', async () => {
		await withFile(`${root}/a`, 'write', async handle => {
			await handle.write(bytes(1, 2, 3, 4, 5), 0)
			const ways = [
				(targets: Uint8Array[]) => handle.readvSync(targets, 1),
				(targets: Uint8Array[]) => handle.readv(targets, 1),
			]
			for (const read of ways) {
				const [first, second] = [new Uint8Array(2), new Uint8Array(4)]
				expect(await read([first, second])).toBe(4)
				expect([first, second]).toEqual([bytes(2, 3), bytes(4, 5, 0, 0)])
			}
		})
	})

	it('reads nothing behind the end of a file', async () => {
		await withFile(`${root}/a`, 'write', async handle => {
			expect(await handle.read(new Uint8Array(4), 100)).toBe(0)
			expect(handle.readvSync([new Uint8Array(4)], 100)).toBe(0)
		})
	})

	it('leaves a hole of zeros before what is written far behind', async () => {
		await withFile(`${root}/a`, 'write', async handle => {
			await handle.write(bytes(7), 5)
			expect((await handle.stat()).sizeBytes).toBe(6)
			const target = bytes(1, 1, 1, 1, 1, 1)
			expect(await handle.read(target, 0)).toBe(6)
			expect(target).toEqual(bytes(0, 0, 0, 0, 0, 7))
		})
	})

	it('does not shorten a file by opening it', async () => {
		await withFile(`${root}/a`, 'write', handle => handle.write(bytes(1, 2, 3), 0))
		await withFile(`${root}/a`, 'write', async handle => expect((await handle.stat()).sizeBytes).toBe(3))
	})

	it('opens nothing that is not there for reading, and nothing that is there for creating', async () => {
		await expect(storage.open(`${root}/none`, 'read')).rejects.toEqual(code('ENOENT'))
		await withFile(`${root}/a`, 'create', () => Promise.resolve())
		await expect(storage.open(`${root}/a`, 'create')).rejects.toEqual(code('EEXIST'))
	})

	it('does not make folders by opening', async () => {
		await expect(storage.open(`${root}/none/a`, 'write')).rejects.toEqual(code('ENOENT'))
	})

	it('refuses to write through a handle for reading', async () => {
		await withFile(`${root}/a`, 'create', () => Promise.resolve())
		await withFile(`${root}/a`, 'read', async handle => {
			await expect(handle.write(bytes(1), 0)).rejects.toEqual(code('EBADF'))
			expect(() => handle.writeSync(bytes(1), 0)).toThrow(code('EBADF'))
		})
	})

	it.each(['read', 'write', 'create'] as const)('follows no link in the last element to %s', async mode => {
		await withFile(`${root}/target`, 'create', () => Promise.resolve())
		subject.link(`${root}/link`, `${root}/target`)
		const expected = mode === 'create' ? 'EEXIST' : 'ELOOP'
		await expect(storage.open(`${root}/link`, mode)).rejects.toEqual(code(expected))
		if (mode === 'read') await expect(storage.readFile(`${root}/link`, 10)).rejects.toEqual(code('ELOOP'))
	})

	it('creates nothing at the end of a link that leads nowhere', async () => {
		subject.link(`${root}/link`, `${root}/nowhere`)
		await expect(storage.open(`${root}/link`, 'write')).rejects.toEqual(code('ELOOP'))
		expect(await storage.stat(`${root}/nowhere`)).toBeUndefined()
	})

	it('tells links, folders and files apart', async () => {
		await storage.makeDirectory(`${root}/folder`)
		await withFile(`${root}/a`, 'create', handle => handle.write(bytes(1), 0))
		subject.link(`${root}/link`, `${root}/folder`)
		expect((await storage.stat(`${root}/folder`))?.kind).toBe('directory')
		expect((await storage.stat(`${root}/link`))?.kind).toBe('symlink')
		expect(await storage.stat(`${root}/a`)).toMatchObject({ kind: 'file', sizeBytes: 1, links: 1 })
	})

	it('finds nothing behind a file or a missing folder', async () => {
		await withFile(`${root}/a`, 'create', () => Promise.resolve())
		expect(await storage.stat(`${root}/a/b`)).toBeUndefined()
		expect(await storage.stat(`${root}/none/b`)).toBeUndefined()
	})

	it('knows a file by its inode, and a change by its time', async () => {
		await withFile(`${root}/a`, 'create', handle => handle.write(bytes(1), 0))
		const before = (await storage.stat(`${root}/a`))!
		expect(await storage.stat(`${root}/a`)).toEqual(before)
		expect(before.mtimeNs).toMatch(/^\d{19}$/)
		await storage.replaceFile(`${root}/a`, bytes(2))
		expect((await storage.stat(`${root}/a`))!.inode).not.toBe(before.inode)
	})

	it('says how many names an open file has', async () => {
		await withFile(`${root}/a`, 'create', async handle => {
			expect((await handle.stat()).links).toBe(1)
			await storage.unlink(`${root}/a`)
			expect((await handle.stat()).links).toBe(0)
			expect(await handle.write(bytes(1), 0)).toBe(1)
		})
	})

	it('makes one folder, again without complaint, and none below nothing', async () => {
		await storage.makeDirectory(`${root}/folder`)
		await storage.makeDirectory(`${root}/folder`)
		expect((await storage.stat(`${root}/folder`))?.kind).toBe('directory')
		await expect(storage.makeDirectory(`${root}/none/folder`)).rejects.toEqual(code('ENOENT'))
		await withFile(`${root}/a`, 'create', () => Promise.resolve())
		await expect(storage.makeDirectory(`${root}/a`)).rejects.toEqual(code('EEXIST'))
	})

	it('resolves links on the way', async () => {
		await storage.makeDirectory(`${root}/folder`)
		subject.link(`${root}/link`, `${root}/folder`)
		expect(await storage.realpath(`${root}/link`)).toBe(await storage.realpath(`${root}/folder`))
		await expect(storage.realpath(`${root}/none`)).rejects.toEqual(code('ENOENT'))
	})

	it('replaces a file as a whole and leaves nothing beside it', async () => {
		await storage.replaceFile(`${root}/a`, bytes(1, 2, 3))
		await storage.replaceFile(`${root}/a`, bytes(4))
		expect(await storage.readFile(`${root}/a`, 10)).toEqual(bytes(4))
		expect(await storage.list(root)).toEqual(['a'])
	})

	it('creates a file with its bytes, once, and leaves nothing beside it', async () => {
		await storage.createFile(`${root}/a`, bytes(1, 2))
		await expect(storage.createFile(`${root}/a`, bytes(3))).rejects.toEqual(code('EEXIST'))
		await expect(storage.createFile(`${root}/none/a`, bytes(3))).rejects.toEqual(code('ENOENT'))
		subject.link(`${root}/link`, `${root}/nowhere`)
		await expect(storage.createFile(`${root}/link`, bytes(3))).rejects.toEqual(code('EEXIST'))
		expect(await storage.readFile(`${root}/a`, 10)).toEqual(bytes(1, 2))
		expect([...(await storage.list(root))].sort()).toEqual(['a', 'link'])
	})

	it('keeps the old file when the new one cannot be written', async () => {
		await storage.makeDirectory(`${root}/a`)
		await expect(storage.replaceFile(`${root}/a`, bytes(1))).rejects.toEqual(code('EISDIR'))
		await expect(storage.replaceFile(`${root}/none/a`, bytes(1))).rejects.toEqual(code('ENOENT'))
		expect(await storage.list(root)).toEqual(['a'])
	})

	it('reads a whole file within a limit', async () => {
		await storage.replaceFile(`${root}/a`, bytes(1, 2, 3))
		expect(await storage.readFile(`${root}/a`, 3)).toEqual(bytes(1, 2, 3))
		await expect(storage.readFile(`${root}/a`, 2)).rejects.toEqual(code('EFBIG'))
		expect(await storage.readFile(`${root}/none`, 2)).toBeUndefined()
	})

	it('unlinks a file, and minds not when it is gone', async () => {
		await storage.replaceFile(`${root}/a`, bytes(1))
		await storage.unlink(`${root}/a`)
		await storage.unlink(`${root}/a`)
		expect(await storage.list(root)).toEqual([])
	})

	it('unlinks a link and not what it leads to', async () => {
		await storage.replaceFile(`${root}/a`, bytes(1))
		subject.link(`${root}/link`, `${root}/a`)
		await storage.unlink(`${root}/link`)
		expect(await storage.list(root)).toEqual(['a'])
	})

	it('lists names, none where there is no folder', async () => {
		await storage.makeDirectory(`${root}/folder`)
		await storage.replaceFile(`${root}/a`, bytes(1))
		expect([...(await storage.list(root))].sort()).toEqual(['a', 'folder'])
		expect(await storage.list(`${root}/none`)).toEqual([])
	})

	it('syncs a file through a handle for reading', async () => {
		if (process.platform === 'win32') return
		await storage.replaceFile(`${root}/a`, bytes(1))
		await withFile(`${root}/a`, 'read', handle => handle.sync())
	})

	it('cuts an open file to a length', async () => {
		await withFile(`${root}/a`, 'write', async handle => {
			await handle.write(bytes(1, 2, 3), 0)
			await handle.truncate(1)
			await handle.sync()
			expect((await handle.stat()).sizeBytes).toBe(1)
		})
		expect(await storage.readFile(`${root}/a`, 9)).toEqual(bytes(1))
	})
})

describe('storage over node:fs', () => {
	let root: string
	const storage = createNodeStorage(new ManualClock())
	beforeEach(() => {
		root = mkdtempSync(join(tmpdir(), 'swarmscope-storage-'))
	})
	afterEach(() => rmSync(root, { recursive: true }))

	it('keeps states from the eyes of others', async () => {
		await storage.makeDirectory(`${root}/state`, 'private')
		await storage.replaceFile(`${root}/state/a`, bytes(1))
		await (await storage.open(`${root}/state/b`, 'create', 'private')).close()
		await storage.createFile(`${root}/state/c`, bytes(1))
		expect(statSync(`${root}/state/c`).mode & 0o777).toBe(0o600)
		expect(statSync(`${root}/state`).mode & 0o777).toBe(0o700)
		expect(statSync(`${root}/state/a`).mode & 0o777).toBe(0o600)
		expect(statSync(`${root}/state/b`).mode & 0o777).toBe(0o600)
		expect(readFileSync(`${root}/state/a`)).toEqual(Buffer.from([1]))
	})
})
