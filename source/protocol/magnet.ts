// Magnet links (BEP 9, BEP 53), and a bare info hash as the shortest of them. A link comes from a stranger:
// everything but the hash is a hint, bounded, and left out where it cannot be used; a hash that is wrong is
// an error, since nothing else says what is meant.

import { type Address, addressKey, parseHost, formatHost } from './address.ts'
import { equalBytes, toHex, utf8 } from './bytes.ts'
import { ProtocolError } from './errors.ts'
import { percentEncode } from './http-tracker-url.ts'
import type { InfoHash } from './ids.ts'
import { parseInfoHash, parseTaggedInfoHash } from './info-hash-text.ts'
import { fileRangesText, selectedFiles } from './magnet-files.ts'
import { type MagnetParameter, percentDecode, splitMagnet } from './magnet-parameters.ts'
import { isTrackerUrl, isWebSeedUrl } from './metainfo-sources.ts'
import { type SafeText, safeText } from './safe-text.ts'

/** What a link says; plain data. At least one of the hashes is there. */
export type MagnetLink = {
	readonly infoHash: InfoHash | undefined
	/** SHA-256 of the info dictionary, 32 bytes (BEP 52). */
	readonly infoHashV2: Uint8Array | undefined
	/** What somebody calls it (`dn`): to be shown, never a path. */
	readonly name: SafeText | undefined
	/** http, https and udp; each once, in the link's order. Each is a tier of its own. */
	readonly trackers: readonly string[]
	/** `x.pe`: canonical addresses, or host names that are still to be resolved. */
	readonly peers: readonly Address[]
	/** http and https (BEP 19). */
	readonly webSeeds: readonly string[]
	/** Indexes of the only files that are wanted (`so`), sorted; empty where the link does not say. */
	readonly selectOnly: readonly number[]
	/** DHT nodes (`dht`, as µTorrent and libtorrent have it). */
	readonly nodes: readonly Address[]
}

const maxUriChars = 1 << 16
const maxTrackers = 100
const maxWebSeeds = 100
const maxPeers = 100
const maxNameChars = 255

/** Whether this is meant as a magnet link or a bare info hash, right or wrong. */
export function looksLikeMagnet(text: string): boolean {
	const trimmed = text.trim()
	return /^magnet:/iu.test(trimmed) || parseInfoHash(trimmed) !== undefined
}

/**
 * Reads a magnet URI or a bare info hash (hexadecimal or base32); blanks around it do not count. Throws a
 * ProtocolError: `magnet-scheme`, `magnet-size`, `magnet-no-info-hash`, `magnet-info-hash`.
 */
export function parseMagnet(text: string): MagnetLink {
	if (text.length > maxUriChars) {
		const message = `expected a magnet link of at most ${maxUriChars} characters, got ${text.length}`
		throw new ProtocolError('magnet-size', message)
	}
	const uri = text.trim()
	const bare = parseInfoHash(uri)
	const parameters = bare === undefined ? splitMagnet(uri) : []
	if (parameters === undefined) throw new ProtocolError('magnet-scheme', 'expected magnet:? or an info hash')
	const valuesOf = (name: string) => decodedValues(parameters, name)
	const topics = valuesOf('xt')
	const infoHash = bare ?? topicOf(topics, /^urn:btih:(.*)$/isu, parseInfoHash)
	const infoHashV2 = topicOf(topics, /^urn:btmh:(.*)$/isu, parseTaggedInfoHash)
	if (infoHash === undefined && infoHashV2 === undefined) {
		throw new ProtocolError('magnet-no-info-hash', 'expected xt=urn:btih: with an info hash, got none')
	}
	return {
		infoHash,
		infoHashV2,
		name: readName(parameters),
		trackers: readUrls(valuesOf('tr'), isTrackerUrl, maxTrackers),
		peers: readAddresses(valuesOf('x.pe')),
		webSeeds: readUrls(valuesOf('ws'), isWebSeedUrl, maxWebSeeds),
		selectOnly: selectedFiles(valuesOf('so')),
		nodes: readAddresses(valuesOf('dht')),
	}
}

