import { expect, test } from 'vitest'
import { dissectRow, type TorrentSize } from '../../source/inspect/dissect-row.ts'
import type { Field } from '../../source/inspect/field.ts'
import { bytesOfMessage } from '../../source/inspect/message-bytes.ts'
import { findScenario } from '../../source/practice/scenarios.ts'
import type { WireRow } from '../../source/torrent/snapshot.ts'
import { scaleScenario } from '../helpers/scaled-scenario.ts'
import { named, simulate } from '../helpers/simulation.ts'

const messages = ['handshake', 'bitfield', 'extended', 'interested', 'unchoke', 'request', 'piece', 'have']

/** What each scenario puts on the wire, beside what the others do. */
const wires = [
	['healthy', [...messages, 'trackerRequest', 'trackerResponse']],
	['magnet', ['ut_metadata']],
	['pex', ['ut_pex']],
	['encrypted', ['encryption']],
	['dht-lookup', ['dhtQuery', 'dhtResponse']],
] as const

test.each(wires)(
	'%s: what goes over an honest wire is dissected without a fault, bytes of long messages asked of the engine',
	async (name, wanted) => {
		const scenario = scaleScenario(named(findScenario(name)), 4)
		const rows = new Map<number, WireRow>()
		const bytes = new Map<number, Uint8Array>()
		let size: TorrentSize | undefined
		await simulate({
			scenario,
			seed: 1,
			limitMs: 60_000,
			snapshotsPerSecond: 10,
			onUpdate(update, _, engine) {
				if (update.type === 'inspected' && update.bytes !== undefined)
					bytes.set(update.sequence, update.bytes)
				if (update.type !== 'snapshot') return
				const { wire, summary } = update.slices
				if (summary !== undefined) size = summary
				for (const row of wire?.rows ?? []) {
					if (rows.has(row.sequence)) continue
					rows.set(row.sequence, row)
					if (bytesOfMessage(row.message) === undefined)
						engine.command({ type: 'inspect', sequence: row.sequence })
				}
			},
		})
		const types = new Set<string>()
		for (const row of rows.values()) {
			const { sequence, message } = row
			const raw = bytesOfMessage(message) ?? bytes.get(sequence)
			expect(raw, `bytes of ${message.type}`).toBeDefined()
			if (raw === undefined) continue
			types.add(message.type)
			if (message.type === 'extended') types.add(message.name ?? '')
			const tree = dissectRow(row, raw, size)
			expect(problems(tree)).toEqual([])
		}
		for (const type of wanted) expect(types).toContain(type)
	},
)

function problems(field: Field): string[] {
	const own = field.problem === undefined ? [] : [`${field.name}: ${field.problem}`]
	return [...own, ...field.children.flatMap(problems)]
}
