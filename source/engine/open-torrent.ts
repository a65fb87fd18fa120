// Puts one torrent together: what it is known by, lock, core, driver, listener, trackers, and its content as
// soon as that is known: at once from a .torrent file, later from peers where there is a magnet link (BEP 9).

import type { Tap } from '../inspect/tap.ts'
import { toHex } from '../protocol/bytes.ts'
import { type InfoHash, toTrackerNumber } from '../protocol/ids.ts'
import { safeText } from '../protocol/safe-text.ts'
import type { TorrentEvent } from '../torrent/boundary.ts'
import { portForStrangers } from '../torrent/private-torrent.ts'
import { Torrent } from '../torrent/torrent.ts'
import type { TorrentOptions } from './api.ts'
import { shareDescriptors } from './descriptors.ts'
import { Driver } from './driver.ts'
import type { DatagramSocket, Environment } from './environment.ts'
import { clientLabel, createPeerId } from './identity.ts'
import { fileOfMetadata, type KnownTorrent, knownTorrent, type MetainfoFile } from './known-torrent.ts'
import { LocalDiscovery } from './local-discovery.ts'
import { acquireLock, type Lock } from './lock.ts'
import { NetworkWatch } from './network-watch.ts'
import { type OpenContent, openContent } from './open-content.ts'
import { Reception } from './reception.ts'
import { listenRefusal, Refusal } from './refusal.ts'
import type { SliceFile } from './slices.ts'
import type { EncryptionTools } from './stream-opening.ts'
import { tapTracker } from './tap-tracker.ts'
import { TorrentDht } from './torrent-dht.ts'
import { createTrackerClient, type TrackerClient } from './tracker-client.ts'
import { awayMs } from './turned-away.ts'
import { version } from './version.ts'

export type OpenOptions = {
	readonly options: TorrentOptions
	readonly environment: Environment
	readonly signal: AbortSignal
	readonly report: (event: TorrentEvent) => void
	/** Of a link whose metadata alone is wanted. */
	readonly onMetainfo: (bytes: Uint8Array) => void
	/** While somebody watches the wire. */
	readonly tap: () => Tap | undefined
	readonly onHandled: () => void
	readonly onFault: (error: unknown) => void
}

export type OpenTorrent = {
	readonly torrent: Torrent
	readonly driver: Driver
	readonly trackerUrls: readonly string[]
	readonly dht: Pick<TorrentDht, 'version' | 'slice'>
	/** None while the content is unknown. */
	sliceFiles(): readonly SliceFile[]
	/** Takes the port, so that one in use is told before hours of checking. Rejects with a Refusal. */
	listen(): Promise<void>
	/**
	 * Looks at what is on disk, as far as the last run's state leaves doubts. Rejects with a Refusal, or when
	 * aborted.
	 */
	check(all: boolean): Promise<void>
	/** Starts; after `listen` and `check`. */
	begin(): void
	/** Saves the state and closes everything. */
	close(): Promise<void>
}

/** Everything ready but not running. Throws a Refusal or a ProtocolError of the metainfo. */
export async function openTorrent(given: OpenOptions): Promise<OpenTorrent> {
	const known = await knownTorrent(given)
	const lock = await takeLock(given, known.infoHash)
	try {
		return await assemble({ ...given, known, lock })
	} catch (error) {
		await lock.release()
		throw error
	}
}

type Parts = OpenOptions & {
	readonly known: KnownTorrent
	readonly lock: Lock
}

