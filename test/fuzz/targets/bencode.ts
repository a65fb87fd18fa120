// The bencode decoder: whatever it accepts can be walked to the last value, lies in the bytes without gaps,
// decodes to the same again, and where it is canonical our encoder makes the same bytes of it.
import { type Bencodable, encodeBencode } from '../../../source/protocol/bencode-encode.ts'
import { type BencodeNode, decodeBencode, torrentLimits } from '../../../source/protocol/bencode.ts'
import { compareBytes, equalBytes, fromStrictUtf8, utf8 } from '../../../source/protocol/bytes.ts'
import { attempt, check, type Target } from '../target.ts'

const limits = { maxDepth: 30, maxTokens: 2_000 }

export const bencodeTarget: Target = {
	name: 'bencode',
	mutation: 'bencode',
	seeds: () =>
		[
			'i0e',
			'i-42e',
			'0:',
			'5:hello',
			'le',
			'de',
			'li1e1:ali2eee',
			'd1:ai1e1:bl1:x1:ye2:cdd1:zi9eee',
			'd3:bar4:spam3:fooi42ee',
			'd1:b0:1:a0:e',
			'd9:__proto__i1e11:constructorlee',
			'i9007199254740993e',
			`${'l'.repeat(29)}${'e'.repeat(29)}`,
			'd1:c1:21:a1:11:b1:3e trailing',
		].map(utf8),
	dictionary: ['i', 'e', 'l', 'd', ':', '0:', 'i0e', '-', 'info', '4:info', '__proto__', 'é', '\ud83d\ude00'],
	run(input) {
		const decoded = attempt(() => decodeBencode(input, limits, { allowTrailing: true }))
		if (!decoded.ok) {
			const { code, offset } = decoded.error
			check(offset !== undefined && offset >= 0 && offset <= input.length, `offset ${offset} of ${code}`)
			return [code]
		}
		const root = decoded.value
		check(root.start === 0 && root.end <= input.length, 'the root lies in the bytes')
		const seen = walk(root)
		check(seen.sorted === root.sorted, 'sorted says whether all keys are in order')
		checkStrict(input, root)
		const plain = toPlain(root)
		if (plain !== undefined && root.sorted)
			check(equalBytes(encodeBencode(plain), root.raw), 'what is canonical is encoded as it came')
		return [root.type, ...seen.features, plain === undefined ? 'opaque' : 'plain']
	},
}

function checkStrict(input: Uint8Array, root: BencodeNode): void {
	const whole = attempt(() => decodeBencode(input, limits))
	check(whole.ok === (root.end === input.length), 'bytes behind the value are refused, and nothing else')
	if (!whole.ok) check(whole.error.code === 'bencode-trailing', `code ${whole.error.code} for trailing bytes`)
	const alone = decodeBencode(root.raw, torrentLimits)
	check(alone.end === root.raw.length && alone.type === root.type, 'a value alone decodes to the same')
}

type Seen = { sorted: boolean; readonly features: string[] }

function walk(node: BencodeNode, seen: Seen = { sorted: true, features: [] }, depth = 0): Seen {
	check(depth <= limits.maxDepth, 'depth is bounded')
	check(node.raw.length === node.end - node.start && node.end > node.start, 'a value has bytes')
	if (node.type === 'dictionary') walkDictionary(node, seen, depth)
	else if (node.type === 'list') walkList(node, seen, depth)
	else if (node.type === 'integer') checkInteger(node, seen)
	else {
		const { bytes } = node
		check(bytes !== undefined && node.integer === undefined, 'a string has bytes')
		const head = utf8(`${bytes.length}:`)
		check(equalBytes(node.raw.subarray(0, head.length), head), 'the length of a string is canonical')
		check(node.raw.length === head.length + bytes.length, 'a string is as long as it says')
		seen.features.push(node.text === undefined ? 'bytes' : 'text')
	}
	if (seen.features.length > 40) seen.features.length = 40
	return seen
}

function walkList(node: BencodeNode, seen: Seen, depth: number): void {
	let at = node.start + 1
	for (const item of node.items()) {
		check(item.start === at, 'items follow one another')
		walk(item, seen, depth + 1)
		at = item.end
	}
	check(node.end === at + 1 && [...node.entries()].length === 0, 'a list ends after its last item')
	seen.features.push(`list at ${depth}`)
}

function walkDictionary(node: BencodeNode, seen: Seen, depth: number): void {
	let at = node.start + 1
	let last: Uint8Array | undefined
	const keys = new Set<string>()
	for (const [key, value] of node.entries()) {
		check(value.start === at + `${key.length}:`.length + key.length, 'keys and values follow one another')
		if (last !== undefined && compareBytes(last, key) >= 0) seen.sorted = false
		const name = Buffer.from(key).toString('latin1')
		check(!keys.has(name), 'no key stands twice')
		keys.add(name)
		if (/^[\x20-\x7e]*$/u.test(name)) check(node.get(name)?.start === value.start, 'get finds the entry')
		walk(value, seen, depth + 1)
		last = key
		at = value.end
	}
	check(node.end === at + 1, 'a dictionary ends after its last entry')
	seen.features.push(`dictionary at ${depth}`)
}

function checkInteger(node: BencodeNode, seen: Seen): void {
	const { bigint, integer } = node
	check(bigint !== undefined && node.bytes === undefined, 'an integer has a value')
	check(equalBytes(utf8(`i${bigint}e`), node.raw), 'an integer is canonical')
	const isSafe = bigint >= Number.MIN_SAFE_INTEGER && bigint <= Number.MAX_SAFE_INTEGER
	check(isSafe ? integer === Number(bigint) : integer === undefined, 'a number only where it is exact')
	seen.features.push(isSafe ? 'safe integer' : 'large integer')
}

/** What our encoder takes; undefined where it has no value for it. */
function toPlain(node: BencodeNode): Bencodable | undefined {
	if (node.type === 'string') return node.bytes
	if (node.type === 'integer') return node.integer
	if (node.type === 'list') {
		const items = [...node.items()].map(toPlain)
		return items.every(item => item !== undefined) ? items : undefined
	}
	const entries = new Map<string, Bencodable>()
	for (const [key, value] of node.entries()) {
		const [name, plain] = [fromStrictUtf8(key), toPlain(value)]
		if (name === undefined || plain === undefined || /[\ud800-\udfff]/.test(name)) return undefined
		entries.set(name, plain)
	}
	return entries
}
