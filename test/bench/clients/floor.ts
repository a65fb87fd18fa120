// The floor as a client: see floor.js. It can do one thing, download from one seed.
import { fileURLToPath } from 'node:url'
import { downloadDeadlineMs } from '../../interop/clients/client.ts'
import { ClientProcess } from '../../interop/clients/client-process.ts'
import type { Competitor } from '../competitor.ts'

const program = fileURLToPath(new URL('floor.js', import.meta.url))

export const floor: Competitor = {
	name: 'floor',
	program,
	debianPackage: '(none)',
	dialsLoopback: true,
	limits: { seeds: false, peers: 1 },

	version: () => process.versions.node,

	startSeed: () => Promise.reject(new Error('the floor does not seed')),

	startLeech: options => {
		const [peer = ''] = options.peers ?? []
		const child = new ClientProcess({
			name: 'floor',
			command: process.execPath,
			args: [program, options.torrentFile, options.infoHash, peer, options.contentDir],
			wrapper: options.wrapper ?? [],
		})
		const done = child
			.waitFor('download', () => (child.hasEnded ? child.ended : undefined), downloadDeadlineMs)
			.then(({ code }) => {
				if (code !== 0) throw child.failure('did not complete')
			})
		return Promise.resolve({ port: options.port, pid: child.pid, done, stop: () => child.stop() })
	},
}
