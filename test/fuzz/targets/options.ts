// The command line: any words are an invocation whose numbers are in range, or one clear refusal.
import { CommandFailure } from '../../../source/exit-code.ts'
import { type Invocation, parseOptions } from '../../../source/options.ts'
import { fromUtf8, utf8 } from '../../../source/protocol/bytes.ts'
import { check, type Target } from '../target.ts'

export const optionsTarget: Target = {
	name: 'options',
	mutation: 'text',
	seeds: () =>
		[
			'a.torrent\n--dir\nx\n--port\n6881\n--peer\n[::1]:6881\n--peer=127.0.0.1:1\n--only\n0,3-5',
			'get\na.torrent\n--max-down\n5M\n--max-up=1.5Mi/s\n--max-peers\n7\n--timeout\n2.5\n--json\n--no-seed',
			'demo\nrare\n--speed\n4\n--random-seed\n9\n--fps=30\n--ascii\n--no-color\n--inline',
			'info\nhttp://x/y.torrent\n--json',
			'verify\na\n--dir=/tmp',
			'announce\na\n--\n--json',
			'--help',
			'--version',
		].map(utf8),
	dictionary: [
		...[
			'\n',
			'\n--',
			'--dir',
			'--port',
			'--bind',
			'--peer',
			'--only',
			'--sequential',
			'--recheck',
			'--max-peers',
		],
		...[
			'--max-down',
			'--seed',
			'--no-seed',
			'--timeout',
			'--state-dir',
			'--plain',
			'--json',
			'--log',
			'--fps',
		],
		...[
			'--list',
			'--speed',
			'--random-seed',
			'--help',
			'--__proto__',
			'--no-no-seed',
			'-x',
			'=',
			'=1',
			'Ki',
			'1e3',
		],
	],
	maxBytes: 600,
	run(input) {
		const words = fromUtf8(input).split('\n')
		const invocation = parse(words)
		if (invocation instanceof CommandFailure) {
			check(invocation.exitCode === 2, `exit code ${invocation.exitCode}`)
			check(invocation.message !== '' && !invocation.message.includes('undefined'), invocation.message)
			return [invocation.message.replaceAll(/unknown option .*|got .*|".*|\d+/gsu, '').slice(0, 60)]
		}
		return [invocation.command, ...checkInvocation(invocation)]
	},
}

function parse(words: readonly string[]): Invocation | CommandFailure {
	try {
		return parseOptions(words, '0.0.0')
	} catch (error) {
		if (error instanceof CommandFailure) return error
		throw error
	}
}

function checkInvocation(invocation: Invocation): string[] {
	if (!('options' in invocation)) return []
	const { options } = invocation
	for (const [key, value] of Object.entries(options)) {
		if (typeof value === 'number') check(Number.isFinite(value) && value >= 0, `${key} is ${value}`)
		// A scenario is looked up in a list, wherein no name is empty.
		check(value !== '' || key === 'scenario', `${key} is empty`)
	}
	if ('peers' in options)
		for (const { host, port } of options.peers)
			check(host !== '' && port >= 1 && port <= 65_535, `port ${port}`)
	return Object.entries(options).map(([key, value]) => `${key} ${typeof value}`)
}
