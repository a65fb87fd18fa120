import { describe, expect, test } from 'vitest'
import type { Address } from '../../source/protocol/address.ts'
import { parseExtensionHandshake } from '../../source/protocol/extension.ts'
import { type PeerNumber, toPeerId, toPeerNumber } from '../../source/protocol/ids.ts'
import type { MsePayload } from '../../source/protocol/mse.ts'
import type { EncryptionPolicy } from '../../source/torrent/encryption.ts'
import type { DropReason } from '../../source/torrent/reasons.ts'
import { peersSlice } from '../../source/torrent/views.ts'
import { effectsOf, LoneTorrent } from '../helpers/lone-torrent.ts'

const flags = { extended: false, fast: true, dht: false, v2: false }
const address: Address = { host: '10.9.9.9', port: 6881 }
const hungUp: DropReason = { code: 'remote-closed' }

/** A torrent that knows one address. */
function dialOne(encryption?: EncryptionPolicy) {
	const lone = new LoneTorrent({ encryption })
	lone.feed({ type: 'AddressesFound', addresses: [address], source: 'tracker' })
	const dials = () => effectsOf(lone.effects, 'Dial').map(({ encrypted = false }) => encrypted)
	const lastDial = (): PeerNumber => effectsOf(lone.effects, 'Dial').at(-1)?.peer as PeerNumber
	const close = (reason = hungUp) => lone.feed({ type: 'PeerClosed', peer: lastDial(), reason })
	const join = (payload?: MsePayload) => {
		const peer = lastDial()
		lone.feed({
			type: 'HandshakeReceived',
			peer,
			address,
			incoming: false,
			peerId: toPeerId(new Uint8Array(20).fill(9)),
			flags,
			encryption: payload,
		})
		return peer
	}
	const view = () => {
		const [peer] = peersSlice(lone.torrent.core, lone.now).peers
		return peer === undefined ? undefined : { encryption: peer.encryption, opening: peer.opening }
	}
	return { lone, dials, close, join, view }
}

describe('a dial', () => {
	test.each([
		['off', false, 'encryption-off'],
		['prefer', true, 'encryption-tried-first'],
		['require', true, 'encryption-required'],
	] as const)('under the policy %s begins encrypted: %s', (policy, encrypted, code) => {
		const { dials, view } = dialOne(policy)
		expect(dials()).toEqual([encrypted])
		expect(view()).toEqual({ encryption: undefined, opening: { code } })
	})

	test('is plain unless told', () => {
		expect(dialOne().dials()).toEqual([false])
	})
})

describe('a peer that hangs up on an encrypted handshake', () => {
	test.each<DropReason>([
		hungUp,
		{ code: 'connection-failed', error: 'ECONNRESET' },
		{ code: 'handshake-timeout' },
		{ code: 'protocol-error', error: 'mse-sync', detail: '' },
	])('is dialled plainly at once: $code', reason => {
		const { dials, close, view, lone } = dialOne('prefer')
		close(reason)
		expect(dials()).toEqual([true, false])
		expect(view()?.opening).toEqual({ code: 'plain-after-refusal', ending: reason.code })
		expect(lone.events.filter(({ type }) => type === 'dialFailed')).toEqual([])
	})

	test('is not dialled plainly where encryption is required', () => {
		const { dials, close } = dialOne('require')
		close()
		expect(dials()).toEqual([true])
	})

	test('and on a plain one too waits as every other failure, and is tried encrypted first again', () => {
		const { dials, close, lone } = dialOne('prefer')
		close()
		close()
		lone.advance(14_000)
		expect(dials()).toEqual([true, false])
		lone.advance(2000)
		expect(dials()).toEqual([true, false, true])
	})

	test('is dialled plainly the next time as well, once that worked', () => {
		const { dials, close, join, lone, view } = dialOne('prefer')
		close()
		join()
		expect(view()).toMatchObject({ encryption: undefined, opening: { code: 'plain-after-refusal' } })
		close()
		lone.advance(60_000)
		expect(dials()).toEqual([true, false, false])
		expect(view()?.opening).toEqual({ code: 'plain-worked-before' })
		close()
		expect(dials()).toEqual([true, false, false, true])
	})
})

test('a peer that nobody answers for is not tried in another way', () => {
	const { dials, lone } = dialOne('prefer')
	const [dial] = effectsOf(lone.effects, 'Dial')
	if (dial !== undefined) lone.feed({ type: 'DialFailed', peer: dial.peer, error: 'ECONNREFUSED' })
	lone.advance(10_000)
	expect(dials()).toEqual([true])
})

test('a peer that answers for another torrent has understood us', () => {
	const { dials, close } = dialOne('prefer')
	close({ code: 'protocol-error', error: 'handshake-info-hash', detail: '' })
	expect(dials()).toEqual([true])
})

test('how an encrypted connection goes on stands in its view', () => {
	const { join, view } = dialOne('prefer')
	join('rc4')
	expect(view()).toEqual({ encryption: 'rc4', opening: { code: 'encryption-tried-first' } })
})

test.each([
	['off', false],
	['prefer', true],
] as const)('whether we would rather be dialled encrypted is told by the policy: %s', (encryption, told) => {
	const lone = new LoneTorrent({ encryption })
	lone.feed({
		type: 'HandshakeReceived',
		peer: toPeerNumber(1),
		address,
		incoming: true,
		peerId: toPeerId(new Uint8Array(20).fill(9)),
		flags: { ...flags, extended: true },
	})
	const [first] = effectsOf(lone.effects, 'SendMessages').flatMap(({ messages }) =>
		messages.flatMap(message => (message.type === 'extended' ? [message.payload] : [])),
	)
	expect(parseExtensionHandshake(first ?? new Uint8Array(0)).prefersEncryption).toBe(told)
})
