import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../source/protocol/bytes.ts'
import { decodeAnnounceBody, decodeScrapeBody } from '../../source/protocol/http-tracker.ts'
import { percentEncode, scrapeUrl } from '../../source/protocol/http-tracker-url.ts'
import { toInfoHash } from '../../source/protocol/ids.ts'

type Counts = Record<string, number>
type Expectation = {
	ok: boolean
	peers?: { ip: string; port: number }[]
	interval?: number
	min_interval?: number
	complete?: number
	incomplete?: number
	downloaded?: number
	warning?: string
	failure?: string
	failure_contains?: string
	external_ip?: string
	tracker_id_hex?: string
	retry_in?: string
	retry_in_minutes?: number
	files?: Record<string, Counts>
	asked?: string[]
	missing?: string[]
	or?: string
}
type Vector = {
	id: number
	kind: 'announce' | 'scrape'
	hex: string
	expect: Expectation
	level: string
	note?: string
}

const folder = new URL('../../../shared/vectors/tracker-http/', import.meta.url)
const file = JSON.parse(readFileSync(new URL('responses.json', folder), 'utf8')) as {
	vectors: Vector[]
	query_escaping: { info_hash: string; query_equivalent: string }[]
	scrape_urls: { announce: string; scrape: string | null }[]
	gzip: { file: string; expect: string }[]
}

// A host name as a peer is left out; the vectors tolerate that.
const hostNamesDropped = new Set([5])

function announce(hex: string) {
	try {
		return decodeAnnounceBody(fromHex(hex))
	} catch {
		return undefined
	}
}

function scrape(vector: Vector) {
	const hashes = (vector.expect.asked ?? Object.keys(vector.expect.files ?? {})).map(hex =>
		toInfoHash(fromHex(hex)),
	)
	try {
		const result = decodeScrapeBody(fromHex(vector.hex), hashes)
		if (result.type === 'failed') return result
		const files = new Map(hashes.map((hash, index) => [toHex(hash), result.swarms[index]]))
		return { type: 'scraped' as const, files }
	} catch {
		return undefined
	}
}

function judgeFailure(result: ReturnType<typeof announce> | ReturnType<typeof scrape>, wanted: Expectation) {
	if (result === undefined) {
		expect(wanted.failure).toBeUndefined()
		return
	}
	expect(result.type).toBe('failed')
	if (result.type !== 'failed') return
	if (wanted.failure !== undefined) expect(result.message).toBe(wanted.failure)
	if (wanted.failure_contains !== undefined) expect(result.message).toContain(wanted.failure_contains)
	if (wanted.interval !== undefined) expect(result.intervalS).toBe(wanted.interval)
	if (wanted.retry_in === 'never') expect(result.retry).toEqual({ type: 'never' })
	if (wanted.retry_in_minutes !== undefined) {
		expect(result.retry).toEqual({ type: 'later', retryIn: wanted.retry_in_minutes * 60_000 })
	}
}

function judgeAnnounce(vector: Vector) {
	const wanted = vector.expect
	const result = announce(vector.hex)
	if (!wanted.ok) {
		judgeFailure(result, wanted)
		return
	}
	expect(result?.type).toBe('announced')
	if (result?.type !== 'announced') return
	if (wanted.peers !== undefined && !hostNamesDropped.has(vector.id)) {
		expect(result.peers).toEqual(wanted.peers.map(({ ip, port }) => ({ host: ip, port })))
	}
	const said = {
		interval: result.intervalS,
		min_interval: result.minIntervalS,
		complete: result.seeders,
		incomplete: result.leechers,
		downloaded: result.downloads,
		warning: result.warning,
		external_ip: result.externalIp,
		tracker_id_hex: result.trackerId && toHex(result.trackerId),
	}
	for (const [key, value] of Object.entries(said)) {
		const expected = wanted[key as keyof Expectation]
		if (expected !== undefined) expect([key, value]).toEqual([key, expected])
	}
}

function judgeScrape(vector: Vector) {
	const wanted = vector.expect
	const result = scrape(vector)
	if (!wanted.ok) {
		judgeFailure(result, wanted)
		return
	}
	expect(result?.type).toBe('scraped')
	if (result?.type !== 'scraped') return
	for (const [hash, counts] of Object.entries(wanted.files ?? {})) {
		const swarm = result.files.get(hash)
		if (wanted.asked !== undefined && !wanted.asked.includes(hash)) {
			expect(swarm).toBeUndefined()
			continue
		}
		expect({
			complete: swarm?.seeders,
			incomplete: swarm?.leechers,
			downloaded: swarm?.downloads,
			...('downloaders' in counts ? { downloaders: swarm?.downloaders } : {}),
		}).toEqual(counts)
	}
	for (const hash of wanted.missing ?? []) expect(result.files.get(hash)).toBeUndefined()
}

describe('bodies', () => {
	test('the file holds what we think it holds', () => {
		expect(file.vectors.length).toBeGreaterThanOrEqual(69)
		expect(file.vectors.filter(({ level }) => level === 'must').length).toBeGreaterThan(45)
	})

	test.each(file.vectors.filter(({ level }) => level !== 'policy'))('$kind $id: $level $note', vector => {
		if (vector.kind === 'announce') judgeAnnounce(vector)
		else judgeScrape(vector)
	})

	test.each(file.vectors.filter(({ level }) => level === 'policy'))('$kind $id does not crash', vector => {
		const result = vector.kind === 'announce' ? announce(vector.hex) : scrape(vector)
		if (result?.type === 'announced') {
			for (const peer of result.peers) expect(peer.port).toBeGreaterThan(0)
		}
	})
})

test.each(file.query_escaping)('$info_hash is escaped byte by byte', vector => {
	const ours = `info_hash=${percentEncode(fromHex(vector.info_hash))}`
	expect(unescapeBytes(ours)).toBe(unescapeBytes(vector.query_equivalent))
	expect(ours).not.toContain('+')
})

test.each(file.scrape_urls)('$announce is scraped at $scrape', vector => {
	expect(scrapeUrl(vector.announce)).toBe(vector.scrape ?? undefined)
})

test.each(file.gzip.filter(entry => entry.file.endsWith('.gz')))('$file: $expect', entry => {
	const bytes = readFileSync(new URL(entry.file, folder))
	const inflate = () => gunzipSync(bytes, { maxOutputLength: 1024 * 1024 })
	if (entry.expect === 'ok') expect(inflate().every(byte => byte === 0)).toBe(true)
	else expect(inflate).toThrow()
})

test('the captured answer of 7 peers is read', () => {
	const body = readFileSync(new URL('announce-compacted-peers.bin', folder))
	expect(decodeAnnounceBody(body)).toMatchObject({ type: 'announced', seeders: 4, peers: { length: 7 } })
})

function unescapeBytes(text: string): string {
	return text.replace(/%([0-9a-f]{2})/giu, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
