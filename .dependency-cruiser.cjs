// Direction of the layers; see "How it is built" in the README.
const layer = (name, from, allowed) => ({
	name,
	severity: 'error',
	from: { path: from },
	to: { path: '^source/', pathNot: allowed },
})

module.exports = {
	forbidden: [
		{ name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
		{ name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
		layer('protocol-is-the-ground', '^source/protocol/', '^source/protocol/'),
		layer('dht-knows-protocol', '^source/dht/', '^source/(dht|protocol)/'),
		layer(
			'torrent-knows-protocol',
			'^source/torrent/',
			'^source/(torrent|protocol)/|^source/dht/snapshot\\.ts$',
		),
		layer(
			'engine-knows-torrent',
			'^source/engine/',
			'^source/(engine|torrent|dht|protocol)/|^source/inspect/tap\\.ts$',
		),
		layer('inspect-knows-the-pure-layers', '^source/inspect/', '^source/(inspect|torrent|dht|protocol)/'),
		layer(
			'practice-implements-the-environment',
			'^source/practice/',
			'^source/(practice|torrent|dht|protocol)/|^source/engine/environment\\.ts$|^source/inspect/lesson\\.ts$',
		),
		layer(
			'tui-sees-the-api-alone',
			'^source/tui/',
			'^source/(tui|inspect)/|^source/engine/api\\.ts$|^source/((torrent|dht)/(snapshot|reasons)|protocol/(ids|safe-text|message))\\.ts$',
		),
		{
			name: 'pure-layers-touch-nothing',
			severity: 'error',
			from: { path: '^source/(protocol|torrent|dht)/' },
			to: { dependencyTypes: ['core', 'npm', 'npm-dev'], pathNot: '^node_modules/bencode/' },
		},
		{
			name: 'only-adapters-touch-the-world',
			severity: 'error',
			from: {
				path: '^source/engine/',
				pathNot:
					'^source/engine/(node-[a-z-]+|tcp-transport|udp-socket|file-storage|worker|remote|inline|hasher)\\.ts$',
			},
			to: { dependencyTypes: ['core'], path: '^(fs|fs/promises|net|dgram|dns|dns/promises|worker_threads)$' },
		},
		{
			name: 'only-the-root-and-tests-use-practice',
			severity: 'error',
			from: { path: '^source/', pathNot: '^source/(practice/|cli\\.tsx$|commands/)' },
			to: { path: '^source/practice/' },
		},
	],
	options: {
		doNotFollow: { path: 'node_modules' },
		tsPreCompilationDeps: true,
		tsConfig: { fileName: 'tsconfig.json' },
		enhancedResolveOptions: {
			extensions: ['.ts', '.tsx', '.js'],
			exportsFields: ['exports'],
			conditionNames: ['import', 'node', 'default'],
		},
	},
}
