import { defineConfig } from 'vitest/config'

const pure = [
	'protocol',
	'torrent',
	'dht',
	'engine',
	'inspect',
	'practice',
	'tui',
	'contract',
	'cli',
	'scripts',
	'hostile',
]

export default defineConfig({
	test: {
		// By itself vitest leaves a core alone; many of these tests wait for programs that they started.
		maxWorkers: '100%',
		projects: [
			// A time-out says that something hangs, on a slow machine too; no test depends on one.
			{
				test: {
					name: 'unit',
					include: pure.map(folder => `test/${folder}/**/*.test.{ts,tsx}`),
					testTimeout: 60_000,
				},
			},
			{ test: { name: 'simulation', include: ['test/simulation/**/*.test.ts'], testTimeout: 240_000 } },
			{
				test: { name: 'integration', include: ['test/integration/**/*.test.{ts,tsx}'], testTimeout: 60_000 },
			},
			{ test: { name: 'vectors', include: ['test/vectors/**/*.test.ts'], testTimeout: 60_000 } },
			{
				test: {
					name: 'interop',
					include: ['test/interop/**/*.test.ts'],
					testTimeout: 180_000,
					hookTimeout: 60_000,
				},
			},
		],
	},
})
