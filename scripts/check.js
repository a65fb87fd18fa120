// Everything that must hold before a commit: format, lint, types (the pure layers on their own), direction
// of imports, dead code, unit and simulation tests. Runs each, prints one line each, fails if any fails.
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'

if (process.argv.includes('--help')) {
	console.log(
		'check [--without-tests]: format, lint, types, direction, dead code, unit and simulation tests; exit 1 if one fails',
	)
	process.exit(0)
}

const moduleCount = readdirSync('source', { recursive: true }).filter(name =>
	/\.tsx?$/u.test(String(name)),
).length

/** Fails when the tool saw fewer modules than there are: a checker that reads nothing passes everything. */
function sawAllModules(output) {
	const seen = /\((\d+) modules/u.exec(output)
	return seen !== null && Number(seen[1]) >= moduleCount
}

const steps = [
	['format', 'biome', ['format', '.']],
	['types: protocol', 'tsc', ['-p', 'source/protocol']],
	['types: dht', 'tsc', ['-p', 'source/dht']],
	['types: torrent', 'tsc', ['-p', 'source/torrent']],
	['types', 'tsc', ['-p', '.']],
	['lint', 'eslint', ['.', '--max-warnings', '0']],
	['direction', 'depcruise', ['source', '--config', '.dependency-cruiser.cjs'], sawAllModules],
	['dead code', 'knip', []],
	['tests', 'vitest', ['run', '--project', 'unit', '--project', 'simulation']],
]

function run([name, command, args, accept]) {
	return new Promise(resolve => {
		const startedAt = performance.now()
		const child = spawn(`node_modules/.bin/${command}`, args, { stdio: ['ignore', 'pipe', 'pipe'] })
		let output = ''
		child.stdout.on('data', data => (output += data))
		child.stderr.on('data', data => (output += data))
		child.on('close', code => {
			const ok = code === 0 && (accept === undefined || accept(output))
			const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
			console.log(`${ok ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`)
			if (!ok) console.log(output)
			resolve(ok)
		})
	})
}

let failed = false
for (const pair of [
	steps.slice(0, 2),
	steps.slice(2, 4),
	steps.slice(4, 6),
	steps.slice(6, 8),
	...(process.argv.includes('--without-tests') ? [] : [steps.slice(8)]),
]) {
	const results = await Promise.all(pair.map(run))
	failed ||= results.includes(false)
}
process.exit(failed ? 1 : 0)
