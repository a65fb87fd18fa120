// Every seam between the engine and the world, in one file. The engine reaches clocks, chance, sockets,
// names, disks and threads through these alone; a fault is injected by a wrapper around one of them.
import type { Address } from '../protocol/address.ts'

/** Monotonic time in ms. Timers belong to whoever starts them and end with `cancel`. */
export type Clock = {
	now(): number
	/** Milliseconds since 1970, for what people read in files; never for deciding. */
	wallTime(): number
	/** Calls once after `delayMs`; returns what cancels it. */
	after(delayMs: number, callback: () => void): () => void
	/** Scenario time against real time; 1 outside the practice swarm. */
	readonly speed: number
	/** How long this thread's loop has had nothing to do so far, in ms of the machine; left out where nobody knows. */
	readonly idleMs?: () => number
}

/** Cryptographic chance: ids, keys, transaction ids. */
export type RandomSource = { bytes(length: number): Uint8Array<ArrayBuffer>; uint32(): number }

/** What a connection tells its owner. After `onClose` nothing more is called. */
export type ConnectionHandler = {
	/** Bytes that came; the view is dead after the call returns. */
	onData(bytes: Uint8Array): void
	/** What was queued has gone to the system. */
	onDrain(): void
	/** Exactly once. `error` is a code such as ECONNRESET, undefined for a clean end. */
	onClose(error: string | undefined): void
}

/** One TCP connection. */
export type Connection = {
	readonly remote: Address
	readonly local: Address | undefined
	/** Takes ownership of `bytes`; returns whether the caller may go on without waiting for `onDrain`. */
	write(bytes: Uint8Array): boolean
	/** Bytes accepted by `write` that the system has not taken yet. */
	readonly queuedBytes: number
	pause(): void
	resume(): void
	/** Ends at once; `onClose` follows. */
	destroy(): void
}

export type Listener = { readonly port: number; close(): Promise<void> }

export type ListenOptions = {
	readonly host: string | undefined
	readonly port: number
	/** Whether a connection from this host is looked at; others are reset before anything is made for them. */
	readonly admits?: (host: string) => boolean
	/** Called for each accepted connection, which is paused until the handler is returned. */
	readonly onConnection: (connection: Connection) => ConnectionHandler | undefined
}

export type DialOptions = {
	readonly address: Address
	readonly bind: string | undefined
	readonly timeoutMs: number
	readonly signal: AbortSignal
}

/** A failure of the world: a stable system code (ENOSPC, ECONNREFUSED …) and a sentence. */
export type WorldFailure = { readonly ok: false; readonly code: string; readonly message: string }
export type Outcome<Value> = { readonly ok: true; readonly value: Value } | WorldFailure

export type Transport = {
	/** The first of `ports` that is free. */
	listen(options: ListenOptions): Promise<Outcome<Listener>>
	dial(
		options: DialOptions,
		handlerFor: (connection: Connection) => ConnectionHandler,
	): Promise<Outcome<Connection>>
}

/** One UDP socket a family, shared by whoever speaks UDP. */
export type DatagramSocket = {
	readonly port: number
	/** `onFailure` hears a system error by its code, at once or later; no word is no promise that it arrives. */
	send(bytes: Uint8Array, to: Address, onFailure?: (code: string) => void): void
	/** Each datagram goes to all subscribers until one returns true. */
	subscribe(handler: (bytes: Uint8Array, from: Address) => boolean): () => void
	close(): Promise<void>
}
export type Datagrams = { bind(host: string, port: number): Promise<Outcome<DatagramSocket>> }

/** Membership in a multicast group, over every interface that has an address of the group's family. */
export type MulticastSocket = {
	/** Sends to the group over each interface; what cannot be sent is lost. */
	send(bytes: Uint8Array): void
	close(): Promise<void>
}
export type MulticastOptions = {
	readonly group: Address
	/** Only the interface with this address; undefined: all but loopback. */
	readonly bind: string | undefined
	/** Routers that a datagram may pass. */
	readonly hops: number
	/** Datagrams to the group, our own included; the view is dead after the call returns. */
	readonly onDatagram: (bytes: Uint8Array, from: Address) => void
}
export type Multicast = { join(options: MulticastOptions): Promise<Outcome<MulticastSocket>> }

