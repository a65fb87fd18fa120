// A world in memory for whole engines: a disk that survives them, sockets that the test opens, trackers that never
// answer, time that stands still until it is moved.
import type {
	Connection,
	ConnectionHandler,
	Environment,
	Listener,
	ListenOptions,
	Outcome,
} from '../../source/engine/environment.ts'
import { createNodeHasher } from '../../source/engine/node-hasher.ts'
import { MemoryStorage } from '../../source/practice/memory-storage.ts'
import { ManualClock } from './manual-clock.ts'

export class MemoryEnvironment implements Environment {
	readonly clock = new ManualClock()
	readonly storage: MemoryStorage
	readonly hasher = createNodeHasher()
	/** Nobody runs on this machine but us. */
	readonly processes: Environment['processes'] = {
		pid: 4711,
		startOf: pid => Promise.resolve(pid === 4711 ? 'now' : undefined),
	}
	/** Under which this machine is in a network; none when it is cut off. */
	addresses: readonly string[] = ['192.0.2.1']
	sleptMs = 0
	readonly network: Environment['network'] = { addresses: () => this.addresses, sleptMs: () => this.sleptMs }
	readonly listeners = new Set<ListenOptions>()
	/** Instead of listening: a failure, or something that takes its time. */
	listening: ((options: ListenOptions) => Promise<Outcome<Listener>>) | undefined
	#drawn = 1

	constructor(storage?: MemoryStorage) {
		this.storage = storage ?? new MemoryStorage({ wallTime: () => this.clock.wallTime() })
	}

	readonly random = {
		bytes: (length: number) => new Uint8Array(length).fill((this.#drawn += 1)),
		uint32: () => (this.#drawn += 1),
	}

	readonly resolver: Environment['resolver'] = {
		resolve: () => Promise.resolve({ ok: false, code: 'ENOTFOUND', message: 'no names here' }),
	}

	readonly transport: Environment['transport'] = {
		listen: async options => (await this.listening?.(options)) ?? this.listen(options),
		dial: () => Promise.resolve({ ok: false, code: 'ECONNREFUSED', message: 'nobody there' }),
	}

	readonly datagrams: Environment['datagrams'] = {
		bind: (_host, port) =>
			Promise.resolve({
				ok: true,
				value: {
					port,
					send: () => undefined,
					subscribe: () => () => undefined,
					close: () => Promise.resolve(),
				},
			}),
	}

	listen(options: ListenOptions): Outcome<Listener> {
		this.listeners.add(options)
		const close = () => {
			this.listeners.delete(options)
			return Promise.resolve()
		}
		return { ok: true, value: { port: options.port, close } }
	}

	/** Somebody connects to us. */
	accept(connection: Connection): ConnectionHandler | undefined {
		const [listener] = this.listeners
		return listener?.onConnection(connection)
	}
}
