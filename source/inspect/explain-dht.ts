// What the DHT node recorded about itself, its lookups and what it dropped, as short phrases (dht/reasons.ts).
import type { BootstrapReason, DatagramDrop, IdReason, LookupEnd, LookupPurpose } from '../dht/reasons.ts'
import type { LookupStepState, NodeStanding } from '../dht/snapshot.ts'
import { formatClock, formatCount, formatSpan } from './units.ts'

/** Where the node stands on its way into the DHT, at the instant `now` of the engine's clock. */
export function explainBootstrap(reason: BootstrapReason, now: number): string {
	switch (reason.code) {
		case 'no-socket':
			return 'no socket of this family'
		case 'nobody-to-ask':
			return 'knows nobody to ask: no router, no node of an earlier run'
		case 'asking-saved':
			return `asks ${formatCount(reason.nodes, 'node')} of the last run`
		case 'resolving-routers':
			return `looks up the names of ${formatCount(reason.routers, 'router')}`
		case 'asking-routers':
			return `asks ${formatCount(reason.routers, 'router')} for a way in`
		case 'asking-hints':
			return `asks ${formatCount(reason.nodes, 'node')} that were named to us`
		case 'nobody-answered':
			return `none of ${reason.asked} answered, again in ${formatClock(reason.untilAt - now)}`
		case 'joined':
			return `joined: ${formatCount(reason.nodes, 'node')} after ${formatSpan(reason.tookMs)}`
	}
}

/** Where our id comes from. */
export function explainId(reason: IdReason): string {
	switch (reason.code) {
		case 'random':
			return 'by chance: nobody told us our address yet'
		case 'for-saved-address':
			return `made for ${reason.host}, our address of the last run`
		case 'for-voted-address':
			return `made for ${reason.host}, as ${formatCount(reason.votes, 'node')} see us`
	}
}

/** What a lookup is for, in one word. */
export function purposeWord(purpose: LookupPurpose): string {
	switch (purpose) {
		case 'peers':
		case 'announce':
		case 'node':
		case 'refresh':
			return purpose
		case 'bootstrap':
			return 'join'
	}
}

/** Why a lookup ended, or that it runs. */
export function explainEnd(end: LookupEnd | undefined): string {
	switch (end?.code) {
		case undefined:
			return 'under way'
		case 'closest-answered':
			return `the closest ${end.nodes} answered`
		case 'nobody-left':
			return `nobody is left to ask, ${end.answered} answered`
		case 'nobody-to-ask':
			return 'there was nobody to ask'
		case 'too-many-asked':
			return `given up after ${end.limit}`
		case 'cancelled':
			return 'no longer wanted'
		case 'restarted':
			return 'begun anew'
	}
}

/** What became of a node that a lookup knows of, in at most 8 characters. */
export function stepWord(state: LookupStepState, hasEnded: boolean): string {
	if (state === 'waiting' && hasEnded) return 'spared'
	return state === 'wrong-id' ? 'wrong id' : state
}

/** Whether an id fits its address, in at most 6 characters. */
export function standingWord(standing: NodeStanding | undefined): string {
	switch (standing) {
		case undefined:
			return ''
		case 'verified':
			return 'fits'
		case 'exempt':
			return 'local'
		case 'unverified':
			return 'no fit'
	}
}

/** Why datagrams were dropped, behind their number. */
export function dropWords(drop: DatagramDrop): string {
	switch (drop) {
		case 'flood':
			return 'of a flood'
		case 'malformed':
			return 'malformed'
		case 'unasked':
			return 'not asked for'
		case 'wrong-sender':
			return 'from another than was asked'
		case 'wrong-id':
			return 'under a wrong id'
		case 'impossible-sender':
			return 'from where no node can be'
		case 'read-only':
			return 'while we only ask'
		case 'over-limit':
			return 'over our limit'
	}
}
