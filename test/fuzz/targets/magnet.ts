// Magnet links: any text is a link whose every part is bounded and harmless, or one clear refusal; and what
// was read can be written and read again.
import { isIP } from 'node:net'
import { addressKey } from '../../../source/protocol/address.ts'
import { fromUtf8, utf8 } from '../../../source/protocol/bytes.ts'
import {
	formatMagnet,
	looksLikeMagnet,
	type MagnetLink,
	parseMagnet,
} from '../../../source/protocol/magnet.ts'
import { attempt, check, checkSame, type Target } from '../target.ts'
import { checkSafe } from './text-rules.ts'

const hash = 'c12fe1c06bba254a9dc9f519b335aa7c1367a88a'

export const magnetTarget: Target = {
	name: 'magnet',
	mutation: 'text',
	seeds: () =>
		[
			`magnet:?xt=urn:btih:${hash}&dn=A+name%20%28x%29&tr=udp%3A%2F%2Ft.example%3A80&tr.1=http://t/a?k=v`,
			`magnet:?xt=urn:btmh:1220${'ab'.repeat(32)}&xt=urn%3Abtih%3AYEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK&ws=http://w/`,
			`magnet:?x.pe=[::1]:45&x.pe=h.example:1&dht=1.2.3.4:5&so=0,2,4-6&so=1&xt=urn:btih:${hash}`,
			`magnet:///?xt.1=urn:btih:${hash}&amp;dn=%E0%A4%A`,
			hash,
		].map(utf8),
	dictionary: [
		...['magnet:?', 'xt=', 'urn:btih:', 'urn:btmh:1220', '&', '=', '%', '%25', '%26', '%00', '%0d%0a', '+'],
		...[
			'&tr=',
			'&x.pe=',
			'&so=',
			'&dn=',
			'&ws=',
			'&dht=',
			'0-999999',
			'__proto__',
			'127.1:80',
			'[::ffff:1.2.3.4]:1',
		],
	],
	maxBytes: 2000,
	run(input) {
		const text = fromUtf8(input)
		const read = attempt(() => parseMagnet(text))
		if (!read.ok) return [read.error.code]
		check(looksLikeMagnet(text), 'what can be read looks like it')
		checkLink(read.value)
		checkSame(parseMagnet(formatMagnet(read.value)), read.value, 'written and read again')
		return Object.entries(read.value).map(([key, value]) => `${key} ${summary(value)}`)
	},
}

function checkLink(link: MagnetLink): void {
	const { infoHash, infoHashV2, name, trackers, webSeeds, peers, nodes, selectOnly } = link
	check(infoHash !== undefined || infoHashV2 !== undefined, 'a hash')
	check(infoHash === undefined || infoHash.length === 20, 'SHA-1')
	check(infoHashV2 === undefined || infoHashV2.length === 32, 'SHA-256')
	if (name !== undefined) checkSafe(name, 255)
	for (const url of [...trackers, ...webSeeds]) {
		check(/^(?:https?|udp):\/\/[^\s\x00-\x1f\x7f]+$/iu.test(url), `URL ${JSON.stringify(url)}`)
	}
	for (const list of [trackers, webSeeds, peers, nodes]) check(list.length <= 100, `${list.length} entries`)
	for (const address of [...peers, ...nodes]) {
		check(address.port >= 1 && address.port <= 65_535, `port ${address.port}`)
		const isName = isIP(address.host) === 0
		check(!isName || /^[a-z0-9_.-]{1,253}$/u.test(address.host), `host ${JSON.stringify(address.host)}`)
	}
	check(new Set(peers.map(addressKey)).size === peers.length, 'each peer once')
	selectOnly.forEach((index, at) => {
		check(index >= 0 && index <= 999_999 && index > (selectOnly[at - 1] ?? -1), 'sorted indexes')
	})
}

function summary(value: unknown): string {
	if (Array.isArray(value)) return `${Math.min(value.length, 3)}`
	return typeof value
}
