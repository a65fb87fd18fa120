// .torrent files: what is accepted agrees with itself, its text is safe, and its paths stay below their root.
import { equalBytes } from '../../../source/protocol/bytes.ts'
import { type Metainfo, parseMetainfo } from '../../../source/protocol/metainfo.ts'
import { makeTorrent } from '../../helpers/make-torrent.ts'
import { attempt, check, type Target } from '../target.ts'
import { checkPaths } from './path-rules.ts'
import { checkSafe } from './text-rules.ts'

export const metainfoTarget: Target = {
	name: 'metainfo',
	mutation: 'bencode',
	seeds: () =>
		[
			makeTorrent({ bytes: 50_000 }),
			makeTorrent({ bytes: 3, pieceLength: 1, private: true, announce: 'udp://tracker.example:80/a' }),
			makeTorrent({
				files: [
					{ path: 'a.txt', content: 10 },
					{ path: ['dir', 'A.txt'], content: 0 },
					{ path: ['.pad', '22'], content: 22, attr: 'p' },
					{ path: ['dir', '..', 'b'], content: 40_000 },
				],
				announceList: [['http://a.example/announce', 'https://b.example/announce'], ['udp://c.example:1']],
				urlList: ['http://seed.example/'],
				outer: { comment: 'a comment', 'created by': 'somebody', 'creation date': 1_700_000_000 },
			}),
			makeTorrent({ bytes: 100, outer: { nodes: [['192.0.2.1', 6881]] }, info: { 'meta version': 2 } }),
		].map(({ bytes }) => bytes),
	dictionary: [
		...[
			'info',
			'name',
			'name.utf-8',
			'piece length',
			'pieces',
			'length',
			'files',
			'path',
			'path.utf-8',
			'attr',
		],
		...[
			'private',
			'announce',
			'announce-list',
			'url-list',
			'nodes',
			'comment',
			'created by',
			'creation date',
		],
		...[
			'file tree',
			'meta version',
			'symlink path',
			'p',
			'l',
			'x',
			'..',
			'.',
			'/',
			'\\',
			'a.txt',
			'A.TXT',
			'CON',
		],
		...['\u001b[2J', '\u202e', 'http://[::1]/', 'udp://x:99999', 'javascript:1', 'é', 'e\u0301'],
	],
	run(input) {
		const parsed = attempt(() => parseMetainfo(input))
		if (!parsed.ok) return [parsed.error.code]
		checkMetainfo(parsed.value, input)
		const { files, tiers, webSeeds, nodes, warnings, single, hybrid } = parsed.value
		const sizes = [files, tiers, webSeeds, nodes].map(list => Math.min(list.length, 3))
		const shape = `${single} ${hybrid} ${sizes.join(' ')}`
		return [
			shape,
			...warnings.map(warning => warning.replaceAll(/\P{L}+/gu, ' ').slice(0, 14)),
			...checkPaths(parsed.value),
		]
	},
}

function checkMetainfo(metainfo: Metainfo, input: Uint8Array): void {
	const { geometry, files, pieceHashes, infoBytes } = metainfo
	check(Buffer.from(input).includes(Buffer.from(infoBytes)), 'the info dictionary is as it came')
	check(equalBytes(infoBytes.subarray(0, 1), new Uint8Array([0x64])), 'the info dictionary is whole')
	check(pieceHashes.length === geometry.pieceCount * 20, 'a hash for each piece')
	check((geometry.pieceCount - 1) * geometry.pieceLength < geometry.totalBytes, 'no piece too many')
	check(geometry.pieceCount * geometry.pieceLength >= geometry.totalBytes, 'no piece too few')
	let at = 0
	for (const { offsetBytes, lengthBytes } of files) {
		check(
			offsetBytes === at && Number.isSafeInteger(lengthBytes) && lengthBytes >= 0,
			'files follow one another',
		)
		at += lengthBytes
	}
	check(at === geometry.totalBytes, 'the files are all there is')
	for (const text of [metainfo.comment, metainfo.createdBy, ...metainfo.warnings])
		if (text !== undefined) checkSafe(text, 4096)
	for (const url of metainfo.tiers.flat()) check(/^(?:https?|udp):/iu.test(url), `tracker ${url}`)
	for (const url of metainfo.webSeeds) check(/^https?:/iu.test(url), `web seed ${url}`)
	for (const { port } of metainfo.nodes) check(port > 0 && port <= 0xffff, `port ${port} of a node`)
}
