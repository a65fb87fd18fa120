// Texts that try to take over a terminal, and whoever says them: a torrent, trackers and peers. Each text begins
// with a word of its own, by which a test sees that it was shown at all.
import { createServer } from 'node:net'
import { onTestFinished } from 'vitest'
import { type Bencodable, encodeBencode } from '../../source/protocol/bencode-encode.ts'
import { concatBytes } from '../../source/protocol/bytes.ts'
import { makeTorrent, type MadeTorrent } from './make-torrent.ts'
import { listenAsPeer, type SocketPeer } from './socket-peer.ts'
import { scriptUdp } from './tracker-server.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)

const texts = [
	// Sequences of seven bits: colours that blink, clears, the screen, title, links, clipboard, DCS, APC, a reset.
	'\u001b[5;31mred\u001b[8mhid',
	'\u001b[2J\u001b[H\u001b[?1049l\u001b[?25h\u001b[6n\u001b[3;3Hxx\u001b[9999T',
	'\u001b]0;taken\u0007\u001b]2;taken\u001b\\\u001b]8;;http://evil.invalid\u001b\\link\u001b]8;;\u001b\\',
	'\u001b]52;c;dGFrZW4=\u0007\u001b]9;4;2;50\u001b\\\u001b]9;note\u0007',
	'\u001bP1$r0m\u001b\\\u001b_Gi=1\u001b\\\u001b^pm\u001b\\\u001bXsos\u001b\\\u001bc\u001b7\u001b(0\u001b#8',
	// Controls, of C0 and C1, and lines where one is expected.
	'\u0000\u0007\u0008\u0008\u000b\u000c\u000e\u000f\u007f\r\n\t\u0085\u2028\u2029',
	'\u009b2J\u009b31m\u009d52;c;dGFrZW4=\u009c\u0090q\u009c\u0084\u008d',
	// Letters that turn round, vanish, pile up, join, or are wider than they look.
	'\u202eevil\u202c\u2066iso\u2069\u200f\u061c\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e\u3164\uffa0',
	`a${'\u0301'.repeat(40)}\u0e01${'\u0e49'.repeat(30)}\u20e3`,
	'\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u{1f3f4}\u{e0067}\u{e007f}\u2764\ufe0f\u{1f1e9}\u{1f1ea}漢字ｆｕｌｌ',
	'\ufff9\ufffb\ufffe\u{1fffe}\ue123',
].map(utf8)

// What is no UTF-8: C1 as single bytes, a lone surrogate, an overlong escape, halves of sequences.
const raw = Uint8Array.from([
	0x9b, 0x32, 0x4a, 0x9d, 0x30, 0x3b, 0x78, 0x9c, 0xed, 0xa0, 0x80, 0xc0, 0x9b, 0xff, 0xe2,
])

/** `word` and everything that is wrong, in `bytes` bytes: what is short holds only the first of it. */
export function hostile(word: string, bytes = 10_000): Uint8Array {
	const all = concatBytes([utf8(`${word} `), ...texts.flatMap(text => [text, utf8(' ')]), raw])
	return concatBytes([all, utf8('x'.repeat(Math.max(0, bytes - all.length)))]).slice(0, bytes)
}

/** One of them in turn after `word`, in at most `bytes` bytes: no text hides behind another. */
function hostileOnes(word: string, bytes = 64): Uint8Array[] {
	return [...texts, raw].map(text => concatBytes([utf8(`${word} `), text]).slice(0, bytes))
}

export type HostileWorld = {
	readonly torrent: MadeTorrent
	/** A seed that keeps the last blocks until it is told to bring all. */
	readonly seed: SocketPeer
	/** Where they all listen: the seed, and peers that break the rules. */
	readonly peers: readonly string[]
}

