// Puts one torrent together: metainfo, lock, files, state of the last run, core, driver, listener, trackers.
import {
	type Bitfield,
	bitfieldToWire,
	createBitfield,
	forEachPiece,
	setPiece,
} from '../protocol/bitfield.ts'
import { toHex } from '../protocol/bytes.ts'
import { type InfoHash, toInfoHash, toTrackerNumber } from '../protocol/ids.ts'
import { type Metainfo, parseMetainfoSteps } from '../protocol/metainfo.ts'
import { safeText } from '../protocol/safe-text.ts'
import type { Tap } from '../inspect/tap.ts'
import type { TorrentEvent } from '../torrent/boundary.ts'
import type { Content } from '../torrent/content.ts'
import { Torrent } from '../torrent/torrent.ts'
import type { TorrentOptions } from './api.ts'
import { shareDescriptors } from './descriptors.ts'
import { Driver } from './driver.ts'
import type { DatagramSocket, Environment } from './environment.ts'
import { FileStorage } from './file-storage.ts'
import { clientLabel, createPeerId } from './identity.ts'
import { inSlices } from './in-slices.ts'
import { acquireLock, type Lock } from './lock.ts'
import { NetworkWatch } from './network-watch.ts'
import { largestPieceInMemory, PiecePool } from './piece-pool.ts'
import { Reception } from './reception.ts'
import { listenRefusal, Refusal } from './refusal.ts'
import { Resume, type Resumed } from './resume.ts'
import { safePathSteps } from './safe-path.ts'
import type { SliceFile } from './slices.ts'
import { refuseMissing, refuseObstacles, refuseStrangers } from './strangers.ts'
import { tapTracker } from './tap-tracker.ts'
import { createTrackerClient, type TrackerClient } from './tracker-client.ts'
import { unlessAborted } from './unless-aborted.ts'
import { Verifier } from './verifier.ts'
import { version } from './version.ts'

/** Memory for open pieces: 32 MiB keep twenty peers busy. */
const poolBytes = 32 << 20
const fewestOpenPieces = 4
const mostOpenPieces = 1024

export type OpenOptions = {
	readonly options: TorrentOptions
	readonly environment: Environment
	readonly signal: AbortSignal
	readonly report: (event: TorrentEvent) => void
	/** While somebody watches the wire. */
	readonly tap: () => Tap | undefined
	readonly onHandled: () => void
	readonly onFault: (error: unknown) => void
}

export type OpenTorrent = {
	readonly torrent: Torrent
	readonly driver: Driver
	readonly trackerUrls: readonly string[]
	readonly sliceFiles: readonly SliceFile[]
	/** Takes the port, so that one in use is told before hours of checking. Rejects with a Refusal. */
	listen(): Promise<void>
	/** Looks at what is on disk, as far as the last run's state leaves doubts. Rejects with a Refusal, or when aborted. */
	check(all: boolean): Promise<void>
	/** Starts; after `listen` and `check`. */
	begin(): void
	/** Saves the state and closes everything. */
	close(): Promise<void>
}

/** Everything ready but not running. Throws a Refusal or a ProtocolError of the metainfo. */
export async function openTorrent(given: OpenOptions): Promise<OpenTorrent> {
	const { options, environment } = given
	const metainfo = await inSlices(parseMetainfoSteps(options.torrent), given)
	const infoHash = toInfoHash(environment.hasher.sha1(metainfo.infoBytes))
	checkChosen(options, metainfo)
	const paths = await inSlices(safePathSteps(metainfo, process.platform), given)
	const lock = await takeLock(given, infoHash)
	try {
		return await assemble({ ...given, metainfo, infoHash, paths, lock })
	} catch (error) {
		await lock.release()
		throw error
	}
}

type Parts = OpenOptions & {
	readonly metainfo: Metainfo
	readonly infoHash: InfoHash
	readonly paths: readonly (readonly string[])[]
	readonly lock: Lock
}

