// `swarmscope info`: what is in a torrent, for people and, with --json, for scripts.
import { formatBytes } from '../inspect/units.ts'
import { toHex } from '../protocol/bytes.ts'
import { maskUrl } from '../engine/mask-url.ts'
import { formatMagnet } from '../protocol/magnet.ts'
import { safeText } from '../protocol/safe-text.ts'
import type { KnownTorrent } from './read-metainfo.ts'

/** The object that `info --json` prints; its keys are a promise. */
export function infoObject({
	metainfo,
	infoHash,
	infoHashV2,
	paths,
}: KnownTorrent): Readonly<Record<string, unknown>> {
	const { geometry } = metainfo
	return {
		version: 1,
		name: metainfo.name,
		infoHashV1: toHex(infoHash),
		infoHashV2,
		pieceLength: geometry.pieceLength,
		pieceCount: geometry.pieceCount,
		totalBytes: geometry.totalBytes,
		private: metainfo.private,
		files: metainfo.files.map((file, index) => ({
			path: (paths[index] ?? []).join('/'),
			bytes: file.lengthBytes,
			pad: file.pad,
		})),
		trackers: metainfo.tiers,
		webSeeds: metainfo.webSeeds,
		nodes: metainfo.nodes,
		comment: metainfo.comment ?? null,
		createdBy: metainfo.createdBy ?? null,
		createdAt: metainfo.createdAt === undefined ? null : isoTime(metainfo.createdAt),
		warnings: metainfo.warnings,
	}
}

/** Lines for a terminal. */
export function infoLines(torrent: KnownTorrent): string[] {
	const { metainfo, infoHash, infoHashV2, paths } = torrent
	const { geometry } = metainfo
	const lines = [
		row('name', safeText(metainfo.name)),
		row('info hash', toHex(infoHash)),
		...(infoHashV2 === null ? [] : [row('info hash v2', infoHashV2)]),
		row('size', `${formatBytes(geometry.totalBytes)} (${geometry.totalBytes} bytes)`),
		row('pieces', `${geometry.pieceCount} of ${formatBytes(geometry.pieceLength)}`),
		row('private', metainfo.private ? 'yes' : 'no'),
		...(metainfo.createdAt === undefined
			? []
			: [row('created', isoTime(metainfo.createdAt) ?? 'at an odd time')]),
		...(metainfo.createdBy === undefined ? [] : [row('created by', metainfo.createdBy)]),
		...(metainfo.comment === undefined ? [] : [row('comment', metainfo.comment)]),
		...metainfo.tiers.flatMap((tier, index) => tier.map(url => row(`tier ${index + 1}`, maskUrl(url)))),
		...metainfo.webSeeds.map(url => row('web seed', maskUrl(url))),
		...metainfo.nodes.map(node => row('node', safeText(`${node.host}:${node.port}`))),
		...(metainfo.private ? [] : [row('magnet', magnetOf(torrent))]),
		...metainfo.warnings.map(warning => row('warning', warning)),
	]
	const width = String(metainfo.files.length - 1).length
	const files = metainfo.files.flatMap((file, index) =>
		file.pad
			? []
			: [
					`${String(index).padStart(width)}  ${formatBytes(file.lengthBytes).padStart(8)}  ${safeText((paths[index] ?? []).join('/'))}`,
				],
	)
	return [...lines, '', ...files]
}

// What may be passed on: who is asked with a passkey is not named. Private torrents have no link (BEP 27).
function magnetOf({ metainfo, infoHash }: KnownTorrent): string {
	const trackers = metainfo.tiers.flat().filter(url => maskUrl(url) === url)
	return formatMagnet({ infoHash, name: metainfo.name, trackers })
}

/** A line of `info`. */
export function row(label: string, value: string): string {
	return `${label.padEnd(13)}${value}`
}

function isoTime(seconds: number): string | null {
	const date = new Date(seconds * 1000)
	return Number.isNaN(date.getTime()) ? null : date.toISOString()
}
