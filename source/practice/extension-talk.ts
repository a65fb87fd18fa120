// What a scripted peer says over the extension protocol (BEP 10): it gives, refuses or falsifies the info
// dictionary (BEP 9), and tells of the peers it knows of (BEP 11), each as its script says.
import type { Clock } from '../engine/environment.ts'
import { addressKey } from '../protocol/address.ts'
import type { ExtensionName } from '../protocol/extension.ts'
import type { SessionChange } from '../protocol/receive-message.ts'
import { encodeMetadataData, encodeMetadataReject, parseMetadataMessage } from '../protocol/ut-metadata.ts'
import { encodePex, type PexPeer } from '../protocol/ut-pex.ts'
import type { PeerScript } from './scenario.ts'
import type { ScriptedWire } from './scripted-wire.ts'

export type ExtensionTalkOptions = {
	readonly script: PeerScript
	/** The bytes of the info dictionary. */
	readonly infoBytes: Uint8Array
	readonly clock: Clock
	/** Whom it may tell of now. */
	readonly neighbours: () => readonly PexPeer[]
}

/** The first message a moment after the handshakes, the others a minute apart (BEP 11). */
const firstGossipMs = 12_000
const gossipMs = 60_000

export class ExtensionTalk {
	readonly #options: ExtensionTalkOptions
	/** By conversation: whom it was told of, and what waits to be told. */
	readonly #told = new Map<ScriptedWire, { known: Map<string, PexPeer>; cancel: () => void }>()

	constructor(options: ExtensionTalkOptions) {
		this.#options = options
	}

	/** For the extension handshake. */
	get extensions(): readonly ExtensionName[] {
		const { metadata, gossips } = this.#options.script
		const names: ExtensionName[] = []
		if (metadata !== undefined) names.push('ut_metadata')
		if (gossips === true) names.push('ut_pex')
		return names
	}

	/** For the extension handshake: undefined where it does not say. */
	get metadataBytes(): number | undefined {
		return this.#options.script.metadata === undefined ? undefined : this.#options.infoBytes.length
	}

	/** Something was said to it. */
	hear(wire: ScriptedWire, change: SessionChange): void {
		if (change.type === 'extensionHandshake') this.#greeted(wire)
		else if (change.type === 'extensionMessage' && change.name === 'ut_metadata')
			this.#asked(wire, change.payload)
	}

	/** That conversation is over. */
	forget(wire: ScriptedWire): void {
		this.#told.get(wire)?.cancel()
		this.#told.delete(wire)
	}

	#asked(wire: ScriptedWire, payload: Uint8Array): void {
		const { script, infoBytes } = this.#options
		const message = parseMetadataMessage(payload)
		if (message.type !== 'request' || script.metadata === undefined) return
		const { piece } = message
		if (script.metadata === 'refuses') {
			wire.sendExtended('ut_metadata', encodeMetadataReject(piece))
			return
		}
		const answer = encodeMetadataData(piece, infoBytes)
		const last = answer.length - 1
		if (script.metadata === 'lies') answer[last] = (answer[last] ?? 0) ^ 0xff
		wire.sendExtended('ut_metadata', answer)
	}

	#greeted(wire: ScriptedWire): void {
		const { script, clock } = this.#options
		if (script.gossips !== true || this.#told.has(wire)) return
		const cancel = clock.after(firstGossipMs, () => this.#gossip(wire))
		this.#told.set(wire, { known: new Map(), cancel })
	}

	#gossip(wire: ScriptedWire): void {
		const told = this.#told.get(wire)
		if (told === undefined) return
		const now = new Map(this.#options.neighbours().map(peer => [addressKey(peer.address), peer]))
		const added = [...now].filter(([key]) => !told.known.has(key)).map(([, peer]) => peer)
		const dropped = [...told.known].filter(([key]) => !now.has(key)).map(([, { address }]) => address)
		if (added.length + dropped.length > 0) wire.sendExtended('ut_pex', encodePex({ added, dropped }))
		told.known = now
		told.cancel = this.#options.clock.after(gossipMs, () => this.#gossip(wire))
	}
}
