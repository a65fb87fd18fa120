// The .torrent file of a command: from disk or from a URL, bounded before it is read.
import { open } from 'node:fs/promises'
import { httpGet } from '../engine/http-get.ts'
import { toHttpTarget } from '../engine/tracker-url.ts'
import type { Environment } from '../engine/environment.ts'
import { version } from '../engine/version.ts'
import { errorCode } from '../engine/world-failure.ts'
import { CommandFailure, exitCodes } from '../exit-code.ts'
import { safeText } from '../protocol/safe-text.ts'

/** No .torrent file is larger (threats A3). */
const maxTorrentBytes = 10 << 20
const downloadTimeoutMs = 30_000
const mostRedirects = 5

/** The bytes of a .torrent file. Throws a CommandFailure: 3 when it cannot be had, 2 for an odd URL. */
export async function loadTorrent(source: string, environment: Environment): Promise<Uint8Array> {
	if (/^[a-z][a-z\d+.-]*:\/\//iu.test(source)) return await download(source, environment)
	try {
		const file = await open(source, 'r')
		try {
			const { size } = await file.stat()
			if (size > maxTorrentBytes) throw tooLarge(source, size)
			return new Uint8Array(await file.readFile())
		} finally {
			await file.close()
		}
	} catch (error) {
		if (error instanceof CommandFailure) throw error
		throw new CommandFailure(
			exitCodes.torrent,
			`${safeText(source)}: expected a torrent file, got ${worldWords(errorCode(error))}`,
		)
	}
}

async function download(source: string, environment: Environment): Promise<Uint8Array> {
	const signal = AbortSignal.timeout(downloadTimeoutMs)
	let url = parseUrl(source)
	for (let hop = 0; hop <= mostRedirects; hop += 1) {
		const target = toHttpTarget(url)
		if (target === undefined)
			throw new CommandFailure(
				exitCodes.usage,
				`expected a torrent file or an http(s) URL, got ${safeText(source)}`,
			)
		const found = await environment.resolver.resolve(target.host, signal)
		const address = found.ok ? found.value[0] : undefined
		if (address === undefined) throw failed(source, found.ok ? 'no address' : worldWords(found.code))
		const reply = await httpGet(target, {
			address,
			bind: undefined,
			headers: { 'User-Agent': `swarmscope/${version}`, 'Accept-Encoding': 'identity' },
			maxBodyBytes: maxTorrentBytes,
			signal,
			observe: () => undefined,
		})
		if (reply.type === 'failed') throw failed(source, reply.message)
		if (reply.status === 200) return reply.body
		const { location } = reply.headers
		if (reply.status < 300 || reply.status > 399 || location === undefined)
			throw failed(source, `status ${reply.status}`)
		url = redirected(url, location, source)
	}
	throw failed(source, `more than ${mostRedirects} redirects`)
}

function redirected(from: URL, location: string, source: string): URL {
	if (!URL.canParse(location, from.href)) throw failed(source, 'a redirect to nowhere')
	const next = new URL(location, from)
	if (from.protocol === 'https:' && next.protocol !== 'https:')
		throw failed(source, 'a redirect away from https')
	return next
}

function parseUrl(source: string): URL {
	if (URL.canParse(source)) return new URL(source)
	throw new CommandFailure(
		exitCodes.usage,
		`expected a torrent file or an http(s) URL, got ${safeText(source)}`,
	)
}

function failed(source: string, what: string): CommandFailure {
	return new CommandFailure(exitCodes.torrent, `${safeText(source)}: expected a torrent file, got ${what}`)
}

function tooLarge(source: string, size: number): CommandFailure {
	return new CommandFailure(
		exitCodes.torrent,
		`${safeText(source)}: expected a torrent file of at most ${maxTorrentBytes} bytes, got ${size}`,
	)
}

function worldWords(code: string): string {
	switch (code) {
		case 'ENOENT':
			return 'nothing: there is no such file'
		case 'EISDIR':
			return 'a directory'
		case 'EACCES':
			return 'no permission to read it'
		case 'ENOTFOUND':
		case 'EAI_AGAIN':
			return 'nothing: the name is not known'
		default:
			return code
	}
}
