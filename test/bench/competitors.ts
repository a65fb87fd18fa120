// Everybody whom the table can time.
import { existsSync } from 'node:fs'
import { aria2 } from '../interop/clients/aria2.ts'
import { libtorrent } from '../interop/clients/libtorrent.ts'
import { qbittorrent } from '../interop/clients/qbittorrent.ts'
import { rtorrent } from '../interop/clients/rtorrent.ts'
import { swarmscope } from '../interop/clients/swarmscope.ts'
import { transmission } from '../interop/clients/transmission.ts'
import { floor } from './clients/floor.ts'
import { swarmscopeScreen } from './clients/screen.ts'
import { webtorrent } from './clients/webtorrent.ts'
import type { Competitor } from './competitor.ts'

export const competitors: readonly Competitor[] = [
	...[floor, libtorrent, aria2, swarmscope, swarmscopeScreen],
	...[qbittorrent, rtorrent, transmission, webtorrent],
]

/** Those that a plain run times. */
export const usualCompetitors: readonly Competitor[] = [
	floor,
	libtorrent,
	aria2,
	swarmscope,
	swarmscopeScreen,
]

/** Whose event loops are watched. */
export const watched: ReadonlySet<Competitor> = new Set([swarmscope, swarmscopeScreen])

/** Why a client cannot run here, or undefined; installs it where it brings its own way. */
export function whyMissing(client: Competitor): string | undefined {
	if (!existsSync(client.program)) return `install ${client.debianPackage}`
	try {
		client.install?.()
		return undefined
	} catch (error) {
		return firstLine(error)
	}
}

/** The first line of what went wrong. */
export function firstLine(error: unknown): string {
	const message = error instanceof Error ? error.message : String(error)
	return message.split('\n', 1)[0] ?? ''
}
