// The real world: clocks, chance, sockets, names, disk and digests of this machine.
import { randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import { networkInterfaces, uptime } from 'node:os'
import type { Clock, Environment, Resolver } from './environment.ts'
import { createNodeHasher } from './node-hasher.ts'
import { createNodeMulticast } from './node-multicast.ts'
import { createNodeProcesses } from './node-processes.ts'
import { createNodeStorage } from './node-storage.ts'
import { createTcpTransport } from './tcp-transport.ts'
import { createNodeDatagrams } from './udp-socket.ts'
import { errorCode, worldFailure } from './world-failure.ts'

/** An environment whose clock runs `clockSpeed` times as fast as the machine's. */
export function createNodeEnvironment(clockSpeed = 1): Environment {
	const clock = createNodeClock(clockSpeed)
	return {
		clock,
		random: {
			bytes: length => new Uint8Array(randomBytes(length)),
			uint32: () => randomBytes(4).readUInt32BE(),
		},
		transport: createTcpTransport(),
		datagrams: createNodeDatagrams(),
		multicast: createNodeMulticast(),
		resolver,
		storage: createNodeStorage(clock),
		hasher: createNodeHasher(),
		processes: createNodeProcesses(),
		network: { addresses: ownAddresses, sleptMs },
		descriptors: descriptorLimit(),
	}
}

// Linux counts its uptime through a sleep and its monotonic clock without it; elsewhere the two tell nothing.
function sleptMs(): number {
	return process.platform === 'linux' ? uptime() * 1000 - Number(process.hrtime.bigint()) / 1e6 : 0
}

/** Monotonic, from the start of the thread. Delays over 24 days are cut: a timer that comes early is armed again. */
export function createNodeClock(speed: number): Clock {
	return {
		speed,
		now: () => performance.now() * speed,
		wallTime: () => Date.now(),
		after: (delayMs, callback) => {
			const timer = setTimeout(callback, Math.min(2 ** 31 - 1, Math.max(0, delayMs / speed)))
			return () => clearTimeout(timer)
		},
		idleMs: () => performance.eventLoopUtilization().idle,
	}
}

/** Linux says; elsewhere the limit is high, since Node raises it as far as it may. */
function descriptorLimit(): number | undefined {
	try {
		const [, limit] = /^Max open files +(\d{1,9}) /mu.exec(readFileSync('/proc/self/limits', 'latin1')) ?? []
		return limit === undefined ? undefined : Number(limit)
	} catch {
		return undefined
	}
}

let lastAddresses: readonly string[] = []

/** The system lists an interface only while it is up. A process without a free descriptor is told what it was last. */
function ownAddresses(): readonly string[] {
	try {
		lastAddresses = Object.values(networkInterfaces())
			.flatMap(entries => entries ?? [])
			.flatMap(entry => (entry.internal ? [] : [entry.address]))
	} catch (error) {
		if (errorCode(error) === 'EUNKNOWN') throw error
	}
	return lastAddresses
}

const resolver: Resolver = {
	async resolve(host, signal) {
		try {
			const found = await lookup(host, { all: true })
			signal.throwIfAborted()
			return { ok: true, value: found.map(entry => entry.address) }
		} catch (error) {
			return worldFailure(error)
		}
	},
}
