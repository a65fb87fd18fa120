// What the commands make of a magnet link.
import { describe, expect, it } from 'vitest'
import { cliResult } from '../helpers/run-cli.ts'

const hash = 'c12fe1c06bba254a9dc9f519b335aa7c1367a88a'
const link =
	`magnet:?xt=urn:btih:${hash}&dn=A+name&tr=udp%3A%2F%2Ft.example%3A80&tr=http%3A%2F%2Fu.example%2F0123456789abcdef0123%2Fannounce` +
	'&x.pe=1.2.3.4:5&x.pe=[2001:db8::1]:6&ws=http%3A%2F%2Fw.example%2F&so=0,2,4-6'

describe('info --offline', () => {
	it('prints with --json what a magnet link says', async () => {
		const { code, stdout, stderr } = await cliResult(['info', link, '--offline', '--json'])
		expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
		expect(JSON.parse(stdout)).toEqual({
			version: 1,
			infoHashV1: hash,
			infoHashV2: null,
			name: 'A name',
			trackers: ['udp://t.example:80', 'http://u.example/0123456789abcdef0123/announce'],
			peers: ['1.2.3.4:5', '[2001:db8::1]:6'],
			webSeeds: ['http://w.example/'],
			selectOnly: [0, 2, 4, 5, 6],
			nodes: [],
		})
	})

	it('prints lines without passkeys', async () => {
		const { code, stdout } = await cliResult(['info', link, '--offline'])
		expect(code).toBe(0)
		expect(stdout).toMatch(/^[ -~\n]+$/u)
		expect(stdout).toMatch(/^name +A name$/mu)
		expect(stdout).toMatch(/^only files +0,2,4-6$/mu)
		expect(stdout).not.toContain('0123456789abcdef')
	})

	it('takes a bare info hash', async () => {
		const { code, stdout } = await cliResult(['info', hash.toUpperCase(), '--offline', '--json'])
		expect(code).toBe(0)
		expect(JSON.parse(stdout)).toMatchObject({ infoHashV1: hash, name: null, trackers: [], peers: [] })
	})

	it('refuses what names no torrent in one line', async () => {
		const { code, stdout, stderr } = await cliResult(['info', 'magnet:?dn=a', '--offline', '--json'])
		expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
		expect(stderr).toBe(
			'swarmscope: no valid magnet link: expected xt=urn:btih: with an info hash, got none\n',
		)
	})
})
