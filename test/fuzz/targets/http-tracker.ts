// Bodies of HTTP trackers, announce and scrape: peers that exist, numbers that count, text that is safe.
import { isIP } from 'node:net'
import {
	type AnnounceResponse,
	maxPeersPerAnswer,
	type ScrapeCounts,
	type TrackerFailure,
} from '../../../source/protocol/announce.ts'
import { utf8 } from '../../../source/protocol/bytes.ts'
import { decodeAnnounceBody, decodeScrapeBody } from '../../../source/protocol/http-tracker.ts'
import { toInfoHash } from '../../../source/protocol/ids.ts'
import { attempt, check, type Target } from '../target.ts'
import { checkSafe } from './text-rules.ts'

const asked = [toInfoHash(utf8('a'.repeat(20))), toInfoHash(utf8('b'.repeat(20)))]

export const httpTrackerTarget: Target = {
	name: 'http-tracker',
	mutation: 'bencode',
	seeds: () =>
		[
			'd8:completei5e10:incompletei3e8:intervali1800e12:min intervali900e5:peers12:abcdefghijkl6:peers618:abcdefghijklmnopqre',
			'd8:intervali60e5:peersld2:ip9:192.0.2.14:porti6881eed2:ip11:2001:db8::14:porti1eee10:tracker id3:xyze',
			'd14:failure reason9:not today8:retry ini5ee',
			'd14:failure reason0:8:retry in5:nevere\r\n',
			'd15:warning message4:slow11:external ip4:\x01\x02\x03\x048:intervali0e5:peers0:e',
			`d5:filesd20:${'a'.repeat(20)}d8:completei1e10:downloadedi2e10:incompletei3eee5:flagsd20:min_request_intervali9eee`,
		].map(utf8),
	dictionary: [
		...[
			'interval',
			'min interval',
			'complete',
			'incomplete',
			'downloaded',
			'downloaders',
			'peers',
			'peers6',
			'ip',
		],
		...[
			'port',
			'peer id',
			'tracker id',
			'warning message',
			'failure reason',
			'retry in',
			'never',
			'external ip',
		],
		...[
			'files',
			'a'.repeat(20),
			'b'.repeat(20),
			'127.0.0.1',
			'::ffff:1.2.3.4',
			'0.0.0.0',
			'\u001b[2J',
			'\r\n',
		],
	],
	run: input => [...runAnnounce(input), ...runScrape(input)],
}

function runAnnounce(body: Uint8Array): string[] {
	const decoded = attempt(() => decodeAnnounceBody(body))
	if (!decoded.ok) return [decoded.error.code]
	if (decoded.value.type === 'failed') return [checkFailure(decoded.value)]
	checkAnswer(decoded.value)
	return [...Object.keys(decoded.value), `${Math.min(9, decoded.value.peers.length)} peers`]
}

function runScrape(body: Uint8Array): string[] {
	const decoded = attempt(() => decodeScrapeBody(body, asked))
	if (!decoded.ok) return [`scrape ${decoded.error.code}`]
	if (decoded.value.type === 'failed') return [`scrape ${checkFailure(decoded.value)}`]
	check(decoded.value.swarms.length === asked.length, 'an entry for each torrent asked about')
	for (const swarm of decoded.value.swarms) checkCounts(swarm ?? {})
	return decoded.value.swarms.map(swarm => `scrape ${Object.keys(swarm ?? {}).join(' ')}`)
}

/** Throws unless the answer may be used as it is. */
export function checkAnswer({ peers, warning, externalIp, ...counts }: AnnounceResponse): void {
	check(peers.length <= maxPeersPerAnswer, `${peers.length} peers`)
	for (const { host, port } of peers) {
		check(isIP(host) !== 0, `host ${JSON.stringify(host)}`)
		check(Number.isInteger(port) && port >= 1 && port <= 65_535, `port ${port}`)
	}
	if (warning !== undefined) checkSafe(warning, 1024)
	check(externalIp === undefined || isIP(externalIp) !== 0, `external ip ${externalIp}`)
	checkCounts({ ...counts })
}

function checkCounts(counts: ScrapeCounts | Record<string, unknown>): void {
	for (const [key, value] of Object.entries(counts)) {
		if (typeof value === 'number') check(Number.isSafeInteger(value) && value >= 0, `${key} is ${value}`)
	}
}

/** Throws unless the failure may be shown and planned with. */
export function checkFailure({ code, message, retry, intervalS }: TrackerFailure): string {
	checkSafe(message, 1024)
	check(message !== '', 'a failure says something')
	checkCounts({ intervalS })
	if (retry?.type === 'later') check(retry.retryIn >= 0, `retry in ${retry.retryIn}`)
	return `${code} ${retry?.type ?? 'at once'}`
}
