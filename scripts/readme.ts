// Writes the tables of the README that are made from the program; says nothing when they were right already.
import { readFileSync, writeFileSync } from 'node:fs'
import { withTables } from './readme-tables.ts'

const path = 'README.md'

if (process.argv.includes('--help'))
	console.log('readme: writes the tables of README.md that the program knows')
else {
	const before = readFileSync(path, 'utf8')
	const after = withTables(before)
	if (after !== before) {
		writeFileSync(path, after)
		console.log(`${path}: tables written anew`)
	}
}
