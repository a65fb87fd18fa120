// `swarmscope dht` against the node of a running seed: everything stays on loopback.
import { describe, expect, it } from 'vitest'
import { startSeed, torrentOnDisk } from '../helpers/cli-torrents.ts'
import { cliResult, temporaryFolder } from '../helpers/run-cli.ts'

async function seed() {
	const { peer } = await startSeed(torrentOnDisk({ files: [{ path: 'a', content: 100_000 }] }))
	const folder = temporaryFolder()
	const ask = (...words: readonly string[]) =>
		cliResult(['dht', ...words, '--bind', '127.0.0.1'], { cwd: folder, env: { XDG_STATE_HOME: folder } })
	return { peer, ask, router: ['--dht-router', peer] }
}

const hash = 'ab'.repeat(20)
const objects = (stdout: string) =>
	stdout
		.trim()
		.split('\n')
		.map(line => JSON.parse(line) as Record<string, unknown>)

describe('swarmscope dht', () => {
	it('pings a node, and tells how it sees us', async () => {
		const { peer, ask } = await seed()
		const { code, stdout, stderr } = await ask('ping', peer)
		expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
		expect(stdout).toMatch(
			/^127\.0\.0\.1:\d+ {2}[0-9a-f]{40} {2}\d+ ms, SS 0\.1, sees us at 127\.0\.0\.1:\d+\n$/u,
		)
		const json = await ask('ping', peer, '--json')
		expect(objects(json.stdout)[0]).toMatchObject({
			version: 1,
			type: 'ping',
			outcome: 'answered',
			client: 'SS 0.1',
		})
	})

	it('says that nobody is there, with exit code 1', async () => {
		const { ask } = await seed()
		const { code, stdout } = await ask('ping', '127.0.0.1:9', '--timeout', '1')
		expect({ code, stdout }).toEqual({ code: 1, stdout: '127.0.0.1:9  no answer\n' })
	})

	it('announces a port, and finds it again, round by round', async () => {
		const { ask, router } = await seed()
		const nobody = await ask('get-peers', hash, ...router)
		expect(nobody.code).toBe(1)
		const announced = await ask('announce', hash, '--port', '7777', ...router)
		expect(announced.code).toBe(0)
		expect(announced.stdout).toMatch(/^announced to 1 node$/mu)
		const found = await ask('get-peers', hash, ...router)
		expect(found.code).toBe(0)
		expect(found.stdout).toMatch(/^IPv4: joined as [0-9a-f]{40} in [\d.]+ s, 1 node known$/mu)
		expect(found.stdout).toMatch(
			/^round 1, from our own table\n {2}[0-9a-f]{8} {2}2\^\d+ +127\.0\.0\.1:\d+ +\d+ ms {2}0 nodes, 1 peer$/mu,
		)
		expect(found.stdout).toMatch(/^1 peer\n {2}127\.0\.0\.1:7777$/mu)
		expect(found.stdout.split('\n').filter(line => line.length > 80)).toEqual([])
		const json = await ask('get-peers', hash, ...router, '--json')
		expect(objects(json.stdout).map(({ type }) => type)).toEqual(['joined', 'step', 'peer', 'lookup'])
	})

	it('finds the nodes closest to a place', async () => {
		const { ask, router } = await seed()
		const { code, stdout } = await ask('find', hash, ...router)
		expect(code).toBe(0)
		expect(stdout).toMatch(/1 asked, 1 answered/u)
	})

	it('says that it knows nobody to ask, with exit code 1', async () => {
		const { ask } = await seed()
		const { code, stdout } = await ask('find', hash)
		expect({ code, stdout }).toEqual({ code: 1, stdout: 'IPv4: not joined, nobody to ask\n' })
	})
})
