// `announce`: each tracker is asked once, over HTTP and UDP, and what it answers is printed.
import { describe, expect, it } from 'vitest'
import { torrentOnDisk } from '../helpers/cli-torrents.ts'
import { startTracker } from '../helpers/cli-tracker.ts'
import { cliResult } from '../helpers/run-cli.ts'

describe('announce', () => {
	it('asks every tracker of every tier once and leaves again', async () => {
		const { tracker, heard } = await startTracker()
		const { file } = torrentOnDisk({ announceList: [[tracker.httpUrl], [tracker.udpUrl]] })
		const { code, stdout, stderr } = await cliResult(['announce', file])
		expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
		const [first, second, ...rest] = stdout.trimEnd().split('\n')
		expect(first).toMatch(
			/^tier 1 {2}http:\/\/127\.0\.0\.1:\d+\/announce {2}\d+ seeds? {2}\d+ leechers? {2}\d+ peers? {2}every 1800 s {2}\d+ ms$/u,
		)
		expect(second).toMatch(/^tier 2 {2}udp:\/\/127\.0\.0\.1:\d+\/announce {2}\d+ seeds .* ms$/u)
		expect(rest).toEqual([])
		expect([...heard].sort()).toEqual(['http started', 'http stopped', 'udp started', 'udp stopped'])
	})

	it('prints with --json one object a tracker, and succeeds when one has answered', async () => {
		const { tracker } = await startTracker()
		tracker.setMood({ type: 'warning', text: 'be \u001b[1mnice' })
		const gone = 'http://127.0.0.1:1/announce'
		const { file } = torrentOnDisk({ announceList: [[gone, tracker.httpUrl]] })
		const { code, stdout } = await cliResult(['announce', file, '--json'])
		expect(stdout).toMatch(/^[ -~\n]+$/u)
		const objects = stdout
			.trimEnd()
			.split('\n')
			.map(line => JSON.parse(line) as unknown)
		expect(objects).toEqual([
			{
				version: 1,
				type: 'failed',
				tracker: gone,
				tier: 0,
				roundTripMs: expect.any(Number) as number,
				code: 'unreachable',
				message: 'the tracker cannot be reached (ECONNREFUSED)',
			},
			expect.objectContaining({
				version: 1,
				type: 'announced',
				tracker: tracker.httpUrl,
				tier: 0,
				intervalS: 1800,
				peers: expect.any(Array) as unknown[],
				warning: 'be nice',
			}),
		])
		expect(code).toBe(0)
	})

	it('exits 1 when no tracker takes us, with its reason, or when there is none', async () => {
		const { tracker } = await startTracker()
		tracker.setMood({ type: 'refusing', reason: 'not \u009b2Jregistered' })
		const refused = await cliResult(['announce', torrentOnDisk({ announce: tracker.udpUrl }).file])
		expect(refused.stdout).toMatch(/failed \(refused\): not registered\n$/u)
		expect(refused.code).toBe(1)
		const { file } = torrentOnDisk()
		expect(await cliResult(['announce', file])).toEqual({
			code: 1,
			stdout: '',
			stderr: `swarmscope: ${file}: expected a torrent with trackers, got one without\n`,
		})
	})
})
