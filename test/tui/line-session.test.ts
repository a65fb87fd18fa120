import { describe, expect, it } from 'vitest'
import type { TimedEvent } from '../../source/engine/api.ts'
import { toPeerNumber, toTrackerNumber } from '../../source/protocol/ids.ts'
import { safeText } from '../../source/protocol/safe-text.ts'
import { runJson } from '../../source/tui/json.ts'
import { runPlain } from '../../source/tui/plain.ts'
import { failureLines } from '../../source/tui/session-end.ts'
import { createFakeEngine } from '../helpers/fake-engine.ts'

function start(run: typeof runPlain, untilComplete = false) {
	const engine = createFakeEngine({ peers: 3, pieces: 50 })
	const lines: string[] = []
	const controller = new AbortController()
	const ended = run({
		engine,
		write: said => void lines.push(...said),
		untilComplete,
		signal: controller.signal,
	})
	const post = (event: TimedEvent['event']) =>
		engine.post({ type: 'events', events: [{ at: 0, wallTime: 0, event }] })
	return { engine, lines, ended, post, abort: (reason: string) => controller.abort(reason) }
}

const complete = (engine: ReturnType<typeof createFakeEngine>) => {
	const { summary } = engine.slices()
	engine.post({
		type: 'snapshot',
		slices: { summary: { ...summary, state: 'complete', completedBytes: summary.wantedBytes } },
	})
}
const parsed = (lines: readonly string[]): Record<string, unknown>[] =>
	lines.map(line => JSON.parse(line) as Record<string, unknown>)

describe('plain output', () => {
	it('asks for the summary once a second and prints a line of progress for each', () => {
		const { engine, lines } = start(runPlain)
		expect(engine.commands).toEqual([
			{ type: 'watch', slices: ['summary'], wireRows: 0, wirePeer: undefined },
			{ type: 'setRate', snapshotsPerSecond: 1 },
		])
		engine.tick(100)
		expect(lines).toHaveLength(1)
		expect(lines[0]).toMatch(/^\d+\.\d% {2}.* of 13\.1 MB {2}down .* {2}3 peers/u)
		expect(engine.commands.at(-1)).toEqual({ type: 'acknowledge' })
	})

	it('speaks of one peer and of one piece as of one', async () => {
		const { engine, lines, ended, abort } = start(runPlain)
		const { summary } = engine.slices()
		engine.post({
			type: 'snapshot',
			slices: { summary: { ...summary, peersConnected: 1, piecesHave: 0, piecesWanted: 1 } },
		})
		expect(lines[0]).toMatch(/ {2}1 peer {2}/u)
		abort('SIGTERM')
		await ended
		expect(lines.at(-2)).toMatch(/ 0 of 1 piece$/u)
	})

	it('prints nothing while nothing changes', () => {
		const { engine, lines } = start(runPlain)
		const { summary } = engine.slices()
		engine.post({ type: 'snapshot', slices: { summary } })
		engine.post({ type: 'snapshot', slices: { summary } })
		expect(lines).toHaveLength(1)
	})

	it('stops when the download is complete, if it is to, and sums up', async () => {
		const { engine, lines, ended } = start(runPlain, true)
		complete(engine)
		const end = await ended
		expect(end).toMatchObject({ reason: { type: 'complete' }, stopped: true })
		expect(engine.commands.at(-1)).toEqual({ type: 'stop' })
		expect(lines.at(-2)).toContain('complete, 13.1 MB')
	})

	it('says at the end where the content is, where it stays', async () => {
		const engine = createFakeEngine({ peers: 1 })
		const lines: string[] = []
		const ended = runPlain({
			engine,
			write: said => void lines.push(...said),
			untilComplete: true,
			place: '/home/me',
		})
		complete(engine)
		await ended
		expect(lines.at(-2)).toMatch(/: complete, .*, in \/home\/me$/u)
	})

	it('seeds on after completion otherwise, until it is aborted', async () => {
		const { engine, ended, abort } = start(runPlain)
		complete(engine)
		expect(engine.commands.some(({ type }) => type === 'stop')).toBe(false)
		abort('SIGTERM')
		expect(await ended).toMatchObject({ reason: { type: 'signal', signal: 'SIGTERM' } })
	})

	it('tells why the engine refused', async () => {
		const { engine, ended, lines } = start(runPlain)
		engine.post({ type: 'refused', code: 'disk', message: 'no space\u001b[2J left' })
		const end = await ended
		expect(end).toMatchObject({ reason: { type: 'refused', code: 'disk' } })
		expect(lines).toEqual([])
		expect(failureLines(end)).toEqual(['no space left'])
	})

	it('prints events as sentences without a control character', () => {
		const { post, lines } = start(runPlain)
		post({
			type: 'peerConnected',
			peer: toPeerNumber(2),
			host: '10.0.0.1',
			port: 6881,
			client: safeText('X\u001b]0;y\u0007 1.0'),
			incoming: true,
		})
		post({
			type: 'trackerFailed',
			tracker: toTrackerNumber(0),
			message: safeText('refused'),
			retryInMs: 30_000,
		})
		expect(lines.map(line => line.slice(9))).toEqual([
			'10.0.0.1:6881 connected to us: X 1.0',
			'tracker 1 failed: refused, again in 0:30',
		])
	})
})

