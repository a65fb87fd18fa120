// The only composition root and the only place that ends the process.
import { resolve } from 'node:path'
import { announcedOf, announceLine, announceObject, announceOnce } from './commands/announce.ts'
import { checkDirectory } from './commands/check-directory.ts'
import { complain } from './commands/complain.ts'
import { letGoOfDeadTerminals } from './commands/dead-terminals.ts'
import { get } from './commands/get.ts'
import { infoLines, infoObject } from './commands/info.ts'
import { infoOfMagnet, keptOfMagnet } from './commands/known-magnet.ts'
import { inputTitle, isMagnet, loadInput } from './commands/load-input.ts'
import { magnetLines, magnetObject } from './commands/magnet-info.ts'
import { readMagnet } from './commands/read-magnet.ts'
import { readMetainfo } from './commands/read-metainfo.ts'
import { verify } from './commands/verify.ts'
import type { Environment } from './engine/environment.ts'
import { createNodeEnvironment } from './engine/node-environment.ts'
import { version } from './engine/version.ts'
import { errorCode } from './engine/world-failure.ts'
import { CommandFailure, type ExitCode, exitCodes } from './exit-code.ts'
import { formatCount } from './inspect/units.ts'
import { type Invocation, parseOptions } from './options.ts'
import { printableJson } from './inspect/printable-json.ts'
import { escapeForLog } from './protocol/safe-text.ts'
import { usage } from './usage.ts'

async function main(words: readonly string[]): Promise<ExitCode> {
	try {
		return await run(parseOptions(words, version), createNodeEnvironment())
	} catch (error) {
		if (error instanceof CommandFailure) {
			complain(error.message)
			return error.exitCode
		}
		printFault(error)
		return exitCodes.fault
	}
}

function printFault(error: unknown): void {
	const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
	for (const line of stack.split('\n')) process.stderr.write(`${escapeForLog(line)}\n`)
}

async function run(invocation: Invocation, environment: Environment): Promise<ExitCode> {
	switch (invocation.command) {
		case 'help':
			process.stdout.write(usage)
			return exitCodes.complete
		case 'version':
			print(version)
			return exitCodes.complete
		case 'nothing':
			process.stderr.write(usage)
			return exitCodes.usage
		case 'get':
			return await get(invocation.options, environment)
		case 'demo': {
			const { demo } = await import('./commands/demo.ts')
			return await demo(invocation.options)
		}
		case 'info':
			return await info(invocation, environment)
		case 'verify':
			return await runVerify(invocation, environment)
		case 'announce':
			return await runAnnounce(invocation, environment)
		case 'dht': {
			const { askDht } = await import('./commands/dht.ts')
			return await askDht(invocation.options, environment, report =>
				report.type === 'object' ? printObject(report.object) : print(report.line),
			)
		}
	}
}

type Of<Command extends Invocation['command']> = Extract<Invocation, { command: Command }>

async function info(invocation: Of<'info'>, environment: Environment): Promise<ExitCode> {
	const { torrent, json, offline } = invocation
	if (offline && isMagnet(torrent)) {
		const link = readMagnet(torrent)
		if (json) printObject(magnetObject(link))
		else for (const line of magnetLines(link)) print(line)
		return exitCodes.complete
	}
	const input = await loadInput(torrent, { environment })
	const known =
		input instanceof Uint8Array
			? readMetainfo(input, torrent)
			: await infoOfMagnet(input, invocation.network, environment)
	if (json) printObject(infoObject(known))
	else for (const line of infoLines(known)) print(line)
	return exitCodes.complete
}

async function runVerify(
	{ torrent, json, directory, stateDirectory }: Of<'verify'>,
	environment: Environment,
): Promise<ExitCode> {
	const input = await loadInput(torrent, { environment })
	const known =
		input instanceof Uint8Array ? readMetainfo(input, torrent) : await keptOfMagnet(input, stateDirectory)
	await checkDirectory('--dir', resolve(directory))
	const isWatched = process.stderr.isTTY && !json
	const result = await verify({
		torrent: known,
		directory: resolve(directory),
		environment,
		signal: new AbortController().signal,
		onProgress: fraction => {
			if (isWatched) process.stderr.write(`\r${Math.floor(fraction * 100)}%`)
		},
	})
	if (isWatched) process.stderr.write('\r     \r')
	if (json) printObject({ version: 1, ...result })
	else
		print(
			`${result.piecesHave} of ${formatCount(result.pieceCount, 'piece')} are right: ${result.complete ? 'complete' : 'not complete'}`,
		)
	return result.complete ? exitCodes.complete : exitCodes.notComplete
}

async function runAnnounce({ torrent, json }: Of<'announce'>, environment: Environment): Promise<ExitCode> {
	const input = await loadInput(torrent, { environment })
	const announced = announcedOf(input instanceof Uint8Array ? readMetainfo(input, torrent) : input)
	const reports =
		announced === undefined ? [] : await announceOnce(announced, environment, AbortSignal.timeout(60_000))
	if (reports.length === 0) {
		const title = inputTitle(torrent, input)
		throw new CommandFailure(
			exitCodes.notComplete,
			`${title}: expected a torrent with trackers, got one without`,
		)
	}
	for (const report of reports) {
		if (json) printObject(announceObject(report))
		else print(announceLine(report))
	}
	return reports.some(({ answer }) => answer.type === 'announced')
		? exitCodes.complete
		: exitCodes.notComplete
}

function print(line: string): void {
	process.stdout.write(`${line}\n`)
}

function printObject(object: Readonly<Record<string, unknown>>): void {
	print(printableJson(object))
}

// The engine in this thread (--inline) has no other way to report a fault; a screen that is open has its own.
process.on('uncaughtException', error => {
	if (process.listenerCount('uncaughtException') > 1) return
	printFault(error)
	process.exit(exitCodes.fault)
})
letGoOfDeadTerminals()
// A reader that went away (`| head`, a terminal that was closed) wants nothing more, and that is no failure; a full
// disk is one. Of a socket whose reader left something unread the system says ECONNRESET.
const readerLeft: readonly unknown[] = ['EPIPE', 'ECONNRESET']
let outputFailure: string | undefined
process.stdout.on('error', error => (outputFailure ??= errorCode(error)))
process.stderr.on('error', () => undefined)

const code = await main(process.argv.slice(2))
// Exiting cuts off what a pipe has not taken yet, so the streams are emptied first; an error of theirs is told
// a little later than the end of the write.
process.stdout.write('', () => setImmediate(leave))

function leave(): void {
	const isLost = outputFailure !== undefined && !readerLeft.includes(outputFailure) && !process.stdout.isTTY
	if (isLost) complain(`the output cannot be written: ${outputFailure}`)
	process.stderr.write('', () => process.exit(isLost ? exitCodes.disk : code))
}
