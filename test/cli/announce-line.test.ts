import { expect, it } from 'vitest'
import { announceLine } from '../../source/commands/announce.ts'

it.each([
	[{ seeders: 1, leechers: 1, peers: [{ host: '192.0.2.1', port: 1 }] }, '1 seed  1 leecher  1 peer'],
	[{ seeders: 2, leechers: 0, peers: [] }, '2 seeds  0 leechers  0 peers'],
	[{ peers: [] }, '? seeds  ? leechers  0 peers'],
])('an answer with %j is a line of counts', (counts, words) => {
	const answer = { type: 'announced', intervalS: 60, ...counts } as const
	const line = announceLine({ url: 'http://192.0.2.1/announce', tier: 0, roundTripMs: 3, answer })
	expect(line).toBe(`tier 1  http://192.0.2.1/announce  ${words}  every 60 s  3 ms`)
})
