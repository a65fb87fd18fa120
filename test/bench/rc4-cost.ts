// What RC4 alone costs in CPU seconds a GiB: the plain implementation, the WebAssembly code where sockets read and
// anywhere else, and OpenSSL.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { cipherFast, readBuffer } from '../../source/engine/fast-rc4.ts'
import { applyRc4, createStreamRc4 } from '../../source/protocol/rc4.ts'
import { firstLine } from './competitors.ts'
import { median } from './statistics.ts'

const portionBytes = 64 << 10
const measuredMebibytes = 512
const opensslScript = fileURLToPath(new URL('rc4-openssl.js', import.meta.url))

/** CPU seconds for 512 MiB, or why there are none. */
type Way = { readonly name: string; readonly run: () => number }

function timed(apply: (bytes: Uint8Array) => unknown, bytes: Uint8Array): number {
	for (let warm = 0; warm < 100; warm += 1) apply(bytes)
	const before = process.cpuUsage()
	for (let done = 0; done < measuredMebibytes << 20; done += bytes.length) apply(bytes)
	const { user, system } = process.cpuUsage(before)
	return (user + system) / 1e6
}

const rc4 = createStreamRc4(new Uint8Array(20).fill(7))
const ways: readonly Way[] = [
	{ name: 'TypeScript', run: () => timed(bytes => applyRc4(rc4, bytes), new Uint8Array(portionBytes)) },
	{
		name: 'WebAssembly, in the read buffer',
		run: () => timed(bytes => cipherFast(rc4, bytes), readBuffer.subarray(0, portionBytes)),
	},
	{
		name: 'WebAssembly, bytes elsewhere (what is sent)',
		run: () => timed(bytes => cipherFast(rc4, bytes), new Uint8Array(portionBytes)),
	},
	{
		name: 'OpenSSL, with --openssl-legacy-provider',
		run: () =>
			Number(
				execFileSync(
					process.execPath,
					['--openssl-legacy-provider', opensslScript, String(measuredMebibytes)],
					{ encoding: 'utf8' },
				),
			),
	},
]

/** Prints a row for each. */
export function printRc4Cost(rounds: number): void {
	const costs = new Map<Way, number[]>(ways.map(way => [way, []]))
	const failures: string[] = []
	for (let round = 0; round < rounds; round += 1) {
		for (const way of ways) {
			try {
				costs.get(way)?.push((way.run() * 1024) / measuredMebibytes)
			} catch (error) {
				if (round === 0) failures.push(`- could not be measured: ${way.name}, ${firstLine(error)}`)
			}
		}
	}
	const rows = [...costs].filter(([, values]) => values.length > 0)
	console.log('### RC4 alone, in portions of 64 KiB\n\n| | CPU s/GiB | least |\n|---|---|---|')
	for (const [{ name }, values] of rows)
		console.log(`| ${name} | ${median(values).toFixed(2)} | ${Math.min(...values).toFixed(2)} |`)
	console.log(['', ...failures, ''].join('\n'))
}
