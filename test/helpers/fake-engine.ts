// An engine without a network: slices of a swarm that moves plausibly, drawn from a seed, one step a tick.
// Panes are tested on it, and it drives the screen tools.
import type { Command, Engine, Update } from '../../source/engine/api.ts'
import { toPeerNumber, toPieceIndex } from '../../source/protocol/ids.ts'
import { safeText } from '../../source/protocol/safe-text.ts'
import type { DownloadReason, UploadReason } from '../../source/torrent/reasons.ts'
import {
	type MetadataView,
	type PeerView,
	pieceStates,
	type Slices,
	type WireRow,
} from '../../source/torrent/snapshot.ts'
import { fakeDht } from './dht-slice.ts'

export type FakeOptions = {
	readonly peers: number
	readonly pieces?: number
	readonly seed?: number
	readonly name?: string
	/** Of a magnet link whose content is unknown. */
	readonly metadata?: MetadataView
	readonly clients?: readonly string[]
	readonly files?: number
}

export type FakeEngine = Engine & {
	/** Lets `ms` pass and posts what moved. */
	tick(ms: number): void
	/** Posts an update as it is. */
	post(update: Update): void
	/** What was sent, oldest first. */
	readonly commands: Command[]
	readonly slices: () => Slices
}

const clients = [
	'Transmission 4.0.6',
	'libtorrent 2.0.9',
	'qBittorrent 4.6.2',
	'µTorrent 3.5.5',
	'Deluge 2.1.1',
	'rTorrent 0.9.8',
	'Fake 1.0',
]
const pieceLength = 262_144

/** A small seeded generator: a number in [0, 1). */
function createChance(seed: number): () => number {
	let state = seed >>> 0
	return () => {
		state = (state + 0x6d2b79f5) >>> 0
		let mixed = Math.imul(state ^ (state >>> 15), state | 1)
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
	}
}

