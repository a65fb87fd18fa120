// Types are checked by the compiler, layout by the formatter: lint finds what neither sees.
import tseslint from 'typescript-eslint'

const clockAndLocale = [
	{
		object: 'Math',
		property: 'random',
		message: 'Policies draw from the seeded generator (torrent/random.ts).',
	},
	...[
		'toLocaleString',
		'toLocaleLowerCase',
		'toLocaleUpperCase',
		'localeCompare',
		'toLocaleDateString',
		'toLocaleTimeString',
	].map(property => ({ property, message: 'Results must not depend on the locale of the machine.' })),
]

export default tseslint.config(
	{ ignores: ['dist/', 'coverage/', 'node_modules/', '**/*.js', '**/*.cjs'] },
	...tseslint.configs.strictTypeChecked,
	{
		languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
		linterOptions: { reportUnusedDisableDirectives: 'error' },
		rules: {
			'@typescript-eslint/switch-exhaustiveness-check': [
				'error',
				{ considerDefaultExhaustiveForUnions: true },
			],
			'@typescript-eslint/consistent-type-imports': 'error',
			'@typescript-eslint/restrict-template-expressions': [
				'error',
				{ allowNumber: true, allowBoolean: true },
			],
			'@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
			'@typescript-eslint/no-non-null-assertion': 'error',
			'no-restricted-properties': ['error', ...clockAndLocale],
			'no-restricted-exports': [
				'error',
				{
					restrictDefaultExports: {
						direct: true,
						named: true,
						defaultFrom: true,
						namedFrom: true,
						namespaceFrom: true,
					},
				},
			],
			eqeqeq: 'error',
		},
	},
	{
		files: ['source/protocol/**', 'source/torrent/**', 'source/dht/**'],
		rules: {
			'no-restricted-globals': [
				'error',
				...['Date', 'Intl', 'performance', 'process', 'console', 'Buffer', 'setTimeout', 'setInterval'].map(
					name => ({ name, message: 'These layers are pure: time and chance are inputs.' }),
				),
			],
		},
	},
	{
		files: ['*.ts', 'test/**', 'scripts/**', '**/*.d.ts'],
		rules: { 'no-restricted-exports': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
	},
)
