import { expect, test } from 'vitest'
import { WireLog } from '../../source/engine/wire-log.ts'
import { toPeerNumber } from '../../source/protocol/ids.ts'

const [one, other] = [toPeerNumber(1), toPeerNumber(3)]

test('rows outlive the views that they were made of', () => {
	const log = new WireLog(() => undefined)
	const buffer = Uint8Array.of(1, 2, 3)
	log.message('in', one, { type: 'extended', id: 0, payload: buffer }, buffer, 0, undefined)
	log.message('in', one, { type: 'bitfield', bits: buffer }, buffer, 0, undefined)
	buffer.fill(0xff)
	expect(log.slice(0, 9, undefined).rows.map(({ message }) => message)).toEqual([
		{ type: 'extended', id: 0, payload: Uint8Array.of(1, 2, 3) },
		{ type: 'bitfield', bits: Uint8Array.of(1, 2, 3) },
	])
})

test('what is kept is bounded in rows and in bytes a row', () => {
	const log = new WireLog(() => undefined)
	const payload = new Uint8Array(1 << 20)
	for (let count = 0; count < 5000; count += 1) {
		log.message('in', one, { type: 'extended', id: 0, payload }, payload, count, undefined)
	}
	const { rows, total } = log.slice(0, 1_000_000, undefined)
	expect(total).toBe(5000)
	expect(rows).toHaveLength(4096)
	expect(rows[0]?.sequence).toBe(904)
	const bytes = rows.reduce(
		(sum, { message }) => sum + (message.type === 'extended' ? message.payload.buffer.byteLength : 0),
		0,
	)
	expect(bytes).toBeLessThanOrEqual(4096 * 4096)
})

test('the newest rows come oldest first, of all peers or of one', () => {
	const log = new WireLog(peer => ({ host: `192.0.2.${peer}`, port: 1 }))
	log.handshake('out', one, new Uint8Array(68), 1)
	log.message('in', other, { type: 'have', piece: 7 }, undefined, 2, undefined)
	log.message('out', one, { type: 'choke' }, undefined, 3, undefined)
	log.message('in', one, { type: 'unchoke' }, undefined, 4, undefined)
	const types = (count: number, peer?: typeof one) =>
		log.slice(9, count, peer).rows.map(({ message }) => message.type)
	expect(types(2)).toEqual(['choke', 'unchoke'])
	expect(types(9, one)).toEqual(['handshake', 'choke', 'unchoke'])
	expect(types(2, other)).toEqual(['have'])
	expect(log.slice(9, 1, other).rows[0]?.host).toBe('192.0.2.3')
})
