// The gate: the long runs that must hold before a release, one after the other. Each prints its figures and
// passes or fails; --quick runs a tenth of those that no other command runs.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fuzzStep, simulationStep } from './child-step.ts'
import { crowdStep } from './crowd-step.ts'
import { diskFaultStep } from './disk-fault.ts'
import { diskTroubleStep } from './disk-trouble.ts'
import { floodStep } from './flood.ts'
import { hostTroubleStep } from './host-trouble.ts'
import { killStep } from './kill-loop.ts'
import { powerCutStep } from './power-cut.ts'
import { soakStep } from './soak.ts'
import type { GateResult, GateStep } from './step.ts'

const steps: readonly GateStep[] = [
	fuzzStep,
	simulationStep,
	killStep,
	powerCutStep,
	diskFaultStep,
	diskTroubleStep,
	hostTroubleStep,
	crowdStep,
	floodStep,
	soakStep,
]
/** What no other command runs. */
const quickSteps: readonly GateStep[] = [
	killStep,
	powerCutStep,
	diskFaultStep,
	diskTroubleStep,
	hostTroubleStep,
	soakStep,
]

const usage = `gate: the long runs, in order: ${steps.map(({ name }) => name).join(', ')};
  exit code 1 when one fails, 3 when none fails but this machine does not permit one
  --only LIST              some of them, by name
  --quick                  a tenth, of what no other command runs: ${quickSteps.map(({ name }) => name).join(', ')};
                           what mostly waits goes on beside the others
  --fuzz-seconds N         for each target (default 60)
  --seeds N                of the simulations (default 100)
  --kills N                (default 1000)
  --power-cuts N           (default 200)
  --soak-seconds N         (default 600)
  --seed N                 repeat a choice of inputs and moments (default: by the clock)`

const { values } = parseArgs({
	options: {
		help: { type: 'boolean', default: false },
		quick: { type: 'boolean', default: false },
		only: { type: 'string' },
		'fuzz-seconds': { type: 'string', default: '60' },
		seeds: { type: 'string', default: '100' },
		kills: { type: 'string' },
		'power-cuts': { type: 'string' },
		'soak-seconds': { type: 'string' },
		seed: { type: 'string' },
	},
})

function wholeNumber(option: string, text: string): number {
	if (!/^\d{1,9}$/u.test(text)) throw new Error(`--${option}: expected a whole number, got ${text}`)
	return Number(text)
}

function chooseSteps(): readonly GateStep[] {
	if (values.only === undefined) return values.quick ? quickSteps : steps
	return values.only.split(',').map(name => {
		const step = steps.find(one => one.name === name)
		if (step === undefined) throw new Error(`--only ${name}: no such run; --help lists them`)
		return step
	})
}

type Ending = 'passed' | 'FAILED' | 'SKIPPED'

/** A thorough run has time, and disturbs nothing that it measures. */
function isBeside(step: GateStep): boolean {
	return values.quick && step.mostlyWaits === true
}

async function runStep(step: GateStep, seed: number, folder: string): Promise<Ending> {
	const startedAt = performance.now()
	const seconds = () => Math.round((performance.now() - startedAt) / 1000)
	const own = join(folder, step.name)
	mkdirSync(own)
	console.log(`== ${step.name}`)
	const mark = isBeside(step) ? `${step.name}: ` : ''
	let result: GateResult
	try {
		result = await step.run({
			fuzzSeconds: wholeNumber('fuzz-seconds', values['fuzz-seconds']),
			simulationSeeds: wholeNumber('seeds', values.seeds),
			kills: wholeNumber('kills', values.kills ?? (values.quick ? '100' : '1000')),
			powerCuts: wholeNumber('power-cuts', values['power-cuts'] ?? (values.quick ? '20' : '200')),
			faultStride: values.quick ? 10 : 1,
			soakSeconds: wholeNumber('soak-seconds', values['soak-seconds'] ?? (values.quick ? '60' : '600')),
			...{ seed, folder: own, cli: join(folder, 'dist', 'cli.js') },
			progress: text => console.log(`   ${mark}${text}`),
		})
	} catch (error) {
		result = { ok: false, figures: [error instanceof Error ? (error.stack ?? error.message) : String(error)] }
	}
	for (const figure of result.figures) console.log(`   ${mark}${figure}`)
	const ending = result.ok ? 'passed' : result.skipped === true ? 'SKIPPED' : 'FAILED'
	console.log(`== ${step.name}: ${ending}, ${seconds()} s`)
	return ending
}

/** The exit code. */
async function gate(): Promise<number> {
	const chosen = chooseSteps()
	const seed = values.seed === undefined ? Date.now() % 1_000_000 : wholeNumber('seed', values.seed)
	if (!existsSync('dist/cli.js')) throw new Error('gate: expected a built program in dist/ (npm run build)')
	const folder = mkdtempSync(join(tmpdir(), 'swarmscope-gate-'))
	console.log(`gate: ${chosen.map(({ name }) => name).join(', ')}; seed ${seed}`)
	const endings: Ending[] = []
	try {
		// A copy, so that a build meanwhile does not change what is being measured.
		cpSync('dist', join(folder, 'dist'), { recursive: true })
		const beside = chosen.filter(isBeside).map(step => runStep(step, seed, folder))
		for (const step of chosen) if (!isBeside(step)) endings.push(await runStep(step, seed, folder))
		endings.push(...(await Promise.all(beside)))
	} finally {
		rmSync(folder, { recursive: true, force: true })
	}
	const [passed, failed, skipped] = (['passed', 'FAILED', 'SKIPPED'] as const).map(
		ending => endings.filter(one => one === ending).length,
	)
	console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
	if (failed !== 0) return 1
	return skipped === 0 ? 0 : 3
}

try {
	if (values.help) console.log(usage)
	else process.exitCode = await gate()
} catch (error) {
	console.error(error instanceof Error ? error.message : error)
	process.exitCode = 2
}
