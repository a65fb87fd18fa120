import { expect, test } from 'vitest'
import { LoneTorrent, seedPeer } from '../helpers/lone-torrent.ts'

test.each([true, false])('who chokes us is not asked for that reason, from the choke on (fast: %s)', fast => {
	const lone = new LoneTorrent()
	const peer = fast ? seedPeer(lone, 1) : lone.connect(1, { fast })
	if (!fast) lone.say(peer, { type: 'bitfield', bits: Uint8Array.of(0xff) })
	const reason = () => lone.peer(peer).download.at(-1)?.reason
	lone.say(peer, { type: 'unchoke' })
	expect(reason()).toMatchObject({ code: 'asking' })
	lone.now += 5000
	lone.say(peer, { type: 'choke' })
	expect(reason()).toEqual({ code: 'choked-by-peer', sinceAt: lone.now })
	lone.now += 1000
	lone.say(peer, { type: 'unchoke' })
	expect(reason()).toMatchObject({ code: 'asking' })
})