async function assemble(parts: Parts): Promise<OpenTorrent> {
	const { options, environment, metainfo, infoHash, lock } = parts
	const { geometry } = metainfo
	const shares = shareDescriptors(environment.descriptors)
	const chosen = options.only === undefined ? undefined : new Set(options.only)
	const layoutFiles = metainfo.files.map(({ lengthBytes, pad }, index) => ({
		path: parts.paths[index] ?? [],
		lengthBytes,
		pad,
	}))
	const files = new FileStorage({
		storage: environment.storage,
		clock: environment.clock,
		geometry,
		files: layoutFiles,
		directory: options.directory,
		chosen,
		partPath: `${options.stateDirectory}/${toHex(infoHash)}.parts`,
		mostOpenFiles: shares.files,
	})
	const prepared = await unlessAborted(parts.signal, files.prepare())
	if (!prepared.ok) throw new Refusal('disk', prepared.message)
	const links: { driver: Driver | undefined } = { driver: undefined }
	const resume = createResume(parts, files, links)
	const resumed = await resume.load()
	noteResumed(parts, resumed)
	const torrent = createTorrent(parts, resumed)
	const trackerUrls = metainfo.tiers.flat()
	const sockets: DatagramSocket[] = []
	const verifier = new Verifier({ hasher: environment.hasher, files, pieceHashes: metainfo.pieceHashes })
	const pool = new PiecePool({
		geometry,
		hasher: environment.hasher,
		spill: async (piece, spilled) => {
			const outcome = await files.writePiece(piece, spilled)
			// The pool counts these bytes as gone in the next turn.
			queueMicrotask(() => links.driver?.diskMoved())
			return outcome
		},
		capacityBytes: poolBytes,
		idleBytes: poolBytes / 2,
	})
	const check = async (pieces: Bitfield, trusted: Bitfield): Promise<void> => {
		const found = await verifier.check({
			pieces,
			signal: parts.signal,
			onProgress: fraction => driver.feed({ type: 'CheckProgressed', fraction }),
			onUnreadable: failure =>
				parts.report({ type: 'note', code: 'unreadable', text: safeText(failure.message) }),
		})
		const have = createBitfield(geometry.pieceCount)
		for (const known of [trusted, found]) forEachPiece(known, piece => setPiece(have, piece))
		if (resumed.isFirst && !options.recheck && have.count === 0) refuseStrangers(files, parts)
		driver.feed({ type: 'DataChecked', have: bitfieldToWire(have) })
		resume.begin(have)
	}
	const checkAll = async (): Promise<void> => {
		// What is there now, not what the last checkpoint saw.
		const looked = await unlessAborted(parts.signal, files.prepare())
		if (!looked.ok) throw new Refusal('disk', looked.message)
		await check(files.checkable(), createBitfield(geometry.pieceCount))
	}
	let rechecking = Promise.resolve()
	const driver = new Driver({
		environment,
		torrent,
		pool,
		files,
		verifier,
		resume,
		trackers: trackerClient(parts, sockets),
		trackerUrls,
		announceKey: environment.random.uint32(),
		peerId: torrent.core.options.peerId,
		bind: options.bind,
		report: parts.report,
		checkData: () => {
			rechecking = checkAll()
				.then(() => driver.feed({ type: 'Started', listeningPort: reception.port }))
				.catch((error: unknown) => {
					if (!parts.signal.aborted) parts.onFault(error)
				})
		},
		onHandled: () => {
			watch.poke()
			parts.onHandled()
		},
		onFault: parts.onFault,
	})
	links.driver = driver
	const watch = new NetworkWatch({ environment, core: torrent.core, driver })
	const reception = new Reception({
		transport: environment.transport,
		clock: environment.clock,
		bind: options.bind,
		port: options.port,
		portIsFixed: options.portIsFixed,
		mostStrangers: shares.strangers,
		route: (wanted, link) => {
			if (toHex(wanted) !== toHex(infoHash)) return undefined
			driver.adopt(link)
			return driver
		},
	})
	return {
		torrent,
		driver,
		trackerUrls,
		sliceFiles: metainfo.files.map((file, index) => ({
			...file,
			path: parts.paths[index] ?? [],
			wanted: chosen?.has(index) ?? true,
		})),
		listen: async () => {
			const port = await reception.open()
			if (!port.ok) throw listenRefusal(options, port.code)
			await bindUdp(parts, sockets, port.value)
		},
		check: async all => {
			if (!all) refuseMissing(resumed.missingFiles, parts)
			await refuseObstacles(environment.storage, metainfo, parts)
			await (all ? checkAll() : check(resumed.toCheck, resumed.trusted))
		},
		begin: () => {
			driver.feed({ type: 'AddressesFound', addresses: resumed.peers, source: 'resume' })
			driver.feed({ type: 'AddressesFound', addresses: options.peers, source: 'user' })
			driver.feed({ type: 'Started', listeningPort: reception.port })
		},
		close: async () => {
			watch.end()
			await driver.dispose()
			await rechecking
			await Promise.all([reception.close(), ...sockets.map(socket => socket.close())])
			await resume.close()
			await files.close()
			await lock.release()
		},
	}
}

