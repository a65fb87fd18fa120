import { expect, test } from 'vitest'
import { dissect } from '../../source/inspect/dissect.ts'
import type { Field } from '../../source/inspect/field.ts'
import { bytesOfMessage, totalBytesOf } from '../../source/inspect/message-bytes.ts'
import { findScenario } from '../../source/practice/scenarios.ts'
import { createGeometry, type Geometry } from '../../source/protocol/geometry.ts'
import type { WireRow } from '../../source/torrent/snapshot.ts'
import { scaleScenario } from '../helpers/scaled-scenario.ts'
import { named, simulate } from '../helpers/simulation.ts'

const scenario = scaleScenario(named(findScenario('healthy')), 4)

test('what goes over an honest wire is dissected without a fault, bytes of long messages asked of the engine', async () => {
	const rows = new Map<number, WireRow>()
	const bytes = new Map<number, Uint8Array>()
	let geometry: Geometry | undefined
	await simulate({
		scenario,
		seed: 1,
		limitMs: 60_000,
		snapshotsPerSecond: 10,
		onUpdate(update, _, engine) {
			if (update.type === 'inspected' && update.bytes !== undefined) bytes.set(update.sequence, update.bytes)
			if (update.type !== 'snapshot') return
			const { wire, summary } = update.slices
			if (summary !== undefined) geometry = createGeometry(summary.pieceLength, summary.totalBytes)
			for (const row of wire?.rows ?? []) {
				if (rows.has(row.sequence)) continue
				rows.set(row.sequence, row)
				if (bytesOfMessage(row.message) === undefined)
					engine.command({ type: 'inspect', sequence: row.sequence })
			}
		},
	})
	const types = new Set<string>()
	for (const { sequence, message, direction } of rows.values()) {
		const raw = bytesOfMessage(message) ?? bytes.get(sequence)
		expect(raw, `bytes of ${message.type}`).toBeDefined()
		if (raw === undefined) continue
		types.add(message.type)
		const type = message.type === 'handshake' ? 'handshake' : 'message'
		const tree = dissect({ type, direction, bytes: raw, totalBytes: totalBytesOf(message), geometry })
		expect(problems(tree)).toEqual([])
	}
	for (const type of [
		'handshake',
		'bitfield',
		'extended',
		'interested',
		'unchoke',
		'request',
		'piece',
		'have',
	])
		expect(types).toContain(type)
})

function problems(field: Field): string[] {
	const own = field.problem === undefined ? [] : [`${field.name}: ${field.problem}`]
	return [...own, ...field.children.flatMap(problems)]
}
