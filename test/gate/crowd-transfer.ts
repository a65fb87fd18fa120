// One whole transfer between two programs on loopback, and what can be seen of it from outside: when each piece
// was verified, and how much memory a program took.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ClientProcess, freePort } from '../interop/clients/client-process.ts'
import { startSeed } from './kill-loop.ts'
import type { GateOptions } from './step.ts'

const deadlineMs = 120_000

export type TransferOptions = {
	readonly gate: Pick<GateOptions, 'cli' | 'folder'>
	readonly torrentFile: string
	readonly contentDir: string
	readonly dataDir: string
}

export class Transfer {
	readonly #options: TransferOptions
	readonly #ports: { readonly seed: number; readonly leech: number }
	readonly #verifiedAt: number[] = []
	readonly #processes: ClientProcess[] = []
	#hasStarted = false

	/** Ports that nobody uses. */
	static async create(options: TransferOptions): Promise<Transfer> {
		return new Transfer(options, { seed: await freePort(), leech: await freePort() })
	}

	private constructor(options: TransferOptions, ports: { readonly seed: number; readonly leech: number }) {
		this.#options = options
		this.#ports = ports
	}

	get ports(): { readonly seed: number; readonly leech: number } {
		return this.#ports
	}

	async startSeed(): Promise<ClientProcess> {
		const { gate, torrentFile, contentDir } = this.#options
		const seed = await startSeed({ ...gate, torrentFile, contentDir, port: this.#ports.seed })
		this.#processes.push(seed)
		return seed
	}

	/** Downloads from the seed, which may come later; resolves when it is there. */
	async startLeech(): Promise<ClientProcess> {
		const { gate, torrentFile, dataDir } = this.#options
		const leech = new ClientProcess({
			name: 'leech',
			command: process.execPath,
			args: [
				...[gate.cli, torrentFile, '--json', '--seed', '--dir', dataDir],
				...['--state-dir', join(gate.folder, 'leech-state'), '--bind', '127.0.0.1'],
				...['--port', `${this.#ports.leech}`, '--peer', `127.0.0.1:${this.#ports.seed}`],
			],
			isNoise: line => /"(?:peer|piece)/u.test(line),
			onLine: line => this.#note(line),
		})
		this.#processes.push(leech)
		await leech.waitFor('a start', () => (this.#hasStarted ? true : undefined), deadlineMs)
		return leech
	}

	/** Until so many pieces are there; the leech must have been started. */
	async waitForPieces(count: number): Promise<void> {
		const leech = this.#processes.find(({ name }) => name === 'leech')
		await leech?.waitFor(`${count} pieces`, () => this.#verifiedAt[count - 1], deadlineMs)
	}

	/** Pieces a second from `sinceMs` (of the wall clock) on, and how many that were. */
	rateSince(sinceMs: number): { readonly pieces: number; readonly piecesPerSecond: number } {
		const times = this.#verifiedAt.filter(at => at >= sinceMs)
		const [first = 0, last = 0] = [times[0], times.at(-1)]
		return { pieces: times.length, piecesPerSecond: (1000 * (times.length - 1)) / Math.max(1, last - first) }
	}

	async end(): Promise<void> {
		await Promise.all(this.#processes.map(process => process.stop('SIGKILL')))
	}

	#note(line: string): void {
		if (line.includes('"torrentStarted"')) this.#hasStarted = true
		if (!line.includes('"pieceVerified"')) return
		const { time } = JSON.parse(line) as { time: string }
		this.#verifiedAt.push(Date.parse(time))
	}
}

/** The most that a process ever had resident (Linux). */
export function peakBytes(pid: number): number {
	const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
	return Number(kibibytes ?? 0) * 1024
}
