// One GET by node:http or node:https to an address that somebody has checked: the name is never looked up
// again, so that what was checked is what is connected to. Certificates are checked, always.
// Node's modules are loaded by the first request: they are a twelfth of a start, and most downloads by magnet link or
// from peers named by hand never ask a web server.
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http'
import { parseHost } from '../protocol/address.ts'
import type { TrackerFailure } from '../protocol/announce.ts'
import { concatBytes, utf8 } from '../protocol/bytes.ts'
import { maskTarget, maskUrl } from './mask-url.ts'
import { abortFailure, trackerFailure } from './tracker-context.ts'
import type { HttpTarget } from './tracker-url.ts'
import { errorCode } from './world-failure.ts'

export type HttpGetOptions = {
	readonly address: string
	readonly bind: string | undefined
	readonly headers: Readonly<Record<string, string>>
	readonly maxBodyBytes: number
	readonly signal: AbortSignal
	/** Hears what is sent, with secrets masked. */
	readonly observe: (bytes: Uint8Array) => void
}

export type HttpReply = {
	readonly type: 'replied'
	readonly status: number
	readonly headers: IncomingHttpHeaders
	/** Status line and headers as they came, the empty line included. */
	readonly head: Uint8Array
	readonly body: Uint8Array<ArrayBuffer>
}

/** Ends with the whole reply or a failure; nothing of it is open afterwards. */
export async function httpGet(
	target: HttpTarget,
	options: HttpGetOptions,
): Promise<HttpReply | TrackerFailure> {
	const { signal } = options
	const { request: open } = await (target.protocol === 'https' ? import('node:https') : import('node:http'))
	if (signal.aborted) return abortFailure(signal)
	let request: ClientRequest
	try {
		request = open(requestOptions(target, options))
	} catch (error) {
		return trackerFailure('bad-url', `the URL cannot be sent (${errorCode(error)})`)
	}
	return await new Promise(resolve => {
		const end = (result: HttpReply | TrackerFailure) => {
			signal.removeEventListener('abort', onAbort)
			request.destroy()
			resolve(result)
		}
		const onAbort = () => end(abortFailure(signal))
		signal.addEventListener('abort', onAbort)
		request.on('error', error => end(requestFailure(error)))
		request.on('response', response => collect(response, options, end))
		options.observe(requestHead(request))
		request.end()
	})
}

function requestOptions(target: HttpTarget, options: HttpGetOptions): RequestOptions {
	const { url, host } = target
	const credentials = decodeSafely(`${url.username}:${url.password}`)
	return {
		host: options.address,
		port: url.port === '' ? undefined : Number(url.port),
		path: url.pathname + url.search,
		method: 'GET',
		headers: { Host: url.host, ...options.headers },
		agent: false,
		localAddress: options.bind,
		maxHeaderSize: 16_384,
		...(parseHost(host) === undefined ? { servername: host } : {}),
		...(credentials === ':' ? {} : { auth: credentials }),
	}
}

function collect(
	response: IncomingMessage,
	options: HttpGetOptions,
	end: (result: HttpReply | TrackerFailure) => void,
): void {
	const parts: Uint8Array[] = []
	let length = 0
	response.on('data', (part: Buffer) => {
		length += part.length
		if (length > options.maxBodyBytes) {
			end(trackerFailure('answer-too-large', `the answer is longer than ${options.maxBodyBytes} bytes`))
			return
		}
		parts.push(part)
	})
	response.on('error', error => end(requestFailure(error)))
	response.on('end', () => {
		const body = concatBytes(parts)
		const { statusCode = 0, headers } = response
		end({ type: 'replied', status: statusCode, headers, head: responseHead(response), body })
	})
}

function requestFailure(error: Error): TrackerFailure {
	const code = errorCode(error)
	if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO|ALTNAME|EPROTO/u.test(code)) {
		return trackerFailure('tls', `no secure connection to the tracker (${code})`)
	}
	if (code.startsWith('HPE_')) return trackerFailure('malformed-answer', `the answer is no HTTP (${code})`)
	return trackerFailure('unreachable', `the tracker cannot be reached (${code})`)
}

// Built from the request's own parts; Node does not hand out the bytes that it sends.
function requestHead(request: ClientRequest): Uint8Array {
	const lines = [`${request.method} ${maskTarget(request.path)} HTTP/1.1`]
	for (const [name, value] of Object.entries(request.getHeaders())) {
		lines.push(`${name}: ${name === 'authorization' ? '***' : String(value)}`)
	}
	return utf8(`${lines.join('\r\n')}\r\n\r\n`)
}

function responseHead(response: IncomingMessage): Uint8Array {
	const lines = [`HTTP/${response.httpVersion} ${response.statusCode ?? 0} ${response.statusMessage ?? ''}`]
	for (let at = 0; at + 1 < response.rawHeaders.length; at += 2) {
		const name = response.rawHeaders[at] ?? ''
		lines.push(`${name}: ${shownValue(name, response.rawHeaders[at + 1] ?? '')}`)
	}
	return utf8(`${lines.join('\r\n')}\r\n\r\n`)
}

// Where we are sent may carry a key as well as what we asked; cookies are nothing else.
function shownValue(name: string, value: string): string {
	switch (name.toLowerCase()) {
		case 'location':
			return URL.canParse(value) ? maskUrl(value) : maskTarget(value)
		case 'set-cookie':
			return '***'
		default:
			return value
	}
}

function decodeSafely(text: string): string {
	try {
		return decodeURIComponent(text)
	} catch {
		return text
	}
}