export type Resolver = { resolve(host: string, signal: AbortSignal): Promise<Outcome<readonly string[]>> }

/** What identifies the content of a file between runs. `mtimeNs` as decimal text, exact. */
export type FileStat = {
	readonly sizeBytes: number
	readonly mtimeNs: string
	readonly inode: string
	readonly links: number
	/** What it takes on disk: less than its size where it has holes. */
	readonly allocatedBytes: number
	readonly kind: 'file' | 'directory' | 'symlink' | 'other'
}

/** An open file. Synchronous calls return counts as the system does: short counts are possible. They throw the system's errors. */
export type FileHandle = {
	readSync(target: Uint8Array, position: number): number
	readvSync(targets: readonly Uint8Array[], position: number): number
	writeSync(bytes: Uint8Array, position: number): number
	read(target: Uint8Array, position: number): Promise<number>
	readv(targets: readonly Uint8Array[], position: number): Promise<number>
	write(bytes: Uint8Array, position: number): Promise<number>
	/**
	 * Writes these one after the other, as `write` does, but past the page cache, for bytes that `isAligned`
	 * (aligned-memory.ts) allows; absent where the system has no such thing. Rejects with EINVAL or EOPNOTSUPP where
	 * the file system has none.
	 */
	readonly writeDirect?: (parts: readonly Uint8Array[], position: number) => Promise<number>
	/** fdatasync. */
	sync(): Promise<void>
	stat(): Promise<FileStat>
	truncate(lengthBytes: number): Promise<void>
	close(): Promise<void>
}

/** Who may see what is created: this user alone, or whoever the user's umask allows (the default). */
export type Access = 'private' | 'shared'

/** The disk. Rejections are the system's errors with their `code`. */
export type Storage = {
	/**
	 * Never follows a symlink in the last element. `write` creates the file when it is not there, `create`
	 * fails with EEXIST when it is. Nothing is ever cut short by opening.
	 */
	open(path: string, mode: 'read' | 'write' | 'create', access?: Access): Promise<FileHandle>
	/** Of the link itself where it is one; undefined where there is nothing. */
	stat(path: string): Promise<FileStat | undefined>
	realpath(path: string): Promise<string>
	/** One directory below one that exists; no error when it is there. */
	makeDirectory(path: string, access?: Access): Promise<void>
	/** Undefined where there is no file; fails with EFBIG over the limit. */
	readFile(path: string, limitBytes: number): Promise<Uint8Array | undefined>
	/**
	 * A new file, mode 0600; fails with EEXIST where there is something. Nobody sees it without its bytes where the
	 * file system has hard links. Not synced.
	 */
	createFile(path: string, bytes: Uint8Array): Promise<void>
	/** Write beside, fsync, rename, fsync of the directory; mode 0600. */
	replaceFile(path: string, bytes: Uint8Array): Promise<void>
	/** No error when there is no such file. */
	unlink(path: string): Promise<void>
	/** Names in a directory, in no order; none where there is no directory. */
	list(path: string): Promise<readonly string[]>
}

export type IncrementalHash = { update(bytes: Uint8Array): void; digest(): Uint8Array }
export type Hasher = { sha1(bytes: Uint8Array): Uint8Array; startSha1(): IncrementalHash }

/** The processes of this machine. */
export type ProcessTable = {
	readonly pid: number
	/** When that process started, in any form that is the same each time; undefined when there is none. */
	startOf(pid: number): Promise<string | undefined>
}

/** The nets that this machine is in. */
export type Network = {
	/** Its addresses but for loopback; none while it is cut off. Cheap enough to be asked every few seconds. */
	addresses(): readonly string[]
	/** How long the machine has slept so far, in ms, where that can be known: its clock stands still meanwhile. */
	sleptMs(): number
}

export type Environment = {
	/** Files and sockets that this process may hold; undefined: enough, or nobody knows. */
	readonly descriptors?: number | undefined
	readonly clock: Clock
	readonly random: RandomSource
	readonly transport: Transport
	readonly datagrams: Datagrams
	/** undefined: there is no local net in this world. */
	readonly multicast?: Multicast
	readonly resolver: Resolver
	readonly storage: Storage
	readonly hasher: Hasher
	readonly processes: ProcessTable
	readonly network: Network
}
