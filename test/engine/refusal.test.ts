import { expect, test } from 'vitest'
import { listenRefusal } from '../../source/engine/refusal.ts'
import type { TorrentOptions } from '../../source/engine/api.ts'

// Of the options these alone are looked at.
const options = (port: number, portIsFixed: boolean) =>
	({ bind: '10.9.9.9', port, portIsFixed }) as unknown as TorrentOptions

test.each([
	['EADDRINUSE', true, '--port: expected a free port, got 80: in use'],
	['EADDRINUSE', false, '--port: expected a free port, got 80 and what follows: in use'],
	['EACCES', true, '--port: expected a free port, got 80: not permitted, ports below 1024 often are not'],
	['EADDRNOTAVAIL', true, '--bind: expected an address of this machine, got 10.9.9.9'],
	['EWHATEVER', true, '--port: expected a free port, got 80: EWHATEVER'],
])('a port that cannot be had is explained: %s', (code, fixed, message) => {
	expect(listenRefusal(options(80, fixed), code)).toMatchObject({ code: 'port', message })
})
