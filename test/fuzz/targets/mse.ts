// The encrypted handshake, both sides: any bytes in any parts end it, or leave it waiting, within its bounds; the
// parts make no difference; a peer that means well is understood, however its bytes are cut.
import { createHash } from 'node:crypto'
import { concatBytes, equalBytes, toHex } from '../../../source/protocol/bytes.ts'
import { toInfoHash } from '../../../source/protocol/ids.ts'
import type { MseChance, MseProgress } from '../../../source/protocol/mse.ts'
import { MseInitiator } from '../../../source/protocol/mse-initiator.ts'
import { MseResponder } from '../../../source/protocol/mse-responder.ts'
import { applyRc4 } from '../../../source/protocol/rc4.ts'
import { Draw, splitBy } from '../draw.ts'
import { attempt, check, checkSame, type Target } from '../target.ts'

const infoHash = toInfoHash(new Uint8Array(20).fill(7))
const sha1 = (bytes: Uint8Array) => new Uint8Array(createHash('sha1').update(bytes).digest())
const initial = new Uint8Array(68).fill(0x13)
/** The longest handshake of either side: more is never taken. */
const mostBytes = 96 + 2 * 512 + 2 * 20 + 8 + 4 + 2 + 2
const mostSent = 96 + 512 + 8 + 4 + 2 + 512 + 20 + 20 + 2 + initial.length

const nothing = new Uint8Array(0)

type Side = { push(bytes: Uint8Array): MseProgress }
/** `0` and `1` choose the side, `2` to `5` its pads and offers. */
type Setting = readonly number[]

function chanceOf(setting: Setting, at: number): MseChance {
	return {
		privateKey: sha1(Uint8Array.of(at)),
		pad: new Uint8Array((setting[at] ?? 0) * 2).fill(at),
		innerPadBytes: (setting[at + 1] ?? 0) * 2,
	}
}

function initiator(setting: Setting): MseInitiator {
	const provide = ((setting[4] ?? 0) & 1) === 0 ? (['plain', 'rc4'] as const) : (['rc4'] as const)
	return new MseInitiator({ sha1, infoHash, chance: chanceOf(setting, 0), provide, initial })
}

function responder(setting: Setting): MseResponder {
	const accept = ((setting[4] ?? 0) & 2) === 0 ? (['plain', 'rc4'] as const) : (['rc4', 'plain'] as const)
	const infoHashes = [toInfoHash(new Uint8Array(20)), infoHash]
	return new MseResponder({ sha1, infoHashes, accept, draw: () => chanceOf(setting, 2) })
}

/** All that a side did with a stream, as text: the same for every split of it. */
function outcomeOf(
	side: Side,
	parts: Iterable<Uint8Array>,
): { readonly words: string; readonly reached: string } {
	let taken = 0
	let rest: Uint8Array | undefined
	let payload = ''
	const said: Uint8Array[] = []
	const steps: string[] = []
	const read = attempt(() => {
		for (const part of parts) {
			if (rest !== undefined) {
				rest = concatBytes([rest, part])
				continue
			}
			const progress = side.push(part)
			said.push(...progress.send)
			for (const { direction, step } of progress.steps) {
				steps.push(`${direction} ${step.type}`)
				check(step.padBytes <= step.raw.length, 'a pad is part of what is shown')
			}
			taken += part.length - (progress.end?.rest.length ?? 0)
			if (progress.end === undefined)
				check(taken <= mostBytes, 'a handshake that goes on has not become too long')
			else {
				payload = progress.end.agreement.payload
				rest = progress.end.rest.slice()
			}
			part.fill(0xaa)
		}
	})
	const sent = concatBytes(said)
	check(sent.length <= mostSent, 'what is said is bounded')
	const code = read.ok ? (rest === undefined ? 'waiting' : `agreed on ${payload}`) : read.error.code
	// What came together with the fault was not answered.
	const heard = read.ok
		? `${toHex(sha1(sent))} ${toHex(sha1(rest ?? nothing))} ${rest === undefined ? '' : taken}`
		: ''
	return { words: `${code} ${heard}`, reached: `${code} after ${steps.join(', ')}` }
}

/** What the good peer of that side says, with the bytes of the input behind it. */
function goodStream(setting: Setting, dialled: boolean, behind: Uint8Array): Uint8Array {
	const [a, b] = [initiator(setting), responder(setting)]
	const first = concatBytes(a.start().send)
	const second = concatBytes(b.push(first).send)
	const third = concatBytes(a.push(second).send)
	return concatBytes(dialled ? [second, ...b.push(third).send, behind] : [first, third, behind])
}

function run(input: Uint8Array): readonly string[] {
	const draw = new Draw(input)
	const setting = Array.from(draw.bytes(6))
	const lengths = draw.bytes(8)
	const bytes = draw.rest()
	const dialled = ((setting[5] ?? 0) & 1) === 0
	const open = (): Side => {
		if (!dialled) return responder(setting)
		const side = initiator(setting)
		side.start()
		return side
	}
	const isGood = ((setting[5] ?? 0) & 2) === 0
	const damagedAt = ((setting[5] ?? 0) & 4) === 0 ? undefined : (setting[4] ?? 0) * 7
	const stream = isGood ? goodStream(setting, dialled, bytes) : bytes
	const isDamaged = isGood && damagedAt !== undefined && damagedAt < stream.length
	if (isDamaged) stream[damagedAt] = (stream[damagedAt] ?? 0) ^ 1
	const whole = outcomeOf(open(), [stream.slice()])
	const inParts = outcomeOf(open(), splitBy(stream.slice(), new Draw(lengths)))
	checkSame(inParts.words, whole.words, 'parts come to the same as the whole')
	if (isGood && !isDamaged) checkGood(open(), stream, bytes)
	return [`${dialled ? 'A' : 'B'} ${isGood ? 'good' : 'noise'} ${whole.reached}`]
}

function checkGood(side: Side, stream: Uint8Array, behind: Uint8Array): void {
	const { end } = side.push(stream)
	check(end !== undefined, 'a peer that means well is understood')
	const rest = end.rest.slice()
	const { receiving, receivingBytes } = end.agreement
	const own = side instanceof MseResponder ? initial.length : 0
	check(rest.length === own + behind.length, 'nothing of what follows the handshake is taken')
	if (own > 0) {
		applyRc4(receiving, rest.subarray(0, Math.min(own, receivingBytes)))
		check(equalBytes(rest.subarray(0, own), initial), 'what was said with the request is understood')
	}
	check(equalBytes(rest.subarray(own), behind), 'the rest is handed on as it came')
}

export const mseTarget: Target = {
	name: 'mse',
	mutation: 'bytes',
	maxBytes: 4096,
	seeds: () =>
		[0, 1, 2, 3, 4, 5].flatMap(mode =>
			[0, 96, 700].map(length =>
				concatBytes([
					Uint8Array.of(length & 255, 3, 200, 9, mode * 40, mode, 1, 96, 5, 200, 7, 60, 1, 2),
					new Uint8Array(length).fill(length),
				]),
			),
		),
	run,
}
