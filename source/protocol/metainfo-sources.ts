// Where a torrent says that its swarm and its bytes can be found: tracker tiers (BEP 12), web seeds (BEP 19)
// and DHT nodes (BEP 5). Bounded, and never a reason to refuse the torrent: what cannot be used is left out.

import type { BencodeNode } from './bencode.ts'
import { quote, type Warnings, warn } from './metainfo-warnings.ts'
import { type SafeText, safe } from './safe-text.ts'

/** A DHT node to start from; `host` is an address or a name, unchecked but for blanks. */
export type NodeAddress = { readonly host: string; readonly port: number }

const maxTrackers = 100
const maxWebSeeds = 100
const maxNodes = 100
const maxUrlChars = 2048
/** Entries of a list that are looked at, good or bad. */
const maxEntries = 1000
const trackerUrl = /^(?:https?|udp):\/\/[^\s\p{Cc}]+$/iu
const webSeedUrl = /^https?:\/\/[^\s\p{Cc}]+$/iu
const hostName = /^[^\s\p{Cc}]{1,253}$/u

/**
 * Tracker URLs by tier, in the torrent's order, each once, at most a hundred. `announce-list` overrides
 * `announce` (BEP 12), unless nothing in it can be used. http, https and udp only.
 */
export function readTiers(root: BencodeNode, warnings: Warnings): string[][] {
	const seen = new Set<string>()
	const tiers: string[][] = []
	for (const tier of firstItems(root.get('announce-list'))) {
		// Some writers make a list of URLs instead of a list of tiers.
		const urls = readUrls(
			tier,
			{ pattern: trackerUrl, what: safe`tracker`, seen, limit: maxTrackers },
			warnings,
		)
		if (urls.length > 0) tiers.push(urls)
		if (seen.size >= maxTrackers) break
	}
	if (tiers.length > 0) return tiers
	const announce = root.get('announce')
	if (announce === undefined) return []
	const urls = readUrls(announce, { pattern: trackerUrl, what: safe`tracker`, seen, limit: 1 }, warnings)
	return urls.length > 0 ? [urls] : []
}

/** Web seeds: `url-list` is a URL or a list of URLs; each once, at most a hundred, http and https only. */
export function readWebSeeds(root: BencodeNode, warnings: Warnings): string[] {
	const list = root.get('url-list')
	if (list === undefined || list.bytes?.length === 0) return []
	const what = safe`web seed`
	return readUrls(list, { pattern: webSeedUrl, what, seen: new Set(), limit: maxWebSeeds }, warnings)
}

/** `nodes`: pairs of host and port; malformed pairs are skipped. At most a hundred. */
export function readNodes(root: BencodeNode): NodeAddress[] {
	const nodes: NodeAddress[] = []
	for (const pair of firstItems(root.get('nodes'))) {
		if (nodes.length >= maxNodes) break
		const [hostNode, portNode] = pair.items()
		const host = hostNode?.text?.trim()
		const port = portNode?.integer
		if (host === undefined || !hostName.test(host) || port === undefined) continue
		if (port >= 1 && port <= 65_535) nodes.push({ host, port })
	}
	return nodes
}

/** Whether this is the URL of a tracker that we could speak to: http, https or udp, of a sane length. */
export function isTrackerUrl(text: string): boolean {
	return text.length <= maxUrlChars && trackerUrl.test(text)
}

/** Whether this is the URL of a web seed: http or https, of a sane length. */
export function isWebSeedUrl(text: string): boolean {
	return text.length <= maxUrlChars && webSeedUrl.test(text)
}

function* firstItems(list: BencodeNode | undefined): Generator<BencodeNode, void, undefined> {
	let count = 0
	for (const item of list?.items() ?? []) {
		count += 1
		if (count > maxEntries) return
		yield item
	}
}

type UrlRules = {
	readonly pattern: RegExp
	readonly what: SafeText
	readonly seen: Set<string>
	readonly limit: number
}

/** The URLs of a list, or of a single string. */
function readUrls(node: BencodeNode, rules: UrlRules, warnings: Warnings): string[] {
	const urls: string[] = []
	for (const item of node.type === 'list' ? firstItems(node) : [node]) {
		if (rules.seen.size >= rules.limit) {
			warn(warnings, () => safe`more than ${rules.limit} entries: some ${rules.what} addresses are left out`)
			break
		}
		const url = readUrl(item, rules, warnings)
		if (url === undefined || rules.seen.has(url)) continue
		rules.seen.add(url)
		urls.push(url)
	}
	return urls
}

function readUrl(item: BencodeNode, { pattern, what }: UrlRules, warnings: Warnings): string | undefined {
	const { bytes } = item
	if (bytes === undefined || bytes.length > maxUrlChars) {
		warn(warnings, () => safe`a ${what} address that is no text or too long is left out`)
		return undefined
	}
	const url = item.text?.trim()
	if (url === '') return undefined
	if (url !== undefined && pattern.test(url)) return url
	warn(warnings, () => safe`${what} ${quote(url ?? '')} is left out: not an address that can be used`)
	return undefined
}
