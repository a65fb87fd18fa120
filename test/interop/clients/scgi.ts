// One XML-RPC call over SCGI on a Unix socket, as rTorrent answers it; only scalar answers are read.
import { connect } from 'node:net'

function escapeXml(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

/** Calls `method` with strings and returns the text of the first scalar in the answer. Throws on a fault. */
export async function callScgi(
	socketPath: string,
	method: string,
	parameters: readonly string[],
): Promise<string> {
	const values = parameters.map(text => `<param><value><string>${escapeXml(text)}</string></value></param>`)
	const body = `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${values.join('')}</params></methodCall>`
	const headers = `CONTENT_LENGTH\0${Buffer.byteLength(body)}\0SCGI\x001\0`
	const answer = await new Promise<string>((resolve, reject) => {
		const socket = connect(socketPath)
		let text = ''
		socket.setEncoding('utf8').on('data', (part: string) => {
			text += part
		})
		socket.on('error', reject).on('close', () => resolve(text))
		socket.write(`${headers.length}:${headers},${body}`)
	})
	if (!answer.includes('<methodResponse>') || answer.includes('<fault>')) {
		throw new Error(`${method}: ${answer.slice(-500)}`)
	}
	return /<(?:i4|i8|int|string)>([^<]*)</u.exec(answer)?.[1] ?? ''
}
