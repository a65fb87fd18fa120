// What the interop tests and the benchmark ask of a client, whichever program it is. Every client runs on loopback
// addresses only unless a test says otherwise, without DHT, LSD, PEX, UPnP, NAT-PMP, uTP, encryption, IPv6 and update checks.
import type { Ending } from './client-process.ts'

interface RunOptions {
	readonly torrentFile: string
	/** A link to be given instead of the file: nothing else is known of the torrent. */
	readonly magnet?: string | undefined
	/** Hex; what some clients call the torrent by. */
	readonly infoHash: string
	/** Folder of the content: it lies (or will lie) at `contentDir/<name of the torrent>`. */
	readonly contentDir: string
	/** Folder for configuration, session and log; made and removed by the caller. */
	readonly stateDir: string
	readonly port: number
	/** `host:port` of the peers to dial. */
	readonly peers?: readonly string[]
	readonly uploadBytesPerSecond?: number
	readonly downloadBytesPerSecond?: number
	/** Announce URLs to use instead of those of the torrent and of `peers`. */
	readonly trackers?: readonly string[]
	/** Where it listens and dials from; 127.0.0.1 unless told. */
	readonly address?: string
	/** Ways of finding peers that are on; none unless told. */
	readonly finds?: readonly ('pex' | 'lsd' | 'dht')[]
	/** `host:port` of nodes to begin with, where the DHT is on. */
	readonly routers?: readonly string[]
	/**
	 * `plain` and `rc4`: an encrypted handshake is required, and the stream goes on like this where the client lets
	 * one choose. `any`: whatever the other side wants. Unless told `off`, and in this program its default.
	 */
	readonly encryption?: 'off' | 'any' | 'plain' | 'rc4'
	/** Told by this program alone: how the stream of a new connection goes on behind an encrypted handshake. */
	readonly onConnected?: (encryption: string | undefined) => void
	/** Words put before the client's command; they hand signals on. */
	readonly wrapper?: readonly string[]
}

export interface SeedOptions extends RunOptions {
	/** Believe that the content is complete, where the client can be told so. */
	readonly skipCheck?: boolean
}

export type LeechOptions = RunOptions

/** A running client. */
export interface Running {
	readonly port: number
	readonly pid: number
	/** Ends the client the way a user would, and resolves when it is gone. */
	stop(): Promise<Ending>
}

export interface Leech extends Running {
	/**
	 * Resolves when the client says it has everything (those that end by themselves: when they have ended); rejects
	 * with its log when it ends or stalls before.
	 */
	readonly done: Promise<void>
}

export interface Client {
	readonly name: string
	/** The program, or the file, whose presence means that the client can run here. */
	readonly program: string
	/** What to install on Debian when it is missing. */
	readonly debianPackage: string
	/** Whether it dials loopback peers itself; otherwise the other side has to. */
	readonly dialsLoopback: boolean
	version(): string
	/** Resolves when all content is checked and the port listens. */
	startSeed(options: SeedOptions): Promise<Running>
	startLeech(options: LeechOptions): Promise<Leech>
}

/** How long a client may take to come up, and how long a download of a test may take. */
export const startDeadlineMs = 40_000
export const downloadDeadlineMs = 150_000