describe('JSON output', () => {
	it('prints a start, then progress with bytes, rates and peers, each with its version', () => {
		const { engine, lines } = start(runJson)
		engine.tick(100)
		engine.tick(100)
		const [first, second, third] = parsed(lines)
		expect(first).toMatchObject({ version: 1, type: 'start', pieceCount: 50 })
		expect(second).toMatchObject({ version: 1, type: 'progress', totalBytes: 50 * 262_144, peers: 3 })
		for (const field of ['completedBytes', 'downBytesPerSecond', 'upBytesPerSecond']) {
			expect(second?.[field]).toEqual(expect.any(Number))
		}
		expect(third).toMatchObject({ type: 'progress' })
	})

	it('prints events under their names with code and words of a reason', () => {
		const { lines, post } = start(runJson)
		post({
			type: 'peerDropped',
			peer: toPeerNumber(2),
			host: '10.0.0.1',
			port: 6881,
			reason: { code: 'idle-timeout', silentMs: 120_000 },
		})
		expect(parsed(lines)).toEqual([
			{
				version: 1,
				type: 'peerDropped',
				time: '1970-01-01T00:00:00.000Z',
				peer: 2,
				host: '10.0.0.1',
				port: 6881,
				reason: 'idle-timeout',
				words: 'silent for 2:00',
			},
		])
	})

	it('says why a peer that was named is not reached', () => {
		const failed = {
			type: 'dialFailed',
			peer: toPeerNumber(2),
			host: '10.0.0.1',
			port: 6881,
			reason: { code: 'connection-failed', error: 'ECONNREFUSED' },
		} as const
		const json = start(runJson)
		json.post(failed)
		expect(parsed(json.lines)).toEqual([
			{
				version: 1,
				type: 'dialFailed',
				time: '1970-01-01T00:00:00.000Z',
				peer: 2,
				host: '10.0.0.1',
				port: 6881,
				reason: 'connection-failed',
				error: 'ECONNREFUSED',
				words: 'connection refused (ECONNREFUSED)',
			},
		])
		const plain = start(runPlain)
		plain.post(failed)
		expect(plain.lines.map(line => line.slice(9))).toEqual([
			'10.0.0.1:6881 not reached: connection refused (ECONNREFUSED)',
		])
	})

	it('ends with the result also where something else is to be said at the end', async () => {
		const engine = createFakeEngine({ peers: 3, pieces: 50 })
		const lines: string[] = []
		const ended = runJson({
			engine,
			write: said => void lines.push(...said),
			untilComplete: true,
			beforeEnd: ({ stopped }) => Promise.resolve([JSON.stringify({ type: 'verified', stopped })]),
		})
		complete(engine)
		await ended
		expect(parsed(lines).slice(-2)).toMatchObject([{ type: 'verified', stopped: true }, { type: 'result' }])
	})

	it('ends with a result: complete or not', async () => {
		const whole = start(runJson, true)
		complete(whole.engine)
		await whole.ended
		expect(parsed(whole.lines).at(-1)).toMatchObject({
			type: 'result',
			complete: true,
			reason: 'complete',
			stopped: true,
		})

		const broken = start(runJson)
		broken.engine.post({ type: 'crashed', stack: 'Error: x\u009b2J' })
		await broken.ended
		const [error, result] = parsed(broken.lines)
		expect(error).toMatchObject({ type: 'error', code: 'crashed' })
		expect(result).toMatchObject({ type: 'result', complete: false, stopped: false })
		expect(broken.lines.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/u)
	})
})
