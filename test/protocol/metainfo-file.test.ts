import { expect, test } from 'vitest'
import { toHex, utf8 } from '../../source/protocol/bytes.ts'
import { metainfoFile } from '../../source/protocol/metainfo-file.ts'
import { parseMetainfo } from '../../source/protocol/metainfo.ts'

const info = utf8('d6:lengthi5e4:name1:a12:piece lengthi16384e6:pieces20:01234567890123456789e')

test('a file around an info dictionary holds it byte for byte, with its trackers and web seeds', () => {
	const file = metainfoFile(info, {
		tiers: [['http://a.example/announce'], ['udp://b.example:1', 'udp://c.example:1']],
		webSeeds: ['https://w.example/'],
	})
	const metainfo = parseMetainfo(file)
	expect(toHex(metainfo.infoBytes)).toBe(toHex(info))
	expect(metainfo.tiers).toEqual([['http://a.example/announce'], ['udp://b.example:1', 'udp://c.example:1']])
	expect(metainfo.webSeeds).toEqual(['https://w.example/'])
	expect(metainfo.warnings).toEqual([])
})

test('nothing stands in it but the info dictionary where nothing else is known', () => {
	expect(toHex(metainfoFile(info, { tiers: [], webSeeds: [] }))).toBe(
		toHex(new Uint8Array([...utf8('d4:info'), ...info, ...utf8('e')])),
	)
})
