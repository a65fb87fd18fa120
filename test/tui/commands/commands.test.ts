import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commandSpecs } from '../../../source/tui/commands/command.ts'
import { completeCommand, completeFilter } from '../../../source/tui/commands/complete.ts'
import { parseCommand } from '../../../source/tui/commands/parse.ts'
import { commandWords } from '../../../source/tui/prompt-words.ts'

const words = commandWords('peers')
const peers = ['1.2.3.4:6881', '[2001:db8::1]:51413']
const complete = (text: string) => completeCommand(text, { ...words, peers }).candidates

function command(text: string) {
	const parsed = parseCommand(text, words)
	if (!parsed.ok) throw new Error(parsed.fault.message)
	return parsed.command
}

function fault(text: string) {
	const parsed = parseCommand(text, words)
	if (parsed.ok) throw new Error(`taken: ${text}`)
	return parsed.fault
}

describe('commands', () => {
	it.each([
		['announce', { type: 'announce' }],
		['  pause ', { type: 'pause' }],
		['ban', { type: 'ban', peer: undefined }],
		['ban 1.2.3.4:6881', { type: 'ban', peer: '1.2.3.4:6881' }],
		['unsnub [::1]:9', { type: 'unsnub', peer: '[::1]:9' }],
		['limit down 2M', { type: 'limit', direction: 'down', bytesPerSecond: 2_000_000 }],
		['limit up none', { type: 'limit', direction: 'up', bytesPerSecond: undefined }],
		['peer add 1.2.3.4:6881', { type: 'addPeer', address: { host: '1.2.3.4', port: 6881 } }],
		['peer add [2001:DB8::0:1]:80', { type: 'addPeer', address: { host: '2001:db8::1', port: 80 } }],
		['sort have', { type: 'sort', by: 'have', reversed: false }],
		['sort rtt reversed', { type: 'sort', by: 'rtt', reversed: true }],
		['filter down>1M & choked', { type: 'filter', text: 'down>1M & choked' }],
		['filter', { type: 'filter', text: '' }],
		['hide', { type: 'hide', pane: undefined }],
		['show wire', { type: 'show', pane: 'wire' }],
		['theme light', { type: 'theme', name: 'light' }],
		['fps 4', { type: 'fps', snapshotsPerSecond: 4 }],
		['copy hash', { type: 'copy', what: 'hash' }],
		['QUIT', { type: 'quit' }],
	])('reads %s', (text, expected) => {
		expect(command(text)).toEqual(expected)
	})

	it.each([
		['limt down 2M', 'expected a command, got limt; did you mean limit?', 0],
		['xyzzy', 'expected a command, got xyzzy', 0],
		['limit', 'expected down or up, got the end', 5],
		['limit dwn 2M', 'expected down or up, got dwn; did you mean down?', 6],
		['limit down fast', 'expected a rate such as 500k or 2M, or none, got fast', 11],
		['limit down 0', 'expected a rate such as 500k or 2M, or none, got 0', 11],
		['limit down 2M now', 'expected the end, got now', 14],
		['peer add host:1', 'expected an address such as 1.2.3.4:6881, got host:1', 9],
		['peer add 1.2.3.4:0', 'expected an address such as 1.2.3.4:6881, got 1.2.3.4:0', 9],
		['peer 1.2.3.4:5', 'expected add, got 1.2.3.4:5', 5],
		[
			'sort rate',
			'expected a column (down, up, have, peer, client, rtt, flight, got, gave, age), got rate',
			5,
		],
		['filter down>x', 'expected a rate such as 500k or 1.5M after >, got x', 12],
		['hide header', 'expected a pane, got header', 5],
		['theme blue', 'expected a theme (dark, light, mono), got blue', 6],
		['fps 21', 'expected a whole number from 1 to 20, got 21', 4],
		['copy all', 'expected hash, peer or tracker, got all', 5],
		['pause now', 'expected the end, got now', 6],
	])('says of %s what was expected and what came', (text, message, at) => {
		expect(fault(text)).toMatchObject({ message, at })
	})

	it('knows a command that is begun from one that does not exist', () => {
		expect(fault('ann').isUnfinished).toBe(true)
		expect(fault('limit do').isUnfinished).toBe(true)
		expect(fault('peer add 1.2.').isUnfinished).toBe(true)
		expect(fault('ann ').isUnfinished).toBe(false)
		expect(fault('filter down>').isUnfinished).toBe(true)
	})

	it('refuses filters where nothing is listed', () => {
		const parsed = parseCommand('filter x', commandWords('pipeline'))
		expect(parsed).toMatchObject({
			ok: false,
			fault: { message: 'expected a pane with a list, got one without' },
		})
	})

	it('never throws, and every refusal points into the text or at its end', () => {
		const word = fc.oneof(
			fc.constantFrom(...commandSpecs.map(({ name }) => name), 'add', 'down', '2M', ' '),
			fc.string({ unit: 'binary' }),
		)
		fc.assert(
			fc.property(
				fc.array(word, { maxLength: 6 }).map(parts => parts.join(' ')),
				text => {
					const parsed = parseCommand(text, words)
					if (parsed.ok) return
					expect(parsed.fault.at).toBeGreaterThanOrEqual(0)
					expect(parsed.fault.at).toBeLessThanOrEqual(text.length)
					expect(parsed.fault.message).toMatch(/^(?:expected|[a-z-]+ is) .+/su)
				},
			),
			{ numRuns: 500 },
		)
	})
})

describe('completion', () => {
	it('offers commands, and then what each of them takes', () => {
		expect(complete('an')).toEqual(['announce'])
		expect(complete('')).toHaveLength(commandSpecs.length)
		expect(complete('limit ')).toEqual(['down', 'up'])
		expect(complete('limit down n')).toEqual(['none'])
		expect(complete('ban 1')).toEqual(['1.2.3.4:6881'])
		expect(complete('ban ')).toEqual(peers)
		expect(complete('peer ')).toEqual(['add'])
		expect(complete('sort cl')).toEqual(['client'])
		expect(complete('sort client r')).toEqual(['reversed'])
		expect(complete('theme l')).toEqual(['light'])
		expect(complete('copy ')).toEqual(['hash', 'peer', 'tracker'])
		expect(complete('filter down>1M & cho')).toEqual(['choked', 'choking'])
		expect(complete('pause ')).toEqual([])
		expect(complete('nothing ')).toEqual([])
	})

	it('offers fields where a field can stand, nothing in a value', () => {
		const fields = ['down', 'choked']
		expect(completeFilter('!d', fields)).toEqual({ start: 1, candidates: ['down'] })
		expect(completeFilter('(ch', fields)).toEqual({ start: 1, candidates: ['choked'] })
		expect(completeFilter('client~d', fields).candidates).toEqual([])
		expect(completeFilter('', fields)).toEqual({ start: 0, candidates: fields })
	})

	it('completes every command to one that can be read, for who adds the values', () => {
		for (const { name, parameters } of commandSpecs) {
			let text = name
			for (let given = 0; given < parameters.length; given += 1) {
				const [first] = complete(`${text} `)
				if (first !== undefined) text = `${text} ${first}`
			}
			const isOpen = parameters.includes('address')
			expect([text, parseCommand(text, words).ok]).toEqual([text, !isOpen])
		}
	})
})
