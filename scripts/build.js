// Bundles the program for production into dist/: cli.js, worker.js (the engine's thread) and practice.js (the
// practice swarm's thread), with the licences of everything that was bundled. --quiet prints nothing but errors.
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { build } from 'esbuild'

if (process.argv.includes('--help')) {
	console.log('build: bundles dist/cli.js, dist/worker.js and dist/practice.js and collects licences')
	process.exit(0)
}

const quiet = process.argv.includes('--quiet')
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

// Bundled CommonJS packages call require() for Node's own modules.
const banner = `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);`

/** Ink loads its developer tools only under DEV=true, which does not exist here: the import leads nowhere. */
const withoutDevtools = {
	name: 'without-devtools',
	setup(bundler) {
		bundler.onResolve({ filter: /^\.\/devtools\.js$/ }, ({ importer }) =>
			/[\\/]ink[\\/]build[\\/]/.test(importer) ? { path: './devtools.js', external: true } : undefined,
		)
	},
}

/**
 * Yoga fetches its own code out of a data: URL, for which Node loads a whole HTTP client: some 50 ms before the first
 * frame. Where there is no fetch it decodes the same text by itself.
 */
const yogaWithoutFetch = {
	name: 'yoga-without-fetch',
	setup(bundler) {
		bundler.onLoad({ filter: /[\\/]yoga-wasm-base64-esm\.js$/ }, ({ path }) => ({
			contents: `const fetch = undefined\n${readFileSync(path, 'utf8')}`,
		}))
	},
}

/**
 * meow brings along what it needs to look for a package file and to put its fields in order, lists of all licences
 * included: a good part of what a start has to read. What we hand to meow is a name and a version, in order as they
 * are, so it never looks.
 */
const meowWithoutPackages = {
	name: 'meow-without-packages',
	setup(bundler) {
		const unneeded = {
			'const normalizePackageData = getDefaultExportFromCjs(normalizeExports);':
				'const normalizePackageData = data => data;',
			'var normalizeExports = requireNormalize();': '',
			'export { readPackageUpSync as a,':
				'function readNoPackage() { throw new Error("meow was given no package") }\nexport { readNoPackage as a,',
		}
		bundler.onLoad({ filter: /[\\/]meow[\\/]build[\\/]dependencies\.js$/ }, ({ path }) => {
			let contents = readFileSync(path, 'utf8')
			for (const [theirs, ours] of Object.entries(unneeded)) {
				if (!contents.includes(theirs)) throw new Error(`expected ${theirs} in ${path}`)
				contents = contents.replace(theirs, ours)
			}
			return { contents }
		})
	},
}

/** Modules of ours in place of slower ones, for importers outside the file itself (see source/tui/terminal/). */
const faster = {
	name: 'faster',
	setup(bundler) {
		const replacements = {
			'string-width': 'source/tui/terminal/fast-width.ts',
			'@alcalzone/ansi-tokenize': 'source/tui/terminal/fast-tokenize.ts',
		}
		for (const [name, file] of Object.entries(replacements)) {
			const path = resolve(file)
			if (!existsSync(path)) continue
			const filter = new RegExp(`^${name}$`)
			bundler.onResolve({ filter }, request => (request.importer === path ? undefined : { path }))
		}
	},
}

const common = {
	bundle: true,
	platform: 'node',
	target: 'node20.19',
	format: 'esm',
	minifySyntax: true,
	minifyWhitespace: true,
	legalComments: 'none',
	metafile: true,
	outdir: 'dist',
	banner: { js: banner },
	define: {
		'process.env.NODE_ENV': '"production"',
		'process.env.DEV': '"false"',
		__VERSION__: JSON.stringify(version),
	},
	plugins: [withoutDevtools, yogaWithoutFetch, meowWithoutPackages, faster],
	logLevel: 'warning',
}

rmSync('dist', { recursive: true, force: true })
const results = await Promise.all([
	build({
		...common,
		entryPoints: { cli: 'source/cli.tsx' },
		splitting: true,
		// Beside the entries: whoever looks for worker.js by its own URL finds it from a chunk, too.
		chunkNames: '[name]-[hash]',
		banner: { js: `#!/usr/bin/env node\n${banner}` },
	}),
	build({
		...common,
		entryPoints: { worker: 'source/engine/worker.ts', practice: 'source/practice/worker.ts' },
	}),
])

// npm makes it executable when it installs or links the package, and not when it is built again.
chmodSync('dist/cli.js', 0o755)
writeFileSync(
	'dist/THIRD-PARTY-LICENSES.txt',
	licences(results.flatMap(result => Object.keys(result.metafile.inputs))),
)
if (!quiet) {
	for (const result of results) {
		for (const [file, output] of Object.entries(result.metafile.outputs))
			console.log(`${file}  ${Math.round(output.bytes / 1024)} kB`)
	}
}

/** The licence text of every package among the bundled files. */
function licences(inputs) {
	const folders = new Set(
		inputs.flatMap(input => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/u.exec(input) ?? []),
	)
	const texts = [...folders].sort().map(folder => {
		const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
		const file = readdirSync(folder).find(name => /^licen[cs]e/iu.test(name))
		const text =
			file === undefined ? `Licence: ${about.license}` : readFileSync(join(folder, file), 'utf8').trim()
		return `${about.name} ${about.version}\n${'-'.repeat(72)}\n${text}\n`
	})
	return texts.join(`\n${'='.repeat(72)}\n\n`)
}
