// A sink that copies everything it is handed, so that decoded streams can be compared as values.
import type { FrameSink } from '../../source/protocol/frame-decoder.ts'
import type { BlockFields, Message } from '../../source/protocol/message.ts'
import { copyMessage } from '../../source/protocol/message-decoder.ts'

export type Collected =
	| { readonly message: Message; readonly raw: Uint8Array }
	| { readonly block: BlockFields; readonly payload: Uint8Array | undefined }

/** `wants` says which blocks are taken (all by default); the others are let pass. */
export function frameCollector(wants: (block: BlockFields) => boolean = () => true) {
	const collected: Collected[] = []
	let target: Uint8Array | undefined
	const sink: FrameSink = {
		onMessage: (message, raw) => collected.push({ message: copyMessage(message), raw: raw.slice() }),
		onBlockStart(block) {
			target = wants(block) ? new Uint8Array(block.length) : undefined
			return target
		},
		onBlockEnd: (block, taken) => collected.push({ block, payload: taken ? target : undefined }),
	}
	return { sink, collected }
}
