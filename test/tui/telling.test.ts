import { describe, expect, it } from 'vitest'
import { safeText } from '../../source/protocol/safe-text.ts'
import type { SummarySlice } from '../../source/torrent/snapshot.ts'
import { createTeller, tellNothing, type TellOptions } from '../../source/tui/telling.ts'
import {
	bell,
	copySequence,
	notifySequence,
	progressSequence,
	titleSequence,
} from '../../source/tui/terminal/osc.ts'
import { createFakeEngine } from '../helpers/fake-engine.ts'

const base = createFakeEngine({ peers: 1 }).slices().summary
const at = (percent: number, state: SummarySlice['state'] = 'downloading'): SummarySlice => ({
	...base,
	name: safeText('a.iso'),
	state,
	wantedBytes: 1000,
	completedBytes: percent * 10,
})

function start(options: Partial<TellOptions>) {
	const said: string[] = []
	const terminal = { takes: true }
	const teller = createTeller({ ...tellNothing, ...options }, sequence => {
		if (terminal.takes) said.push(sequence)
		return terminal.takes
	})
	return { said, terminal, teller }
}

describe('telling the terminal', () => {
	it('says nothing at all when nobody asked', () => {
		const { said, teller } = start({})
		for (const summary of [at(0), at(50), at(100, 'seeding')]) teller.update(summary)
		expect(said.join('')).toBe('')
		expect(teller.enter + teller.exit).toBe('')
	})

	it('rings once when a download is complete, not when everything was there', () => {
		const { said, teller } = start({ bell: true })
		teller.update(at(0, 'checking'))
		teller.update(at(100, 'seeding'))
		expect(said).toEqual([])
		teller.update(at(99))
		teller.update(at(100, 'seeding'))
		teller.update(at(100, 'seeding'))
		expect(said).toEqual([bell])
	})

	it('notifies, and again later when the terminal took nothing', () => {
		const { said, teller, terminal } = start({ notify: true })
		teller.update(at(10))
		terminal.takes = false
		teller.update(at(100, 'seeding'))
		terminal.takes = true
		teller.update(at(100, 'seeding'))
		teller.update(at(100, 'seeding'))
		expect(said).toEqual(['\u001b]9;a.iso: complete, 1.0 kB\u001b\\'])
	})

	it('writes the title when a whole percent changed, and again after a suspension', () => {
		const { said, teller } = start({ title: true })
		teller.update(at(62.1))
		teller.update(at(62.9))
		teller.update(at(63))
		teller.forget()
		teller.update(at(63))
		teller.update(at(100, 'seeding'))
		expect(said).toEqual(
			['62% a.iso', '63% a.iso', '63% a.iso', 'seeding a.iso'].map(text => `\u001b]2;${text}\u001b\\`),
		)
		expect(teller.enter).toBe('\u001b[22;2t')
		expect(teller.exit).toBe('\u001b[23;2t')
	})

	it('tells progress with its state and takes it away at the end', () => {
		const { said, teller } = start({ progress: true })
		for (const summary of [at(5), at(5, 'paused'), at(6, 'diskStopped'), at(100, 'complete')])
			teller.update(summary)
		expect(said).toEqual(['1;5', '4;5', '2;6', '0;0'].map(text => `\u001b]9;4;${text}\u001b\\`))
		expect(teller.exit).toBe('\u001b]9;4;0;0\u001b\\')
	})

	it('lets no name end a sequence or begin another one', () => {
		const hostile = safeText('a\u001b\\\u0007\u009c\u001b]52;c;QQ==\u0007b')
		for (const sequence of [titleSequence(hostile), notifySequence(hostile)])
			expect(sequence.slice(2, -2)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/u)
		expect(notifySequence(safeText('4;1;50'))).toBe('\u001b]9; 4;1;50\u001b\\')
		expect(titleSequence(safeText('x'.repeat(5000))).length).toBeLessThan(200)
		expect(progressSequence({ type: 'normal', percent: 1e9 })).toBe('\u001b]9;4;1;100\u001b\\')
	})

	it('copies as base64 of UTF-8, bounded', () => {
		expect(copySequence(safeText('1.2.3.4:6881'))).toBe('\u001b]52;c;MS4yLjMuNDo2ODgx\u001b\\')
		expect(copySequence(safeText('ü'))).toContain('w7w=')
		expect(copySequence(safeText('x'.repeat(9999), 9999)).length).toBeLessThan(1500)
	})
})