function createTorrent({ options, environment, metainfo, infoHash }: Parts, resumed: Resumed): Torrent {
	let next = 0
	const tiers = metainfo.tiers.map(tier => tier.map(() => toTrackerNumber(next++)))
	return new Torrent(
		{
			infoHash,
			infoHashHex: toHex(infoHash),
			nameHint: safeText(metainfo.name),
			content: contentOf(metainfo, options.only),
			tiers,
			announceAll: options.announceAll,
			minimumIntervalS: options.minimumIntervalS,
			peerId: createPeerId(environment.random),
			flags: { extended: true, fast: true, dht: false, v2: false },
			client: clientLabel,
			maxPeers: Math.min(options.maxPeers, shareDescriptors(environment.descriptors).peers),
			maxDownBytesPerSecond: options.maxDownBytesPerSecond,
			maxUpBytesPerSecond: options.maxUpBytesPerSecond,
			sequential: options.sequential,
			randomSeed: options.randomSeed ?? environment.random.uint32(),
			startedAt: environment.clock.now(),
			clockSpeed: options.clockSpeed,
			uploadedBefore: resumed.uploadedBytes,
			downloadedBefore: resumed.downloadedBytes,
		},
		bytes => environment.hasher.sha1(bytes),
	)
}

function contentOf(metainfo: Metainfo, only: readonly number[] | undefined): Content {
	const { geometry } = metainfo
	return {
		name: safeText(metainfo.name),
		infoBytes: metainfo.infoBytes,
		geometry,
		wanted: wantedPieces(metainfo, only),
		private: metainfo.private,
		maxOpenPieces: Math.min(
			mostOpenPieces,
			Math.max(fewestOpenPieces, Math.floor(poolBytes / geometry.pieceLength)),
		),
		piecesInMemory: geometry.pieceLength <= largestPieceInMemory,
	}
}

function createResume(
	parts: Parts,
	files: FileStorage,
	links: { readonly driver: Driver | undefined },
): Resume {
	const { options, environment, infoHash, report } = parts
	return new Resume({
		storage: environment.storage,
		clock: environment.clock,
		hasher: environment.hasher,
		files,
		infoHash,
		torrent: options.torrent,
		stateDirectory: options.stateDirectory,
		directory: options.directory,
		facts: () => links.driver?.facts() ?? { uploadedBytes: 0, downloadedBytes: 0, peers: [] },
		onStateFailure: failure => {
			if (failure !== undefined)
				report({ type: 'note', code: 'state-not-saved', text: safeText(failure.message) })
		},
		onSyncFailure: failure => links.driver?.feed({ type: 'DiskFailed', error: failure.code }),
	})
}

function noteResumed({ report }: Parts, resumed: Resumed): void {
	for (const note of resumed.notes) report({ type: 'note', code: note.code, text: safeText(note.text) })
}

function trackerClient(
	{ environment, options, tap }: Parts,
	sockets: readonly DatagramSocket[],
): TrackerClient {
	return createTrackerClient({
		clock: environment.clock,
		random: environment.random,
		resolver: environment.resolver,
		version,
		bind: options.bind,
		udpSocket: family => sockets[family === 4 ? 0 : 1],
		onExchange: traffic => tapTracker(tap(), traffic),
	})
}

// The peer port where it is free, any other otherwise: for a client of trackers each is as good.
async function bindUdp(
	{ environment, options }: Parts,
	sockets: DatagramSocket[],
	port: number,
): Promise<void> {
	const hosts = options.bind === undefined ? ['0.0.0.0', '::'] : [options.bind]
	for (const host of hosts) {
		const first = await environment.datagrams.bind(host, port)
		const bound = first.ok ? first : await environment.datagrams.bind(host, 0)
		if (bound.ok) sockets[host.includes(':') ? 1 : 0] = bound.value
	}
}

async function takeLock({ options, environment }: OpenOptions, infoHash: InfoHash): Promise<Lock> {
	const lock = await acquireLock({
		storage: environment.storage,
		processes: environment.processes,
		stateDirectory: options.stateDirectory,
		infoHash,
	})
	if (lock.ok) return lock.value
	if (lock.code === 'locked') throw new Refusal('locked', lock.message.replace(/^locked: /u, ''))
	throw new Refusal('disk', `cannot write into ${options.stateDirectory}: ${lock.code}`)
}

function wantedPieces({ geometry, files }: Metainfo, only: readonly number[] | undefined): Uint8Array {
	if (only === undefined) return new Uint8Array(geometry.pieceCount).fill(1)
	const wanted = new Uint8Array(geometry.pieceCount)
	for (const index of only) {
		const file = files[index]
		if (file === undefined || file.lengthBytes === 0) continue
		const first = Math.floor(file.offsetBytes / geometry.pieceLength)
		const last = Math.floor((file.offsetBytes + file.lengthBytes - 1) / geometry.pieceLength)
		wanted.fill(1, first, last + 1)
	}
	return wanted
}

function checkChosen({ only }: TorrentOptions, { files }: Metainfo): void {
	const wrong = only?.find(index => index >= files.length || files[index]?.pad === true)
	if (wrong !== undefined)
		throw new Refusal('usage', `--only: expected files from 0 to ${files.length - 1}, got ${wrong}`)
}
