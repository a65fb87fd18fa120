// What all ways to a .torrent file have in common: the bound, the failure, and where a command may reach out.
import type { Environment } from '../engine/environment.ts'
import { maskUrl } from '../engine/mask-url.ts'
import { CommandFailure, exitCodes } from '../exit-code.ts'
import { type SafeText, safeText } from '../protocol/safe-text.ts'

/** No .torrent file is larger (threats A3). */
export const maxTorrentBytes = 10 << 20

/** Everything comes from the address `bind`, where it is given. */
export type World = { readonly environment: Environment; readonly bind?: string | undefined }

const url = /^[a-z][a-z\d+.-]*:\/\//iu

/** Whether this names something elsewhere, and no file. */
export function isUrl(source: string): boolean {
	return url.test(source)
}

/** How a source is called in messages: without what is secret in a URL. */
export function shownSource(source: string): SafeText {
	return isUrl(source) ? maskUrl(source) : safeText(source)
}

/** A CommandFailure with exit code 3: what came instead of a torrent file. */
export function notHad(source: string, got: string): CommandFailure {
	return new CommandFailure(exitCodes.torrent, `${shownSource(source)}: expected a torrent file, got ${got}`)
}

/** `addresses` as far as a socket on `bind` can reach them. */
export function inFamilyOf(bind: string | undefined, addresses: readonly string[]): readonly string[] {
	if (bind === undefined) return addresses
	return addresses.filter(address => address.includes(':') === bind.includes(':'))
}
