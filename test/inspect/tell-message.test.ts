import { expect, test } from 'vitest'
import { tellMessage } from '../../source/inspect/tell-message.ts'
import { wireRow } from '../helpers/wire-rows.ts'

const block = { piece: 812, offset: 0x4000, length: 16_384 }

test('a sentence says who sent what, and how long it took or why', () => {
	expect(tellMessage(wireRow({ type: 'piece', ...block }, { latencyMs: 14 }))).toBe(
		'192.0.2.1:6881 sent us piece #812 @0x4000 16 KiB, 14 ms after we asked for it',
	)
	const reason = { code: 'picked-rarest', copies: 2 } as const
	expect(tellMessage(wireRow({ type: 'request', ...block }, { direction: 'out', reason }))).toBe(
		'we sent 192.0.2.1:6881 request #812 @0x4000 16 KiB: rarest, 2 copies',
	)
	expect(tellMessage(wireRow({ type: 'choke' }, { host: '', port: 0 }))).toBe('a peer sent us choke')
})
