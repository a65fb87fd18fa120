// Nodes of a disk in memory, found by path. Links are followed on the way, and in the last element only where
// that is asked for.

export type FileNode = {
	readonly type: 'file'
	readonly inode: number
	bytes: Uint8Array
	/** How much of `bytes` is the file; the rest is room to grow. */
	sizeBytes: number
	/** What would be left after a power cut. */
	durable: Uint8Array
	mtimeNs: bigint
	links: number
	allocatedBytes: number
}
export type DirectoryNode = {
	readonly type: 'directory'
	readonly inode: number
	readonly entries: Map<string, TreeNode>
}
export type LinkNode = { readonly type: 'symlink'; readonly inode: number; readonly target: string }
export type TreeNode = FileNode | DirectoryNode | LinkNode

/** Where a path leads: its node, if any, the directory that holds it, and its path without links. */
export type Found = {
	readonly node: TreeNode | undefined
	readonly parent: DirectoryNode
	readonly name: string
	readonly path: string
}

const linkLimit = 40

/** A system error as node:fs reports it. */
export function diskError(code: string, path: string): Error {
	return Object.assign(new Error(`${code}: memory, '${path}'`), { code })
}

/** Throws ENOENT, ENOTDIR or ELOOP unless all but the last element of an absolute path is there. */
export function findNode(root: DirectoryNode, path: string, options: { readonly follow: boolean }): Found {
	const waiting = elementsOf(path).reverse()
	const way: { readonly node: DirectoryNode; readonly name: string }[] = []
	let directory = root
	let links = 0
	for (;;) {
		const name = waiting.pop()
		if (name === undefined) return foundDirectory(root, way)
		if (name === '..') {
			way.pop()
			directory = way.at(-1)?.node ?? root
			continue
		}
		const node = directory.entries.get(name)
		const isLast = waiting.length === 0
		if (node?.type === 'symlink' && (!isLast || options.follow)) {
			links += 1
			if (links > linkLimit) throw diskError('ELOOP', path)
			waiting.push(...elementsOf(node.target).reverse())
			if (node.target.startsWith('/')) {
				way.length = 0
				directory = root
			}
		} else if (node?.type === 'directory') {
			way.push({ node, name })
			directory = node
		} else if (isLast) {
			return { node, parent: directory, name, path: pathOf([...way.map(step => step.name), name]) }
		} else throw diskError(node === undefined ? 'ENOENT' : 'ENOTDIR', path)
	}
}

function foundDirectory(
	root: DirectoryNode,
	way: readonly { readonly node: DirectoryNode; readonly name: string }[],
): Found {
	return {
		node: way.at(-1)?.node ?? root,
		parent: way.at(-2)?.node ?? root,
		name: way.at(-1)?.name ?? '',
		path: pathOf(way.map(step => step.name)),
	}
}

function elementsOf(path: string): string[] {
	return path.split('/').filter(element => element !== '' && element !== '.')
}

function pathOf(names: readonly string[]): string {
	return `/${names.join('/')}`
}
