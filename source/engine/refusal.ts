// Why a torrent cannot be started, in one sentence for the user: what was expected and what came.
import { ProtocolError } from '../protocol/errors.ts'
import { safeText } from '../protocol/safe-text.ts'
import type { EngineFailureCode, TorrentOptions } from './api.ts'

/** Ends the start of a torrent. */
export class Refusal extends Error {
	override readonly name = 'Refusal'
	readonly code: EngineFailureCode

	constructor(code: EngineFailureCode, message: string) {
		super(message)
		this.code = code
	}
}

/** What a failed start is called for the user; undefined for a fault of ours. */
export function refusalOf(
	error: unknown,
): { readonly code: EngineFailureCode; readonly message: string } | undefined {
	if (error instanceof Refusal) return { code: error.code, message: error.message }
	if (!(error instanceof ProtocolError)) return undefined
	const where = error.offset === undefined ? '' : ` at byte ${error.offset}`
	return { code: 'torrent', message: `no valid torrent${where}: ${error.message}` }
}

const listenTroubles: ReadonlyMap<string, string> = new Map([
	['EADDRINUSE', 'in use'],
	['EACCES', 'not permitted, ports below 1024 often are not'],
])

/** The listener could not be opened; `code` is the system's. */
export function listenRefusal({ bind, port, portIsFixed }: TorrentOptions, code: string): Refusal {
	if (code === 'EADDRNOTAVAIL')
		return new Refusal('port', `--bind: expected an address of this machine, got ${safeText(bind ?? '')}`)
	const why = listenTroubles.get(code) ?? code
	return new Refusal(
		'port',
		`--port: expected a free port, got ${port}${portIsFixed ? '' : ' and what follows'}: ${why}`,
	)
}