export function createFakeEngine(options: FakeOptions): FakeEngine {
	const chance = createChance(options.seed ?? 1)
	const pieceCount = options.pieces ?? 2636
	const names = options.clients ?? clients
	let listener: ((update: Update) => void) | undefined
	let queued: Update[] = []
	const commands: Command[] = []
	let now = 1000
	let sequence = 0
	let have = Math.floor(pieceCount * 0.2)
	let watch: Extract<Command, { type: 'watch' }> | undefined
	const states = new Uint8Array(pieceCount)
	const availability = new Uint16Array(pieceCount)
	for (let piece = 0; piece < pieceCount; piece += 1) {
		const done = chance() < (piece < pieceCount / 3 ? 0.55 : 0.05)
		states[piece] = done ? pieceStates.have : pieceStates.missing
		availability[piece] = piece % 97 === 5 ? piece % 3 : 3 + Math.floor(chance() ** 0.5 * 12)
	}
	have = states.filter(state => state === pieceStates.have).length
	let peers = Array.from({ length: options.peers }, (_, index) => withReason(createPeer(index)))
	let wire: WireRow[] = []
	const history: number[] = []
	const upHistory: number[] = []
	const flightHistory: number[] = []
	const addHistory = (down: number, up: number, inFlight: number) => {
		for (const [list, value] of [
			[history, down],
			[upHistory, up],
			[flightHistory, inFlight],
		] as const) {
			list.push(Math.round(value))
			if (list.length > 300) list.shift()
		}
	}
	const past = peers.reduce((sum, { downBytesPerSecond }) => sum + downBytesPerSecond, 0)
	for (let second = 0; second < 150; second += 1) {
		const wave = (0.6 + 0.3 * Math.sin(second / 9) + 0.1 * chance()) * Math.min(1, second / 30)
		addHistory(past * wave, past * 0.2 * (0.3 + wave * chance()), 300 * wave)
	}
	let paused = false

	function createPeer(index: number): PeerView {
		const choked = chance() < 0.4
		const host =
			chance() < 0.1
				? `2001:db8::${(index + 16).toString(16)}`
				: [82, index, Math.floor(chance() * 256), Math.floor(chance() * 255)]
						.map(part => part % 256)
						.join('.')
		return {
			peer: toPeerNumber(index * 2 + Number(chance() < 0.3)),
			host,
			port: 1024 + Math.floor(chance() * 60_000),
			client: safeText(names[Math.floor(chance() * names.length)] ?? ''),
			incoming: chance() < 0.3,
			source: 'tracker',
			phase: chance() < 0.06 ? 'dialling' : 'connected',
			connectedAt: now - Math.floor(chance() * 1000),
			amChoking: chance() < 0.7,
			amInterested: chance() < 0.85,
			peerChoking: choked,
			peerInterested: chance() < 0.6,
			snubbed: !choked && chance() < 0.08,
			optimistic: chance() < 0.05,
			fast: true,
			extended: true,
			encryption: undefined,
			opening: { code: 'encryption-off' },
			piecesHave: chance() < 0.3 ? pieceCount : Math.floor(chance() * pieceCount),
			seed: false,
			downBytesPerSecond: choked ? 0 : chance() ** 3 * 3_000_000,
			upBytesPerSecond: chance() < 0.3 ? chance() * 200_000 : 0,
			downloadedBytes: Math.floor(chance() * 1e8),
			uploadedBytes: Math.floor(chance() * 1e7),
			wastedBytes: 0,
			inFlight: choked ? 0 : Math.floor(chance() * 48),
			window: 16 + Math.floor(chance() * 48),
			roundTripMs: choked ? undefined : 20 + chance() * 300,
			oldestRequestAt: choked ? undefined : now - 40 - Math.floor(chance() * 900),
			uploadQueue: Math.floor(chance() * 6),
			lastMessageAt: now,
			hashFailures: 0,
			exchange: undefined,
			download: { at: now, reason: { code: 'not-interested' } },
			upload: { at: now, reason: uploadReason() },
			windowReason: { at: now, reason: { code: 'by-rate', bytesPerSecond: 1_200_000, roundTripMs: 38 } },
			lastPick: {
				at: now,
				piece: Math.floor(chance() * pieceCount),
				reason: { code: 'picked-rarest', copies: 1 + Math.floor(chance() * 5) },
			},
		}
	}
	function uploadReason(): UploadReason {
		const draw = chance()
		if (draw < 0.3) return { code: 'unchoked-by-rank', rank: 1 + Math.floor(chance() * 8), slots: 8 }
		if (draw < 0.4) return { code: 'unchoked-optimistically', waitedMs: 34_000 }
		if (draw < 0.7) return { code: 'choked-by-rank', rank: 9 + Math.floor(chance() * 30), slots: 8 }
		return { code: 'choked-not-interested' }
	}
	function downloadReason(peer: PeerView): DownloadReason {
		if (!peer.amInterested) return { code: 'not-interested' }
		if (peer.peerChoking) return { code: 'choked-by-peer', sinceAt: peer.connectedAt }
		if (peer.snubbed) return { code: 'snubbed', silentMs: now - peer.connectedAt }
		return {
			code: peer.inFlight >= peer.window ? 'window-full' : 'asking',
			inFlight: peer.inFlight,
			window: peer.window,
		}
	}
	function withReason(peer: PeerView): PeerView {
		return { ...peer, download: { at: now, reason: downloadReason(peer) } }
	}
	function movePeer(peer: PeerView): PeerView {
		if (chance() > 0.7 || paused) return peer
		const flows = peer.phase === 'connected' && !peer.peerChoking && peer.amInterested && !peer.snubbed
		const moved = {
			...peer,
			downBytesPerSecond: flows ? Math.max(0, peer.downBytesPerSecond * (0.95 + chance() * 0.1)) : 0,
			inFlight: flows ? Math.max(1, Math.min(peer.window, peer.inFlight + Math.floor(chance() * 7) - 3)) : 0,
			downloadedBytes: peer.downloadedBytes + (flows ? Math.floor(peer.downBytesPerSecond / 10) : 0),
			peerChoking: chance() < 0.002 ? !peer.peerChoking : peer.peerChoking,
		}
		return withReason(moved)
	}
	function moveWire(count: number): void {
		for (let index = 0; index < count; index += 1) {
			const peer = peers[Math.floor(chance() * peers.length)]
			if (peer === undefined) return
			const piece = toPieceIndex(Math.floor(chance() * pieceCount), pieceCount)
			const block = { piece, offset: Math.floor(chance() * 16) * 16_384, length: 16_384 }
			const draw = chance()
			sequence += 1
			const base = {
				sequence,
				at: now - (count - index) * 7,
				channel: 'peer',
				peer: peer.peer,
				host: peer.host,
				port: peer.port,
			} as const
			if (draw < 0.45)
				wire.push({
					...base,
					direction: 'in',
					message: { type: 'piece', ...block },
					latencyMs: 14 + chance() * 200,
					reason: undefined,
				})
			else if (draw < 0.9)
				wire.push({
					...base,
					direction: 'out',
					message: { type: 'request', ...block },
					latencyMs: undefined,
					reason: { code: 'picked-rarest', copies: 2 },
				})
			else
				wire.push({
					...base,
					direction: 'in',
					message: { type: 'have', piece },
					latencyMs: undefined,
					reason: undefined,
				})
		}
		wire = wire.slice(-1000)
	}
	function movePieces(): void {
		if (paused) return
		const open = [...states.entries()]
			.filter(([, state]) => state === pieceStates.open)
			.map(([piece]) => piece)
		const done = open[Math.floor(chance() * open.length)]
		if (done !== undefined && open.length >= 9) {
			states[done] = pieceStates.have
			have += 1
		}
		const next = Math.floor(chance() * pieceCount)
		if (states[next] === pieceStates.missing) states[next] = pieceStates.open
	}
	function slices(): Slices {
		const down = paused ? 0 : peers.reduce((sum, peer) => sum + peer.downBytesPerSecond, 0)
		const up = peers.reduce((sum, peer) => sum + peer.upBytesPerSecond, 0)
		const inFlight = peers.reduce((sum, peer) => sum + peer.inFlight, 0)
		const total = pieceCount * pieceLength
		const rows = wire.filter(row => watch?.wirePeer === undefined || row.peer === watch.wirePeer)
		return {
			summary: {
				at: now,
				startedAt: 1000,
				name: safeText(options.name ?? 'debian-12.8.0-amd64-netinst.iso'),
				infoHash: 'ab'.repeat(20),
				state: paused ? 'paused' : have >= pieceCount ? 'seeding' : 'downloading',
				problem: undefined,
				totalBytes: total,
				wantedBytes: total,
				completedBytes: have * pieceLength,
				pieceLength,
				pieceCount,
				piecesHave: have,
				piecesWanted: pieceCount,
				checkedFraction: undefined,
				metadata: options.metadata,
				downloadedBytes: have * pieceLength,
				uploadedBytes: 34_000_000,
				wastedBytes: 16_384,
				downBytesPerSecond: down,
				upBytesPerSecond: up,
				maxDownBytesPerSecond: undefined,
				maxUpBytesPerSecond: undefined,
				etaMs: down > 0 ? ((pieceCount - have) * pieceLength * 1000) / down : undefined,
				peersConnected: peers.length,
				peersKnown: peers.length * 3,
				peersBanned: 0,
				seedsConnected: 3,
				copies: 8.3,
				private: false,
				listeningPort: 6881,
				endgame: false,
				clockSpeed: 1,
				downHistory: history.slice(),
				upHistory: upHistory.slice(),
			},
			trackers: {
				at: now,
				trackers: [
					{
						tracker: 0,
						tier: 0,
						url: safeText('udp://tracker.example:6969'),
						status: 'working',
						event: undefined,
						seeders: 12,
						leechers: 40,
						downloads: 9,
						peersReceived: 50,
						lastAnnouncedAt: 1000,
						nextAnnounceAt: 1_633_000,
						roundTripMs: 34,
						failures: 0,
						message: undefined,
						reason: { code: 'interval', untilAt: 1_633_000 },
					},
					{
						tracker: 1,
						tier: 1,
						url: safeText('http://dead.example/announce'),
						status: 'failed',
						event: undefined,
						seeders: undefined,
						leechers: undefined,
						downloads: undefined,
						peersReceived: undefined,
						lastAnnouncedAt: undefined,
						nextAnnounceAt: 90_000,
						roundTripMs: undefined,
						failures: 2,
						message: safeText('timed out'),
						reason: { code: 'back-off', failures: 2, untilAt: 90_000 },
					},
				],
			},
			peers: { at: now, peers, dropped: [] },
			dht: fakeDht(now),
			pipeline: {
				at: now,
				inFlight,
				window: 256,
				oldestRequestAt: now - 412,
				openPieces: 9,
				openPiecesLimit: 64,
				hashing: 1,
				writing: 0,
				history: flightHistory.slice(),
			},
			pieces: {
				at: now,
				states: states.slice(),
				availability,
				open: [...states.entries()]
					.filter(([, state]) => state === pieceStates.open)
					.slice(0, 12)
					.map(([piece]) => ({
						piece,
						blockCount: 16,
						received: (piece + Math.floor(now / 400)) % 16,
						requested: piece % 4,
						reason: { code: 'picked-rarest', copies: (piece % 4) + 1 },
					})),
			},
			wire: { at: now, total: sequence, rows: rows.slice(-(watch?.wireRows ?? 20)) },
			files: {
				at: now,
				files: Array.from({ length: options.files ?? 1 }, (_, index) => ({
					index,
					path: safeText(`disc/part-${index}.bin`),
					bytes: 7_000_000 * (index + 1),
					offsetBytes: 3_500_000 * index * (index + 1),
					completedBytes: 3_000_000 * (index + 1),
					wanted: index % 5 !== 4,
				})),
			},
		}
	}
	function post(update: Update): void {
		if (listener === undefined) queued.push(update)
		else listener(update)
	}
	function postSlices(): void {
		const all = slices()
		const wanted = new Set(watch?.slices ?? Object.keys(all))
		post({
			type: 'snapshot',
			slices: Object.fromEntries(Object.entries(all).filter(([name]) => wanted.has(name))),
		})
	}
	return {
		commands,
		slices,
		post,
		send(command) {
			commands.push(command)
			if (command.type === 'watch') watch = command
			else if (command.type === 'pause') paused = true
			else if (command.type === 'resume') paused = false
			else if (command.type === 'stop') setTimeout(() => post({ type: 'stopped' }), 0)
		},
		listen(next) {
			listener = next
			const before = queued
			queued = []
			for (const update of before) next(update)
		},
		tick(ms) {
			now += ms
			peers = peers.map(movePeer)
			moveWire(paused ? 0 : 8)
			movePieces()
			const second = Math.floor(now / 1000) > Math.floor((now - ms) / 1000)
			if (second) {
				const sumOf = (of: (peer: PeerView) => number) => peers.reduce((sum, peer) => sum + of(peer), 0)
				addHistory(
					sumOf(peer => peer.downBytesPerSecond),
					sumOf(peer => peer.upBytesPerSecond),
					sumOf(peer => peer.inFlight),
				)
				const piece = toPieceIndex(have % pieceCount, pieceCount)
				post({
					type: 'events',
					events: [
						{
							at: now,
							wallTime: 1_763_800_000_000 + now,
							event: { type: 'pieceVerified', piece, piecesHave: have },
						},
					],
				})
			}
			postSlices()
		},
		terminate: () => Promise.resolve(),
	}
}
