// The benchmark: this program beside the clients that people use (the table), beside itself with more of
// everything (--growth), over slow and long links (--links), on its screen (--screen), and encrypted (--encryption). Prints Markdown; it judges
// nothing and is no test.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { competitors, usualCompetitors } from './competitors.ts'
import { encryptionUsage, printEncryption } from './encryption.ts'
import { growthDefaults, growthUsage, printGrowth } from './growth.ts'
import { linkDefaults, linkUsage, printLinks } from './links.ts'
import { describeMachine } from './measure.ts'
import { scenarios } from './scenarios.ts'
import { printScreen, screenDefaults, screenUsage } from './screen.ts'
import { parseNumber, parseNumbers, parseSize, pick } from './sizes.ts'
import { printTable } from './table.ts'

const names = (things: readonly { readonly name: string }[]) => things.map(({ name }) => name).join(',')

const usage = `bench: times swarmscope and other clients over loopback in turn and prints Markdown tables
  --size 1GiB            content (KiB, MiB, GiB)
  --runs 3               rounds; each client runs once a round
  --scenarios LIST       of ${names(scenarios)} (default: all)
  --clients LIST         of ${names(competitors)},
                         or all (default: ${names(usualCompetitors)});
                         webtorrent is installed from the npm registry for the run
${growthUsage}
${linkUsage}
${screenUsage}
${encryptionUsage}`

const text = (preset: string) => ({ type: 'string', default: preset }) as const

function parseWords() {
	return parseArgs({
		options: {
			help: { type: 'boolean', default: false },
			growth: { type: 'boolean', default: false },
			links: { type: 'boolean', default: false },
			screen: { type: 'boolean', default: false },
			encryption: { type: 'boolean', default: false },
			size: { type: 'string' },
			runs: text('3'),
			scenarios: text(names(scenarios)),
			clients: text(names(usualCompetitors)),
			peers: text(growthDefaults.peers),
			pieces: text(growthDefaults.pieces),
			files: text(growthDefaults.files),
			idle: text(growthDefaults.idle),
			'idle-seconds': text(growthDefaults.idleSeconds),
			rtt: text(linkDefaults.rtt),
			rate: text(linkDefaults.rate),
			loss: text(linkDefaults.loss),
			seconds: text(linkDefaults.seconds),
			swarm: text(screenDefaults.peers),
			window: text(screenDefaults.window),
			starts: text(screenDefaults.starts),
			presses: text(screenDefaults.presses),
			frames: text(screenDefaults.frames),
		},
	}).values
}

type Values = ReturnType<typeof parseWords>

/** Runs what the words ask for; false when something that should have run failed. */
async function bench(values: Values, root: string): Promise<boolean> {
	const size = (preset: string) => parseSize('--size', values.size ?? preset)
	const rounds = parseNumber('--runs', values.runs)
	if (values.growth)
		return printGrowth(
			{
				sizeBytes: size(growthDefaults.size),
				rounds,
				peers: parseNumbers('--peers', values.peers),
				pieces: parseNumbers('--pieces', values.pieces),
				files: parseNumbers('--files', values.files),
				idle: parseNumbers('--idle', values.idle),
				idleSeconds: parseNumber('--idle-seconds', values['idle-seconds']),
			},
			root,
		)
	if (values.encryption) return printEncryption({ sizeBytes: size('1GiB'), rounds }, root)
	if (values.links)
		return printLinks(
			{
				mostBytes: size(linkDefaults.size),
				rounds,
				roundTripsMs: parseNumbers('--rtt', values.rtt),
				megabitsPerSecond: parseNumbers('--rate', values.rate),
				lossPercents: parseNumbers('--loss', values.loss),
				seconds: parseNumber('--seconds', values.seconds),
			},
			root,
		)
	if (values.screen)
		return printScreen(
			{
				rounds,
				peers: parseNumber('--swarm', values.swarm),
				seconds: parseNumber('--window', values.window),
				starts: parseNumber('--starts', values.starts),
				presses: parseNumber('--presses', values.presses),
				frames: parseNumber('--frames', values.frames),
			},
			root,
		)
	return printTable(
		{
			sizeBytes: size('1GiB'),
			rounds,
			scenarios: pick('--scenarios', values.scenarios, scenarios),
			clients: values.clients === 'all' ? competitors : pick('--clients', values.clients, competitors),
		},
		root,
	)
}

async function main(): Promise<number> {
	const values = parseWords()
	if (values.help) {
		console.log(usage)
		return 0
	}
	const root = mkdtempSync(join(tmpdir(), 'swarmscope-bench-'))
	process.on('exit', () => rmSync(root, { recursive: true, force: true }))
	// An interrupted run takes its clients and its folder with it.
	for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
	console.log(`${describeMachine()}  `)
	return (await bench(values, root)) ? 0 : 1
}

try {
	process.exitCode = await main()
} catch (error) {
	console.error(error instanceof Error ? error.message : error)
	process.exitCode = 2
}
