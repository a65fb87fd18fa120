import { afterEach, describe, expect, test } from 'vitest'
import { encodeBencode } from '../../source/protocol/bencode-encode.ts'
import { announceOf, patient, rigClient } from '../helpers/tracker-client.ts'
import { scriptHttp } from '../helpers/tracker-server.ts'

const disposals: (() => Promise<void>)[] = []
afterEach(async () => {
	for (const dispose of disposals.splice(0)) await dispose()
})

function owned<Thing extends { close(): Promise<void> }>(thing: Thing): Thing {
	disposals.push(() => thing.close())
	return thing
}

const rig = async (options?: Parameters<typeof rigClient>[0]) => owned(await rigClient(options))
const http = async (...scripted: Parameters<typeof scriptHttp>) => owned(await scriptHttp(...scripted))

const answer = encodeBencode({ interval: 900, peers: Uint8Array.of(192, 0, 2, 1, 0x1a, 0xe1) })
const peers = [{ host: '192.0.2.1', port: 6881 }]

describe('redirects', () => {
	async function redirecting(location: (port: number) => string) {
		const server = await http((request, response) => {
			if (request.url?.startsWith('/announce/end') === true) response.end(answer)
			else response.writeHead(302, { Location: location(server.port) }).end()
		})
		return server
	}

	test('are followed, also relative ones', async () => {
		const server = await redirecting(() => '/announce/end?x=1')
		const { client } = await rig()
		const url = `http://127.0.0.1:${server.port}/announce`
		expect(await client.announce(url, announceOf(1), patient())).toMatchObject({ peers })
	})

	test('end after five', async () => {
		const server = await redirecting(() => '/announce/again')
		const { client } = await rig()
		const url = `http://127.0.0.1:${server.port}/announce`
		expect(await client.announce(url, announceOf(1), patient())).toMatchObject({ code: 'bad-redirect' })
		expect(server.requests.length).toBe(6)
	})

	test.each([
		['file:///etc/passwd', 'bad-redirect'],
		['http://[', 'bad-redirect'],
		['udp://127.0.0.1:9/announce', 'bad-redirect'],
		['/admin', 'forbidden-address'],
		['http://0.0.0.0/announce', 'forbidden-address'],
		['http://unknown.test/announce', 'name-lookup'],
	])('to %s are not followed', async (location, code) => {
		const server = await redirecting(() => location)
		const { client } = await rig()
		const url = `http://127.0.0.1:${server.port}/announce`
		expect(await client.announce(url, announceOf(1), patient())).toMatchObject({ type: 'failed', code })
		expect(server.requests.length).toBe(1)
	})

	test('carry credentials within an origin and never to another', async () => {
		const seen: (string | undefined)[] = []
		const target = await http((request, response) => {
			seen.push(request.headers.authorization)
			response.end(answer)
		})
		const server = await http((request, response) => {
			seen.push(request.headers.authorization)
			const location =
				request.url?.startsWith('/announce/2') === true
					? `http://an:other@127.0.0.1:${target.port}/announce`
					: '/announce/2'
			response.writeHead(301, { Location: location }).end()
		})
		const { client } = await rig()
		await client.announce(`http://me:s%20cret@127.0.0.1:${server.port}/announce`, announceOf(1), patient())
		const basic = `Basic ${btoa('me:s cret')}`
		expect(seen).toEqual([basic, basic, undefined])
	})
})

describe('what a stranger may not aim us at', () => {
	test.each([
		['http://127.0.0.1:PORT/admin', 'forbidden-address'],
		['http://0x7f.1:PORT/admin', 'forbidden-address'],
		['http://local.test:PORT/admin', 'forbidden-address'],
		['http://[::ffff:7f00:1]:PORT/admin', 'forbidden-address'],
		['http://0.0.0.0:PORT/announce', 'forbidden-address'],
		['http://127.0.0.1:PORT/announce?info_hash=x', 'bad-url'],
		['gopher://127.0.0.1:PORT/announce', 'bad-url'],
	])('%s', async (url, code) => {
		const server = await http((_, response) => response.end(answer))
		const { client } = await rig({ names: { 'local.test': ['127.0.0.1'] } })
		const result = await client.announce(url.replace('PORT', String(server.port)), announceOf(1), patient())
		expect(result).toMatchObject({ type: 'failed', code })
		expect(server.requests).toEqual([])
	})

	test('the address that was checked is the one that is contacted', async () => {
		const server = await http((_, response) => response.end(answer))
		const { client } = await rig({ names: { 'tracker.test': ['0.0.0.0', '127.0.0.1'] } })
		const url = `http://tracker.test:${server.port}/announce`
		expect(await client.announce(url, announceOf(1), patient())).toMatchObject({ peers })
	})
})