/** What goes into a link that we write; the info hash alone is enough. */
export type MagnetParts = Partial<Omit<MagnetLink, 'name'>> & { readonly name?: string | undefined }

/** The link as a URI, with everything that `parseMagnet` reads. */
export function formatMagnet(parts: MagnetParts): string {
	const { infoHash, infoHashV2, name, selectOnly = [] } = parts
	const pairs = [
		...(infoHash === undefined ? [] : [`xt=urn:btih:${toHex(infoHash)}`]),
		...(infoHashV2 === undefined ? [] : [`xt=urn:btmh:1220${toHex(infoHashV2)}`]),
		...(name === undefined ? [] : [`dn=${escaped(name)}`]),
		...(parts.trackers ?? []).map(url => `tr=${escaped(url)}`),
		...(parts.webSeeds ?? []).map(url => `ws=${escaped(url)}`),
		...(parts.peers ?? []).map(address => `x.pe=${addressKey(address)}`),
		...(parts.nodes ?? []).map(address => `dht=${addressKey(address)}`),
		...(selectOnly.length === 0 ? [] : [`so=${fileRangesText(selectOnly)}`]),
	]
	return `magnet:?${pairs.join('&')}`
}

function escaped(text: string): string {
	return percentEncode(utf8(text))
}

function decodedValues(parameters: readonly MagnetParameter[], name: string): string[] {
	return parameters.filter(parameter => parameter.name === name).map(({ raw }) => percentDecode(raw))
}

/** The one hash of its kind; other topics (ed2k, sha1 …) do not count. */
function topicOf<Hash extends Uint8Array>(
	topics: readonly string[],
	urn: RegExp,
	parse: (text: string) => Hash | undefined,
): Hash | undefined {
	let found: Hash | undefined
	for (const topic of topics) {
		const text = urn.exec(topic)?.[1]
		if (text === undefined) continue
		const hash = parse(text)
		if (hash === undefined) {
			const message = `expected an info hash, got ${text.length} characters that are none`
			throw new ProtocolError('magnet-info-hash', message)
		}
		if (found !== undefined && !equalBytes(found, hash)) {
			throw new ProtocolError('magnet-info-hash', 'expected one info hash, got two different ones')
		}
		found = hash
	}
	return found
}

// In names, as forms have it, a plus sign is a blank.
function readName(parameters: readonly MagnetParameter[]): SafeText | undefined {
	for (const { name, raw } of parameters) {
		if (name !== 'dn') continue
		const text = safeText(percentDecode(raw.replaceAll('+', ' ')), maxNameChars)
		if (text.trim() !== '') return text
	}
	return undefined
}

function readUrls(values: readonly string[], isUsable: (url: string) => boolean, most: number): string[] {
	const urls = new Set<string>()
	for (const value of values) {
		const url = value.trim()
		if (isUsable(url)) urls.add(url)
		if (urls.size >= most) break
	}
	return [...urls]
}

function readAddresses(values: readonly string[]): Address[] {
	const addresses = new Map<string, Address>()
	for (const value of values) {
		const address = readAddress(value.trim())
		if (address !== undefined) addresses.set(addressKey(address), address)
		if (addresses.size >= maxPeers) break
	}
	return [...addresses.values()]
}

function readAddress(text: string): Address | undefined {
	const match = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9_.-]{1,253})):(\d{1,5})$/iu.exec(text)
	const host = match?.[1] ?? match?.[2]
	const port = Number(match?.[3])
	if (host === undefined || !(port >= 1 && port <= 0xffff)) return undefined
	const bytes = parseHost(host)
	if (bytes !== undefined) return { host: formatHost(bytes), port }
	// What ends in digits would be read as an address by some resolvers: 127.1, 2130706433.
	return match?.[1] !== undefined || /(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$/iu.test(host)
		? undefined
		: { host: host.toLowerCase(), port }
}