/** Everybody listens on loopback until the test has finished. */
export async function startHostileWorld(): Promise<HostileWorld> {
	const trackers = await Promise.all([
		httpTracker(() =>
			answer({ ...counts, 'warning message': hostile('Twarn'), 'tracker id': hostile('Tid') }),
		),
		httpTracker(() => answer({ 'failure reason': hostile('Tfail') })),
		...hostileOnes('Tone', 200).map(text => httpTracker(() => answer({ 'failure reason': text }))),
		httpTracker(() =>
			concatBytes([utf8('HTTP/1.1 500 '), texts[0] ?? raw, utf8('\r\nContent-Length: 0\r\n\r\n')]),
		),
		httpTracker(() =>
			utf8('HTTP/1.1 302 x\r\nLocation: gopher://\u001b[31m\u202e\r\nContent-Length: 0\r\n\r\n'),
		),
		httpTracker(() => utf8('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\u001b]0;no\u0007')),
		udpTracker(),
	])
	const torrent = makeHostileTorrent(trackers)
	const seed = await listenAsPeer({
		torrent,
		blocks: 6,
		chatters: true,
		peerId: concatBytes([utf8('-\u001b[5m\u0007-'), utf8('\u001b]0;x\u0007\u009b2J\u202e')]).slice(0, 20),
		says: [
			extended(
				0,
				encodeBencode(
					new Map<string, Bencodable>([
						['m', names()],
						['v', hostile('Pclient')],
						['reqq', 250],
					]),
				),
			),
			...hostileOnes('Pext', 120).map(text => extended(9, text)),
			extended(1, concatBytes([encodeBencode({ msg_type: 2, piece: 0, text: hostile('Pmeta', 300) }), raw])),
			extended(2, encodeBencode({ added: hostile('Ppex', 60), dropped: raw })),
			message(99, hostile('Punknown', 400)),
		],
	})
	const breakers = await Promise.all(
		[message(5, hostile('Bbits', 40)), message(4, utf8('\u001b[5m')), extended(0, hostile('Bext', 300))].map(
			bytes =>
				listenAsPeer({
					torrent,
					blocks: 0,
					says: [extended(0, encodeBencode({ v: hostile('Bclient') })), bytes],
				}),
		),
	)
	return { torrent, seed, peers: [seed, ...breakers].map(({ address }) => address) }
}

const counts = { interval: 1800, complete: 1, incomplete: 1, peers: new Uint8Array() }

/** A torrent of 20 files in three pieces, every text of it hostile. */
function makeHostileTorrent(trackers: readonly string[]): MadeTorrent {
	const paths = hostileOnes('Ffile', 120).concat([hostile('Flong')])
	const contents = paths.map((_, at) => ({ path: `f${at}`, content: 12_000 }))
	const odd = concatBytes([utf8('http://127.0.0.1:9/Turl'), texts[0] ?? raw, texts[7] ?? raw])
	return makeTorrent({
		files: contents,
		info: {
			name: hostile('Fname'),
			files: paths.map(path => ({ length: 12_000, path: [path, hostile('Fpart', 60)] })),
			source: hostile('Fsource'),
		},
		outer: {
			announce: odd,
			'announce-list': [[odd], ...trackers.map(url => [url])],
			comment: hostile('Fcomment'),
			'created by': hostile('Fby'),
			'url-list': [odd],
			nodes: [[hostile('Fnode', 100), 1]],
		},
	})
}

function names(): Map<string, Bencodable> {
	const plain = ['ut_metadata', 'ut_pex'].map((name, at): [string, Bencodable] => [name, at + 1])
	// Keys are text for the encoder: what is no UTF-8 goes elsewhere.
	return new Map([
		...plain,
		...texts
			.slice(0, 8)
			.map((text, at): [string, Bencodable] => [
				`Pname ${new TextDecoder().decode(text)}`.replaceAll(/[\ud800-\udfff]/gu, ''),
				at + 20,
			]),
	])
}

/** An extended message of BEP 10. */
function extended(id: number, payload: Uint8Array): Uint8Array {
	return message(20, concatBytes([Uint8Array.of(id), payload]))
}

function message(id: number, payload: Uint8Array): Uint8Array {
	const head = new Uint8Array(5)
	new DataView(head.buffer).setUint32(0, payload.length + 1)
	head[4] = id
	return concatBytes([head, payload])
}

function answer(body: Readonly<Record<string, Bencodable>>): Uint8Array {
	const bytes = encodeBencode(body)
	return concatBytes([utf8(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\n\r\n`), bytes])
}

/** Answers whatever is asked with these bytes. */
async function httpTracker(reply: () => Uint8Array): Promise<string> {
	const server = createServer(socket => {
		socket.on('error', () => undefined)
		socket.once('data', () => socket.end(reply()))
	})
	onTestFinished(() => void server.close())
	const port = await new Promise<number>(resolve => {
		server.listen(0, '127.0.0.1', () => {
			const address = server.address()
			resolve(typeof address === 'object' && address !== null ? address.port : 0)
		})
	})
	return `http://127.0.0.1:${port}/announce`
}

/** Refuses in the words of BEP 15: action 3, the transaction, a text. */
async function udpTracker(): Promise<string> {
	const tracker = await scriptUdp((request, reply) => {
		reply(concatBytes([Uint8Array.of(0, 0, 0, 3), request.slice(12, 16), hostile('Tudp')]))
	})
	onTestFinished(() => tracker.close())
	return `udp://127.0.0.1:${tracker.port}/announce`
}
