// The fuzzer: each target in a process of its own, so that a hang, a crash and the memory are its own too.
// A line a target, then how many passed and failed; a failing input is kept in .fuzz/ and can be run again.
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { fromHex } from '../../source/protocol/bytes.ts'
import { allTargets } from './all-targets.ts'
import {
	type Failure,
	inputLimitMs,
	rssLimitBytes,
	runOnce,
	runSession,
	type SessionReport,
} from './session.ts'
import type { Target } from './target.ts'

const usage = `fuzz: changes valid inputs at random and looks for crashes, wrong errors, hangs and growth
  --seconds N       for each target (default 10)
  --target NAME     only this one; repeatable; of ${allTargets.map(({ name }) => name).join(', ')}
  --seed N          repeat a run (default: by the clock)
  --jobs N          targets at once (default: as many as there are cores)
  --replay FILE     run one input, hex as .fuzz/ keeps it; with --target`

const keptIn = '.fuzz'
const script = fileURLToPath(import.meta.url)

type Plan = { readonly targets: readonly Target[]; readonly seconds: number; readonly seed: number }

const { values } = parseArgs({
	options: {
		help: { type: 'boolean', default: false },
		seconds: { type: 'string', default: '10' },
		target: { type: 'string', multiple: true, default: [] },
		seed: { type: 'string' },
		jobs: { type: 'string' },
		replay: { type: 'string' },
		/** Set by ourselves for the process of one target: where to write the report. */
		report: { type: 'string' },
	},
})

function chooseTargets(names: readonly string[]): readonly Target[] {
	if (names.length === 0) return allTargets
	return names.map(name => {
		const target = allTargets.find(one => one.name === name)
		if (target === undefined) throw new Error(`--target ${name}: no such target; --help lists them`)
		return target
	})
}

function wholeNumber(option: string, text: string): number {
	if (!/^\d{1,10}$/u.test(text)) throw new Error(`${option}: expected a whole number, got ${text}`)
	return Number(text)
}

async function fuzz(plan: Plan, jobs: number): Promise<boolean> {
	console.log(`fuzz: ${plan.targets.length} targets, ${plan.seconds} s each, seed ${plan.seed}`)
	const folder = mkdtempSync(join(tmpdir(), 'swarmscope-fuzz-'))
	const waiting = [...plan.targets]
	let failed = 0
	const work = async () => {
		for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
			if (!(await fuzzTarget(target, plan, folder))) failed += 1
		}
	}
	try {
		await Promise.all(Array.from({ length: jobs }, work))
	} finally {
		rmSync(folder, { recursive: true, force: true })
	}
	console.log(`${plan.targets.length - failed} passed, ${failed} failed`)
	return failed === 0
}

async function fuzzTarget(target: Target, { seconds, seed }: Plan, folder: string): Promise<boolean> {
	const file = join(folder, `${target.name}.json`)
	const words = ['--target', target.name, '--seconds', `${seconds}`, '--seed', `${seed}`, '--report', file]
	const child = spawn(process.execPath, [...process.execArgv, script, ...words], {
		stdio: ['ignore', 'inherit', 'inherit'],
	})
	const ending = await endOf(child)
	if (existsSync(hangFileOf(file))) {
		const input = readFileSync(hangFileOf(file), 'utf8')
		return fail(target, seed, { input, error: `one input took more than ${inputLimitMs} ms` })
	}
	if (!existsSync(file)) return fail(target, seed, { input: '', error: `the process ended: ${ending}` })
	const report = JSON.parse(readFileSync(file, 'utf8')) as SessionReport
	const { runs, runsPerSecond, corpusSize, reached, peakRssBytes, slowestMs, failure } = report
	const rss = `${Math.round(peakRssBytes / 2 ** 20)} MiB`
	console.log(
		`${target.name.padEnd(16)} ${`${runsPerSecond}`.padStart(7)} runs/s  ${`${runs}`.padStart(8)} runs  corpus ${`${corpusSize}`.padStart(4)}  outcomes ${`${reached}`.padStart(5)}  slowest ${slowestMs} ms  peak ${rss}`,
	)
	if (failure !== undefined) return fail(target, seed, failure)
	if (peakRssBytes > rssLimitBytes) return fail(target, seed, { input: '', error: `took ${rss} of memory` })
	return true
}

function endOf(child: ChildProcess): Promise<string> {
	return new Promise(resolve =>
		child.on('close', (code, signal) => resolve(signal ?? `exit code ${code ?? 'none'}`)),
	)
}

function fail(target: Target, seed: number, { input, error }: Failure): false {
	console.log(`FAILED ${target.name}, seed ${seed}: ${error}`)
	if (input === '') return false
	mkdirSync(keptIn, { recursive: true })
	const digest = createHash('sha1').update(input).digest('hex').slice(0, 12)
	const path = join(keptIn, `${target.name}-${digest}.hex`)
	writeFileSync(path, `${input}\n`)
	console.log(`input: ${input.length > 2_000 ? `${input.slice(0, 2_000)}…` : input}`)
	console.log(`again: npm run fuzz -- --target ${target.name} --replay ${path}`)
	return false
}

function replay(file: string, [target]: readonly Target[]): boolean {
	if (target === undefined) throw new Error('--replay: expected --target too')
	const error = runOnce(target, fromHex(readFileSync(file, 'utf8').trim()))
	console.log(error === undefined ? `${target.name}: passes` : `${target.name}: ${error}`)
	console.log(error === undefined ? '1 passed, 0 failed' : '0 passed, 1 failed')
	return error === undefined
}

function hangFileOf(report: string): string {
	return `${report}.hang`
}

try {
	const targets = chooseTargets(values.target)
	const seconds = wholeNumber('--seconds', values.seconds)
	const seed = values.seed === undefined ? Date.now() % 1_000_000 : wholeNumber('--seed', values.seed)
	const jobs = values.jobs === undefined ? availableParallelism() : wholeNumber('--jobs', values.jobs)
	if (values.help) console.log(usage)
	else if (values.replay !== undefined)
		process.exitCode = replay(values.replay, values.target.length === 1 ? targets : []) ? 0 : 1
	else if (values.report !== undefined) {
		for (const target of targets) {
			const report = runSession({ target, seconds, seed, hangFile: hangFileOf(values.report) })
			writeFileSync(values.report, JSON.stringify(report))
		}
	} else process.exitCode = (await fuzz({ targets, seconds, seed }, Math.max(1, jobs))) ? 0 : 1
} catch (error) {
	console.error(error instanceof Error ? error.message : error)
	process.exitCode = 2
}
