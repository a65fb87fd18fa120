// The owner of a link that keeps what it is told.
import type { EncryptionStep, LinkOwner, PeerLink } from '../../source/engine/peer-link.ts'
import type { BlockFields, Message } from '../../source/protocol/message.ts'
import type { DropReason } from '../../source/torrent/reasons.ts'

export class LinkRecorder implements LinkOwner {
	readonly handshake: LinkOwner['handshake']
	readonly pieceCount = 8
	readonly messages: Message['type'][] = []
	readonly closed: DropReason[] = []
	/** Steps of encryption and what handshakes were sent, in order. */
	readonly steps: string[] = []
	handshakes = 0
	/** Where blocks go. */
	target: Uint8Array = new Uint8Array(0)

	constructor(handshake: LinkOwner['handshake']) {
		this.handshake = handshake
	}

	encryptionStep(_link: PeerLink, { direction, step }: EncryptionStep): void {
		this.steps.push(`${direction} ${step.type}`)
	}

	handshakeSent(): void {
		this.steps.push('out handshake')
	}

	handshakeReceived(): void {
		this.handshakes += 1
	}

	messageReceived(_link: PeerLink, { type }: Message): void {
		this.messages.push(type)
	}

	messageRejected(): void {
		return
	}

	blockStarted(_link: PeerLink, { length }: BlockFields): Uint8Array | undefined {
		return this.target.length === length ? this.target : undefined
	}

	blockEnded(): void {
		return
	}

	burstEnded(): void {
		return
	}

	linkDrained(): void {
		return
	}

	linkClosed(_link: PeerLink, reason: DropReason): void {
		this.closed.push(reason)
	}
}
