// What messages and fields mean, in our own words, with the place where it is laid down: a paragraph for
// whoever reads a message and asks what it is for, when it is sent, and what people get wrong about it.
import { bencodeLore } from './lore-bencode.ts'
import { dhtLore } from './lore-dht.ts'
import { encryptionLore } from './lore-encryption.ts'
import type { Lore } from './lore-entry.ts'
import { extensionLore } from './lore-extensions.ts'
import { handshakeLore } from './lore-handshake.ts'
import { messageLore } from './lore-messages.ts'
import { trackerLore } from './lore-trackers.ts'

const lores = {
	...messageLore,
	...handshakeLore,
	...extensionLore,
	...bencodeLore,
	...dhtLore,
	...trackerLore,
	...encryptionLore,
}

export type LoreName = keyof typeof lores

export const loreNames: readonly LoreName[] = Object.keys(lores).filter(isLoreName)

/** The paragraph of that name. */
export function loreOf(name: LoreName): Lore {
	return lores[name]
}

function isLoreName(name: string): name is LoreName {
	return Object.hasOwn(lores, name)
}
