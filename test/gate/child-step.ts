// Steps that are programs of their own: the fuzzer, and the simulations with many seeds.
import { spawn } from 'node:child_process'
import type { GateResult, GateStep } from './step.ts'

export const fuzzStep: GateStep = {
	name: 'fuzz',
	run: ({ fuzzSeconds, seed, progress }) =>
		runChild({
			words: ['tsx', 'test/fuzz/main.ts', '--seconds', `${fuzzSeconds}`, '--seed', `${seed}`],
			progress,
		}),
}

export const simulationStep: GateStep = {
	name: 'simulation',
	run: ({ simulationSeeds, progress }) =>
		runChild({
			words: ['vitest', 'run', '--project', 'simulation', '--testTimeout', '3600000'],
			environment: { SWARMSCOPE_SEEDS: `${simulationSeeds}` },
			progress,
		}),
}

type Child = {
	readonly words: readonly string[]
	readonly environment?: Readonly<Record<string, string>>
	readonly progress: (text: string) => void
}

/** Runs a tool of the project and shows what it prints; its last lines are the figures. */
async function runChild({ words: [tool = '', ...words], environment, progress }: Child): Promise<GateResult> {
	const child = spawn(`node_modules/.bin/${tool}`, words, {
		env: { ...process.env, ...environment, NO_COLOR: '1' },
		stdio: ['ignore', 'pipe', 'inherit'],
	})
	const lines: string[] = []
	let partial = ''
	child.stdout.setEncoding('utf8').on('data', (text: string) => {
		const parts = (partial + text).split('\n')
		partial = parts.pop() ?? ''
		for (const line of parts) {
			progress(line)
			if (line.trim() !== '') lines.push(line.trim())
		}
	})
	const code = await new Promise<number | null>(resolve => {
		child.on('close', resolve)
		child.on('error', () => resolve(null))
	})
	return { ok: code === 0, figures: lines.filter(line => /\b(?:passed|failed)\b/u.test(line)).slice(-3) }
}
