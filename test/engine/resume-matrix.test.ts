import { describe, expect, it } from 'vitest'
import { createFullBitfield } from '../../source/protocol/bitfield.ts'
import {
	type DiskRecipe,
	openTorrentDisk,
	piecesIn,
	reopen,
	type TorrentDisk,
} from '../helpers/torrent-disk.ts'

// What becomes of the file `a` while no run looks at it, and what may be claimed afterwards without a look.
const layouts: Readonly<Record<string, { readonly recipe: DiskRecipe; readonly ofA: readonly number[] }>> = {
	'one file': { recipe: { files: { a: 320 }, pieceLength: 64 }, ofA: [0, 1, 2, 3, 4] },
	'several files, each from a piece border': {
		recipe: { files: { z: 128, a: 128, b: 64 }, pieceLength: 64 },
		ofA: [2, 3],
	},
	'pieces over two files': {
		recipe: { files: { z: 100, a: 120, b: 100 }, pieceLength: 64 },
		ofA: [1, 2, 3],
	},
}

type Change = {
	readonly make: (disk: TorrentDisk, a: number) => Promise<void> | void
	/** Pieces of `a` that are right afterwards, and so are found by the check. */
	readonly right: 'all' | 'some' | 'none'
	readonly code: string | undefined
}

const path = '/save/a'
const handleOf = (disk: TorrentDisk): ReturnType<TorrentDisk['storage']['open']> =>
	disk.memory.open(path, 'write')

const changes: Readonly<Record<string, Change>> = {
	same: { make: () => undefined, right: 'all', code: undefined },
	touched: { make: disk => disk.memory.patch(path, 0, new Uint8Array()), right: 'all', code: 'filesChanged' },
	'changed in one byte': {
		make: (disk, a) => disk.memory.patch(path, 40, Uint8Array.of(disk.contentOf(a)[40]! ^ 1)),
		right: 'some',
		code: 'filesChanged',
	},
	truncated: { make: async disk => (await handleOf(disk)).truncate(70), right: 'some', code: 'filesChanged' },
	grown: { make: async disk => (await handleOf(disk)).truncate(1000), right: 'all', code: 'filesChanged' },
	'replaced by a copy': {
		make: (disk, a) => disk.memory.put(path, disk.contentOf(a)),
		right: 'all',
		code: 'filesChanged',
	},
	'replaced by something else': {
		make: (disk, a) => disk.memory.put(path, new Uint8Array(disk.contentOf(a).length)),
		right: 'none',
		code: 'filesChanged',
	},
	'replaced by something else that pretends to be as old': {
		make: async (disk, a) => {
			const { mtimeNs } = (await disk.memory.stat(path))!
			disk.memory.put(path, new Uint8Array(disk.contentOf(a).length))
			const stat = disk.memory.stat.bind(disk.memory)
			disk.memory.stat = async at => {
				const found = await stat(at)
				return found === undefined || at !== path ? found : { ...found, mtimeNs }
			}
		},
		right: 'none',
		code: 'filesChanged',
	},
	'replaced by a link': {
		make: async (disk, a) => {
			disk.memory.put('/other', disk.contentOf(a))
			await disk.memory.unlink(path)
			disk.memory.link(path, '/other')
		},
		right: 'none',
		code: 'filesChanged',
	},
	'replaced by a folder': {
		make: async disk => {
			await disk.memory.unlink(path)
			disk.memory.put(`${path}/x`, new Uint8Array())
		},
		right: 'none',
		code: 'filesChanged',
	},
	deleted: { make: disk => disk.memory.unlink(path), right: 'none', code: 'filesMissing' },
	'deleted with its folder': {
		make: async disk => {
			for (const gone of disk.memory.paths().filter(at => at.startsWith('/save/')))
				await disk.memory.unlink(gone)
		},
		right: 'none',
		code: 'filesMissing',
	},
	unreadable: {
		make: disk => {
			disk.memory.patch(path, 0, new Uint8Array())
			disk.memory.before = (operation, at) => {
				if (operation === 'open' && at === path) throw Object.assign(new Error(''), { code: 'EACCES' })
				return undefined
			}
		},
		right: 'none',
		code: 'filesChanged',
	},
}

describe.each(Object.entries(layouts))('a torrent of %s', (_, { recipe, ofA }) => {
	const others = (disk: TorrentDisk): number[] =>
		piecesIn(createFullBitfield(disk.geometry.pieceCount)).filter(piece => !ofA.includes(piece))

	it.each(Object.entries(changes))('whose file was %s', async (name, change) => {
		const disk = openTorrentDisk(recipe)
		disk.fill(...disk.layoutFiles.keys())
		await disk.files.prepare()
		const first = disk.resume()
		await first.load()
		first.begin(createFullBitfield(disk.geometry.pieceCount))
		expect((await first.close()).ok).toBe(true)
		await disk.files.close()

		const a = disk.layoutFiles.findIndex(({ path: [element] }) => element === 'a')
		await change.make(disk, a)
		const again = reopen(disk, recipe)
		await again.files.prepare()
		const resumed = await again.resume().load()
		const allGone = name === 'deleted with its folder'
		const expectedTrust = allGone ? [] : others(disk)
		const isSame = change.code === undefined
		expect(piecesIn(resumed.trusted)).toEqual(
			isSame ? [...expectedTrust, ...ofA].sort((x, y) => x - y) : expectedTrust,
		)
		expect(resumed.notes.map(({ code }) => code)).toEqual(isSame ? [] : [change.code])
		const isMissing = change.code === 'filesMissing'
		expect(resumed.missingFiles).toEqual(allGone ? [...disk.layoutFiles.keys()] : isMissing ? [a] : [])
		if (isMissing) expect(resumed.toCheck.count).toBe(0)

		const found = piecesIn(
			await again.verifier.check({
				pieces: resumed.toCheck,
				signal: new AbortController().signal,
				onProgress: () => undefined,
			}),
		)
		if (change.right === 'all') expect(found).toEqual(isSame ? [] : ofA)
		if (change.right === 'none') expect(found).toEqual([])
		disk.memory.before = undefined
		for (const piece of [...found, ...piecesIn(resumed.trusted)]) {
			const bytes = new Uint8Array(disk.piece(piece).length)
			expect((await again.files.read(piece * 64, bytes)).ok).toBe(true)
			expect(bytes).toEqual(disk.piece(piece))
		}
	})
})
