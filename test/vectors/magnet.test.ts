// Collected magnet links: every `must` case has to agree, and every `should` case too.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { addressKey } from '../../source/protocol/address.ts'
import { toHex } from '../../source/protocol/bytes.ts'
import { parseMagnet } from '../../source/protocol/magnet.ts'

type Case = {
	readonly id: number
	readonly uri: string
	readonly level: string
	readonly expect: Readonly<Record<string, unknown>>
}

const { vectors } = JSON.parse(
	readFileSync(new URL('../../../shared/vectors/magnet/magnets.json', import.meta.url), 'utf8'),
) as { vectors: readonly Case[] }

// What the vector lists has trackers for browsers, which its note lets a client without WebRTC leave out.
const browserTracker = /^wss?:/u

test.each(
	vectors.filter(({ level }) => level !== 'policy').map(vector => [vector.id, vector.uri, vector] as const),
)('%i %s', (_, uri, { expect: expected }) => {
	if (expected['ok'] === false) {
		expect(() => parseMagnet(uri)).toThrow(expect.objectContaining({ name: 'ProtocolError' }))
		return
	}
	const link = parseMagnet(uri)
	const got: Readonly<Record<string, unknown>> = {
		infohash_v1: link.infoHash === undefined ? null : toHex(link.infoHash),
		infohash_v2: link.infoHashV2 === undefined ? null : toHex(link.infoHashV2),
		name: link.name,
		trackers: link.trackers,
		webseeds: link.webSeeds,
		peers: link.peers.map(addressKey),
		dht_nodes: link.nodes.map(addressKey),
		select_only: link.selectOnly,
	}
	for (const [key, value] of Object.entries(expected)) {
		if (!Object.hasOwn(got, key)) continue
		const usable = key === 'trackers' ? (value as string[]).filter(url => !browserTracker.test(url)) : value
		expect([key, got[key]]).toEqual([key, usable])
	}
})
