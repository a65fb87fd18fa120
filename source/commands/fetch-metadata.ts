// `swarmscope info` of a magnet link: joins the swarm for as long as it takes to get the info dictionary (BEP 9).
// Nothing is written but a lock in a folder of its own, which goes again.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine, TorrentOptions, Update } from '../engine/api.ts'
import { CommandFailure, exitCodes } from '../exit-code.ts'
import { explain } from '../inspect/explain.ts'
import { formatSpan } from '../inspect/units.ts'
import type { MetadataOptions } from '../options.ts'
import type { MagnetLink } from '../protocol/magnet.ts'
import { type SafeText, safe } from '../protocol/safe-text.ts'
import type { MetadataView } from '../torrent/snapshot.ts'
import { dhtSettings } from './dht-settings.ts'
import { start } from './get.ts'
import { signalExitCode } from './session-exit-code.ts'

const stopSignals: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGINT', 'SIGTERM']
const stopTimeoutMs = 4500
const defaultPort = 6881

/**
 * The bytes of a .torrent file around the metadata. `onWaiting` hears what is waited for. Throws a
 * CommandFailure: 1 when it did not come in time, 3 when it cannot be used, and as a signal ends a session.
 */
export async function fetchMetadata(
	link: MagnetLink,
	network: MetadataOptions,
	onWaiting: (words: SafeText) => void,
): Promise<Uint8Array> {
	const folder = await mkdtemp(join(tmpdir(), 'swarmscope-metadata-'))
	try {
		const engine = await start(engineOptions(link, network, folder), true)
		return await metainfoOf(engine, network.timeoutS, onWaiting)
	} finally {
		await rm(folder, { recursive: true, force: true })
	}
}

async function metainfoOf(
	engine: Engine,
	timeoutS: number,
	onWaiting: (words: SafeText) => void,
): Promise<Uint8Array> {
	let metainfo: Uint8Array | undefined
	let waiting: SafeText | undefined
	let failure: CommandFailure | undefined
	let end: (() => void) | undefined
	const ended = new Promise<void>(resolve => (end = resolve))
	const stop = (why?: CommandFailure) => {
		failure ??= why
		setTimeout(() => end?.(), stopTimeoutMs).unref()
		engine.send({ type: 'stop' })
	}
	const onSignal = (signal: NodeJS.Signals) =>
		stop(new CommandFailure(signalExitCode(signal), `stopped by ${signal}`))
	for (const signal of stopSignals) process.once(signal, onSignal)
	const timer = setTimeout(() => {
		const why = waiting === undefined ? '' : `: ${waiting}`
		const message = `no metadata within ${formatSpan(timeoutS * 1000)}${why}`
		stop(new CommandFailure(exitCodes.notComplete, message))
	}, timeoutS * 1000)
	engine.listen((update: Update) => {
		switch (update.type) {
			case 'snapshot': {
				engine.send({ type: 'acknowledge' })
				const { summary } = update.slices
				if (summary?.metadata === undefined) return
				const words = waitingWords(summary.metadata, summary.at)
				if (words !== waiting) onWaiting(words)
				waiting = words
				return
			}
			case 'metainfo':
				metainfo = update.bytes
				stop()
				return
			case 'refused':
				failure ??= new CommandFailure(exitCodes.torrent, update.message)
				end?.()
				return
			case 'stopped':
				end?.()
				return
			case 'events':
			case 'inspected':
			case 'crashed':
		}
	})
	engine.send({ type: 'watch', slices: ['summary'], wireRows: 0, wirePeer: undefined })
	engine.send({ type: 'setRate', snapshotsPerSecond: 4 })
	await ended
	clearTimeout(timer)
	for (const signal of stopSignals) process.off(signal, onSignal)
	if (metainfo !== undefined) return metainfo
	throw failure ?? new CommandFailure(exitCodes.notComplete, 'no metadata came')
}

/** What is waited for, and how far it is. */
function waitingWords({ history, piecesHave, pieceCount }: MetadataView, at: number): SafeText {
	const last = history.at(-1)
	const share = pieceCount === 0 ? safe`` : safe`${piecesHave} of ${pieceCount} pieces, `
	return last === undefined ? safe`starting` : safe`${share}${explain(last.reason, at)}`
}

function engineOptions(link: MagnetLink, network: MetadataOptions, folder: string): TorrentOptions {
	return {
		torrent: link,
		directory: folder,
		stateDirectory: folder,
		port: network.port ?? defaultPort,
		portIsFixed: network.port !== undefined,
		bind: network.bind,
		peers: network.peers,
		seed: false,
		maxPeers: 50,
		maxDownBytesPerSecond: undefined,
		maxUpBytesPerSecond: undefined,
		only: undefined,
		sequential: false,
		metadataOnly: true,
		dht: network.dht === undefined ? undefined : dhtSettings(network.dht, network.bind),
		recheck: false,
		announceAll: true,
		randomSeed: undefined,
		clockSpeed: 1,
		minimumIntervalS: undefined,
	}
}