async function assemble(parts: Parts): Promise<OpenTorrent> {
	const { options, environment, known, lock } = parts
	const shares = shareDescriptors(environment.descriptors)
	const links: { driver: Driver | undefined } = { driver: undefined }
	const open = (file: MetainfoFile): Promise<OpenContent> =>
		openContent({
			...parts,
			file,
			feed: input => links.driver?.feed(input),
			diskMoved: () => links.driver?.diskMoved(),
			facts: () => links.driver?.facts() ?? { uploadedBytes: 0, downloadedBytes: 0, peers: [] },
		})
	let content = known.file === undefined ? undefined : await open(known.file)
	const torrent = createTorrent(parts, content)
	const trackerUrls = known.tiers.flat()
	const sockets: DatagramSocket[] = []
	/** What goes on beside the driver, and has to end before what it works on is closed. */
	let working = Promise.resolve()
	const inBackground = (work: () => Promise<void>) => {
		working = work().catch((error: unknown) => {
			if (!parts.signal.aborted) parts.onFault(error)
		})
	}
	const acceptMetadata = async (bytes: Uint8Array): Promise<void> => {
		const file = await fileOfMetadata(bytes, known, parts)
		if (file === undefined) {
			driver.feed({ type: 'MetadataRejected' })
			return
		}
		if (options.metadataOnly === true) {
			parts.onMetainfo(file.bytes)
			return
		}
		const opened = await open(file)
		content = opened
		parts.signal.throwIfAborted()
		driver.bindContent(opened.parts)
		driver.feed({ type: 'ContentKnown', content: opened.content })
		await opened.check(options.recheck)
		driver.feed({ type: 'AddressesFound', addresses: opened.resumed.peers, source: 'resume' })
		driver.feed({ type: 'Started', listeningPort: reception.port })
	}
	const driver = new Driver({
		environment,
		torrent,
		content: content?.parts,
		trackers: trackerClient(parts, sockets),
		trackerUrls,
		announceKey: environment.random.uint32(),
		peerId: torrent.core.options.peerId,
		bind: options.bind,
		encryption: encryptionTools(parts),
		report: parts.report,
		checkData: () =>
			inBackground(async () => {
				await content?.check(true)
				driver.feed({ type: 'Started', listeningPort: reception.port })
			}),
		nameDhtNode: address => dht.nodeNamed(address),
		checkMetadata: bytes => inBackground(() => acceptMetadata(bytes)),
		onHandled: () => {
			watch.poke()
			neighbours.poke()
			dht.poke()
			parts.onHandled()
		},
		onFault: parts.onFault,
	})
	links.driver = driver
	const watch = new NetworkWatch({
		environment,
		core: torrent.core,
		driver: {
			linkOf: peer => driver.linkOf(peer),
			feed: input => {
				driver.feed(input)
				if (input.type === 'NetworkReturned') dht.networkReturned()
			},
		},
	})
	const dht = new TorrentDht({
		environment,
		settings: options.dht,
		stateDirectory: options.stateDirectory,
		core: torrent.core,
		nodes: known.file?.metainfo.nodes ?? [],
		sockets,
		feed: input => driver.feed(input),
		tap: parts.tap,
		onMoved: parts.onHandled,
	})
	const neighbours = new LocalDiscovery({
		environment,
		infoHash: known.infoHash,
		bind: options.bind,
		port: () => (options.localDiscovery === true ? portForStrangers(torrent.core) : undefined),
		onPeer: address => driver.feed({ type: 'AddressesFound', addresses: [address], source: 'lsd' }),
		tap: parts.tap,
	})
	const reception = new Reception({
		transport: environment.transport,
		clock: environment.clock,
		bind: options.bind,
		port: options.port,
		portIsFixed: options.portIsFixed,
		mostStrangers: shares.strangers,
		encryption: encryptionTools(parts),
		infoHashes: () => [known.infoHash],
		onTurnedAway: (host, others) => {
			const more = others === 0 ? '' : `, and ${others} more before`
			const text = `${host} broke the rules again: not let in for ${awayMs / 1000} s${more}`
			parts.report({ type: 'note', code: 'turned-away', text: safeText(text) })
		},
		route: (wanted, link) => {
			if (toHex(wanted) !== toHex(known.infoHash)) return undefined
			driver.adopt(link)
			return driver
		},
	})
	return {
		torrent,
		driver,
		trackerUrls,
		sliceFiles: () => content?.sliceFiles ?? [],
		listen: async () => {
			const port = await reception.open()
			if (!port.ok) throw listenRefusal(options, port.code)
			await bindUdp(parts, sockets, port.value)
		},
		dht,
		check: async all => await content?.check(all),
		begin: () => {
			driver.feed({ type: 'AddressesFound', addresses: content?.resumed.peers ?? [], source: 'resume' })
			driver.feed({ type: 'AddressesFound', addresses: options.peers, source: 'user' })
			driver.feed({ type: 'AddressesFound', addresses: known.magnet?.peers ?? [], source: 'magnet' })
			driver.feed({ type: 'Started', listeningPort: reception.port })
			dht.start().catch(parts.onFault)
		},
		close: async () => {
			watch.end()
			await Promise.all([neighbours.end(), dht.end()])
			await driver.dispose()
			await working
			await Promise.all([reception.close(), ...sockets.map(socket => socket.close())])
			await content?.close()
			await lock.release()
		},
	}
}

function createTorrent({ options, environment, known }: Parts, opened: OpenContent | undefined): Torrent {
	const { infoHash, magnet } = known
	let next = 0
	return new Torrent(
		{
			infoHash,
			infoHashHex: toHex(infoHash),
			nameHint: magnet?.name ?? safeText(toHex(infoHash)),
			content: opened?.content,
			tiers: known.tiers.map(tier => tier.map(() => toTrackerNumber(next++))),
			announceAll: options.announceAll,
			minimumIntervalS: options.minimumIntervalS,
			peerId: createPeerId(environment.random),
			flags: { extended: true, fast: true, dht: options.dht !== undefined, v2: false },
			client: clientLabel,
			encryption: options.encryption,
			maxPeers: Math.min(options.maxPeers, shareDescriptors(environment.descriptors).peers),
			maxDownBytesPerSecond: options.maxDownBytesPerSecond,
			maxUpBytesPerSecond: options.maxUpBytesPerSecond,
			sequential: options.sequential,
			peerExchange: options.peerExchange ?? true,
			randomSeed: options.randomSeed ?? environment.random.uint32(),
			startedAt: environment.clock.now(),
			clockSpeed: options.clockSpeed,
			uploadedBefore: opened?.resumed.uploadedBytes ?? 0,
			downloadedBefore: opened?.resumed.downloadedBytes ?? 0,
		},
		bytes => environment.hasher.sha1(bytes),
	)
}

function encryptionTools({ options, environment }: Parts): EncryptionTools | undefined {
	const policy = options.encryption ?? 'off'
	const { random, hasher } = environment
	return policy === 'off' ? undefined : { policy, random, sha1: bytes => hasher.sha1(bytes) }
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
