// RC4 as a WebAssembly module, written instruction by instruction: one function lays the keystream over bytes in
// the module's memory. The state (protocol/rc4.ts) lies at address 0; its values are times four, so that what is
// read addresses the next word as it is. 32 steps stand in a row, their places being constants, and eight bytes
// of keystream meet the data in one instruction: about a third less CPU than the same loop in JavaScript.

const iAt = 1024
const jAt = 1028
const wordMask = 1020
const wordBytes = 4
const stepsInARow = 32
const bytesAtOnce = 8

type Code = readonly number[]

/** Parameters of the function, then its variables: all 32 bits wide. */
const variables = { at: 0, end: 1, i: 2, j: 3, x: 4, y: 5 } as const
type Variable = keyof typeof variables
const parameterCount = 2
const i32 = 0x7f

const get = (name: Variable): Code => [0x20, variables[name]]
const set = (name: Variable): Code => [0x21, variables[name]]
/** Keeps it on the stack as well. */
const tee = (name: Variable): Code => [0x22, variables[name]]
const constant = (value: number): Code => [0x41, ...signed(value)]
const constant64 = (value: number): Code => [0x42, ...signed(value)]
const loadByte: Code = [0x2d, 0, 0]
const storeByte: Code = [0x3a, 0, 0]
const loadWord = (offset: number): Code => [0x28, 2, ...unsigned(offset)]
const storeWord = (offset: number): Code => [0x36, 2, ...unsigned(offset)]
const loadBytes = (offset: number): Code => [0x29, 0, ...unsigned(offset)]
const storeBytes = (offset: number): Code => [0x37, 0, ...unsigned(offset)]
const [add, subtract, and, xor, shiftRight] = [0x6a, 0x6b, 0x71, 0x73, 0x76]
const [isZero, isAtMost, isAtLeast] = [0x45, 0x4d, 0x4f]
const [to64, or64, xor64, shiftLeft64, shiftRight64] = [0xad, 0x84, 0x85, 0x86, 0x88]
const noResult = 0x40
const [block, loop, whether, otherwise, end] = [
	[0x02, noResult],
	[0x03, noResult],
	[0x04, noResult],
	0x05,
	0x0b,
]
/** Leaves the block, or begins the loop anew, that many levels out. */
const branch = (levels: number): Code => [0x0c, levels]
const branchIf = (levels: number): Code => [0x0d, levels]

/**
 * The module. It imports `environment.memory` of at least one page and exports `apply(at, length)`: enciphers, or
 * deciphers, `length` bytes from the address `at` on, which must lie behind the state.
 */
export function rc4Module(): Uint8Array<ArrayBuffer> {
	const variableCount = Object.keys(variables).length - parameterCount
	const body = [1, variableCount, i32, ...applyCode(), end]
	return Uint8Array.from([
		...[0, ...text('asm').slice(1), 1, 0, 0, 0],
		...section(1, [1, 0x60, parameterCount, i32, i32, 0]),
		...section(2, [1, ...text('environment'), ...text('memory'), 2, 0, 1]),
		...section(3, [1, 0]),
		...section(7, [1, ...text('apply'), 0, 0]),
		...section(10, [1, ...unsigned(body.length), ...body]),
	])
}

function applyCode(): Code {
	const atRow = [
		...get('i'),
		...constant(wordBytes),
		add,
		...constant(stepsInARow * wordBytes - 1),
		and,
		isZero,
	]
	const hasRow = [...get('end'), ...get('at'), subtract, ...constant(stepsInARow), isAtLeast]
	return [
		...[...constant(0), ...loadWord(iAt), ...set('i'), ...constant(0), ...loadWord(jAt), ...set('j')],
		...[...get('at'), ...get('end'), add, ...set('end')],
		...[...block, ...loop],
		...[...get('at'), ...get('end'), isAtLeast, ...branchIf(1)],
		...[...atRow, ...hasRow, and],
		...[...whether, ...rows(), otherwise, ...oneByte(), end],
		...[...branch(0), end, end],
		...[...constant(0), ...get('i'), ...storeWord(iAt), ...constant(0), ...get('j'), ...storeWord(jAt)],
	]
}

/** As many whole rows as there are; i stands at the end of a row before and after. */
function rows(): Code {
	const groups = Array.from({ length: stepsInARow / bytesAtOnce }, (_, group) => {
		const offset = group * bytesAtOnce
		return [
			...get('at'),
			...get('at'),
			...loadBytes(offset),
			...eightBytes(offset),
			xor64,
			...storeBytes(offset),
		]
	})
	const toLast = (stepsInARow - 1) * wordBytes
	return [
		...[...loop, ...nextI(), ...groups.flat()],
		...[...get('i'), ...constant(toLast), add, ...set('i')],
		...[...get('at'), ...constant(stepsInARow), add, ...tee('at')],
		...[...get('end'), ...constant(stepsInARow), subtract, isAtMost, ...branchIf(0), end],
	]
}

/** Leaves eight bytes of keystream on the stack. Values are times four: four of them fit before they are divided. */
function eightBytes(first: number): Code {
	const half = (from: number): Code => [
		...[...step(from), to64],
		...[1, 2, 3].flatMap(at => [...step(from + at), to64, ...constant64(at * 8), shiftLeft64, or64]),
		...[...constant64(2), shiftRight64],
	]
	return [...half(first), ...half(first + 4), ...constant64(32), shiftLeft64, or64]
}

function oneByte(): Code {
	return [
		...nextI(),
		...[...get('at'), ...get('at'), ...loadByte, ...step(0), ...constant(2), shiftRight, xor, ...storeByte],
		...[...get('at'), ...constant(1), add, ...set('at')],
	]
}

function nextI(): Code {
	return [...get('i'), ...constant(wordBytes), add, ...constant(wordMask), and, ...set('i')]
}

/** One step of RC4 at i + `ahead`: leaves its byte of keystream, times four, on the stack. */
function step(ahead: number): Code {
	const place = ahead * wordBytes
	return [
		...[...get('i'), ...loadWord(place), ...tee('x')],
		...[...get('j'), add, ...constant(wordMask), and, ...set('j')],
		...[...get('i'), ...get('j'), ...loadWord(0), ...tee('y'), ...storeWord(place)],
		...[...get('j'), ...get('x'), ...storeWord(0)],
		...[...get('x'), ...get('y'), add, ...constant(wordMask), and, ...loadWord(0)],
	]
}

function section(id: number, content: Code): Code {
	return [id, ...unsigned(content.length), ...content]
}

function text(characters: string): Code {
	return [characters.length, ...Array.from(characters, character => character.charCodeAt(0))]
}

/** LEB128. */
function unsigned(value: number): Code {
	return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)]
}

function signed(value: number): Code {
	return value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)]
}
