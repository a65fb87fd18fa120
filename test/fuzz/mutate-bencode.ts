// Changes bencode as a tree, so that what comes out is still well-formed and reaches the code behind the
// decoder: entries doubled, dropped, renamed, moved, values of other types, parts of other inputs.
import { type BencodeNode, decodeBencode } from '../../source/protocol/bencode.ts'
import { concatBytes, utf8 } from '../../source/protocol/bytes.ts'
import { ProtocolError } from '../../source/protocol/errors.ts'
import { type RandomState, randomBelow } from '../../source/torrent/random.ts'
import { interestingInteger, type Mutation, randomBytes } from './mutate.ts'

type Tree =
	| { readonly type: 'string'; bytes: Uint8Array }
	| { readonly type: 'integer'; digits: string }
	| { readonly type: 'list'; readonly items: Tree[] }
	| { readonly type: 'dictionary'; readonly entries: [key: Uint8Array, value: Tree][] }
type Container = Extract<Tree, { type: 'list' | 'dictionary' }>

/** A changed copy, undefined where the bytes hold no bencoded value. */
export function mutateTree(bytes: Uint8Array, mutation: Mutation): Uint8Array | undefined {
	const tree = readTree(bytes)
	if (tree === undefined) return undefined
	const nodes = collect(tree)
	const node = nodes[randomBelow(mutation.random, nodes.length)]
	if (node === undefined) return undefined
	if (node.type === 'list' || node.type === 'dictionary') changeContainer(node, mutation)
	else changeLeaf(node, mutation)
	return encodeTree(tree)
}

function readTree(bytes: Uint8Array): Tree | undefined {
	try {
		return toTree(decodeBencode(bytes, { maxDepth: 100, maxTokens: 20_000 }, { allowTrailing: true }))
	} catch (error) {
		if (error instanceof ProtocolError) return undefined
		throw error
	}
}

function toTree(node: BencodeNode): Tree {
	switch (node.type) {
		case 'string':
			return { type: 'string', bytes: node.bytes ?? new Uint8Array() }
		case 'integer':
			return { type: 'integer', digits: `${node.bigint}` }
		case 'list':
			return { type: 'list', items: [...node.items()].map(toTree) }
		case 'dictionary':
			return {
				type: 'dictionary',
				entries: [...node.entries()].map(([key, value]) => [key, toTree(value)]),
			}
	}
}

function collect(tree: Tree, nodes: Tree[] = []): Tree[] {
	nodes.push(tree)
	if (tree.type === 'list') for (const item of tree.items) collect(item, nodes)
	if (tree.type === 'dictionary') for (const [, value] of tree.entries) collect(value, nodes)
	return nodes
}

function changeLeaf(leaf: Exclude<Tree, Container>, mutation: Mutation): void {
	const { random } = mutation
	if (leaf.type === 'integer') {
		leaf.digits = interestingInteger(random)
		return
	}
	const { bytes } = leaf
	const at = randomBelow(random, bytes.length + 1)
	switch (randomBelow(random, 5)) {
		case 0:
			leaf.bytes = randomBytes(random, randomBelow(random, 40))
			return
		case 1:
			leaf.bytes = concatBytes([bytes.subarray(0, at), randomBytes(random, 1), bytes.subarray(at + 1)])
			return
		case 2:
			leaf.bytes = bytes.slice(0, at)
			return
		case 3:
			leaf.bytes = concatBytes([bytes, bytes.subarray(at)])
			return
		default:
			leaf.bytes = concatBytes([bytes.subarray(0, at), word(mutation), bytes.subarray(at)])
	}
}

function changeContainer(container: Container, mutation: Mutation): void {
	const { random } = mutation
	const size = container.type === 'list' ? container.items.length : container.entries.length
	const at = randomBelow(random, size + 1)
	const kind = randomBelow(random, 5)
	if (container.type === 'list') {
		if (kind === 0) container.items.splice(at, 1)
		else if (kind === 1) container.items.splice(at, 0, ...container.items.slice(0, 3))
		else container.items.splice(at, kind === 2 ? 1 : 0, newTree(mutation))
		return
	}
	const entry = container.entries[at]
	if (kind === 0) container.entries.splice(at, 1)
	else if (kind === 1 && entry !== undefined) entry[0] = word(mutation)
	else if (kind === 2 && entry !== undefined) entry[1] = newTree(mutation)
	else container.entries.push([word(mutation), newTree(mutation)])
	// Out of order is an outcome of its own: mostly in order, to get past it.
	if (randomBelow(random, 8) > 0) container.entries.sort(([a], [b]) => Buffer.compare(a, b))
}

function newTree(mutation: Mutation): Tree {
	const { random, corpus } = mutation
	switch (randomBelow(random, 6)) {
		case 0:
			return { type: 'integer', digits: interestingInteger(random) }
		case 1:
			return { type: 'list', items: [] }
		case 2:
			return { type: 'dictionary', entries: [] }
		case 3:
			return nested(random)
		case 4: {
			const other = readTree(corpus[randomBelow(random, corpus.length)] ?? new Uint8Array())
			const nodes = other === undefined ? [] : collect(other)
			return nodes[randomBelow(random, Math.max(1, nodes.length))] ?? { type: 'list', items: [] }
		}
		default:
			return { type: 'string', bytes: word(mutation) }
	}
}

function nested(random: RandomState): Tree {
	let tree: Tree = { type: 'list', items: [] }
	for (let depth = randomBelow(random, 30); depth > 0; depth -= 1) tree = { type: 'list', items: [tree] }
	return tree
}

function word({ random, words }: Mutation): Uint8Array {
	if (words.length === 0 || randomBelow(random, 4) === 0) return randomBytes(random, randomBelow(random, 12))
	return words[randomBelow(random, words.length)] ?? new Uint8Array()
}

function encodeTree(tree: Tree): Uint8Array {
	switch (tree.type) {
		case 'string':
			return encodeString(tree.bytes)
		case 'integer':
			return utf8(`i${tree.digits}e`)
		case 'list':
			return concatBytes([utf8('l'), ...tree.items.map(encodeTree), utf8('e')])
		case 'dictionary':
			return concatBytes([
				utf8('d'),
				...tree.entries.flatMap(([key, value]) => [encodeString(key), encodeTree(value)]),
				utf8('e'),
			])
	}
}

function encodeString(bytes: Uint8Array): Uint8Array {
	return concatBytes([utf8(`${bytes.length}:`), bytes])
}
