// What encryption costs (--encryption): RC4 alone, and whole downloads from one seed that takes every kind of
// connection, without encryption, with an encrypted handshake before a plain stream, and with RC4.
import type { SeedOptions } from '../interop/clients/client.ts'
import { aria2 } from '../interop/clients/aria2.ts'
import { libtorrent } from '../interop/clients/libtorrent.ts'
import { swarmscope } from '../interop/clients/swarmscope.ts'
import type { Competitor } from './competitor.ts'
import { whyMissing } from './competitors.ts'
import { printRc4Cost } from './rc4-cost.ts'
import { type ClientRuns, cpuSeconds, formatScenario, samplesOf } from './report.ts'
import { encryptedSeed } from './scenarios.ts'
import { pairedRatio } from './statistics.ts'
import { describeContents, runScenario } from './table.ts'

export const encryptionUsage = `  --encryption           what RC4 alone costs, and downloads without encryption, with an encrypted
                         handshake before a plain stream, and with RC4; uses --size and --runs`

type Stream = Exclude<SeedOptions['encryption'], undefined>

const streams: readonly (readonly [Stream, string])[] = [
	['off', ''],
	['plain', ', then plain'],
	['rc4', ', RC4'],
]

function streaming(client: Competitor, encryption: Stream, words: string): Competitor {
	return {
		...client,
		name: `${client.name}${words}`,
		startLeech: options => client.startLeech({ ...options, encryption }),
	}
}

/** Prints both tables and the aims; false when a download failed. */
export async function printEncryption(
	{ sizeBytes, rounds }: { readonly sizeBytes: number; readonly rounds: number },
	root: string,
): Promise<boolean> {
	printRc4Cost(rounds)
	const clients = [swarmscope, libtorrent, aria2].flatMap(client => {
		const missing = whyMissing(client)
		return streams.map(([stream, words]) => ({ client: streaming(client, stream, words), missing }))
	})
	const subject = describeContents(root, sizeBytes)(encryptedSeed.pieceBytes)
	const results = await runScenario(encryptedSeed, rounds, clients, subject)
	console.log(formatScenario(encryptedSeed.title, results, sizeBytes))
	console.log(formatAims(results))
	return results.every(({ failures }) => failures.length === 0)
}

function formatAims(results: readonly ClientRuns[]): string {
	const cpu = (left: string, right: string) => {
		const [one, other] = [left, right].map(name => results.find(({ client }) => client === name))
		return one === undefined || other === undefined
			? Number.NaN
			: pairedRatio(samplesOf(one, cpuSeconds), samplesOf(other, cpuSeconds))
	}
	const aims = [
		['RC4 / without encryption', 2.9, cpu('swarmscope, RC4', 'swarmscope')],
		['RC4 / libtorrent with RC4', 1, cpu('swarmscope, RC4', 'libtorrent, RC4')],
		['encrypted handshake, then plain / without', 1.03, cpu('swarmscope, then plain', 'swarmscope')],
	] as const
	return [
		'| CPU of swarmscope | at most | measured | |',
		'|---|---|---|---|',
		...aims
			.filter(([, , value]) => !Number.isNaN(value))
			.map(
				([what, most, value]) =>
					`| ${what} | ${most} | ${value.toFixed(2)} | ${value <= most ? 'met' : '**missed**'} |`,
			),
		'',
	].join('\n')
}
