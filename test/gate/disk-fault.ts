// Threats D15, gate G3: a whole engine whose disk fails at its k-th operation, for every k and every failure, until
// a run has no fault; once, and for as long as the run lasts.
import { diskFailures, faultCases, sweepFaults } from '../helpers/fault-run.ts'
import type { GateOptions, GateResult, GateStep } from './step.ts'

export const diskFaultStep: GateStep = { name: 'disk-faults', run: runFaults }

async function runFaults({ faultStride: stride, seed, progress }: GateOptions): Promise<GateResult> {
	const failures: string[] = []
	const note = (context: string, error: unknown) =>
		failures.push(`${context}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
	const onRejection = (error: unknown) => note('unhandled rejection', error)
	process.on('unhandledRejection', onRejection)
	let runs = 0
	try {
		for (const [name, given] of Object.entries(faultCases)) {
			const before = runs
			for (const failure of diskFailures) {
				try {
					runs += await sweepFaults(given, failure, { stride, from: seed % stride })
				} catch (error) {
					note(name, error)
				}
			}
			progress(`${name}: ${runs - before} runs`)
		}
	} finally {
		process.off('unhandledRejection', onRejection)
	}
	const figure = `${runs} runs with a fault of ${diskFailures.length} kinds at every ${stride === 1 ? '' : `${stride}th `}operation: ${failures.length} failed`
	return { ok: failures.length === 0, figures: [figure, ...failures] }
}
