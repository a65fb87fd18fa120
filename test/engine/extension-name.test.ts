import { expect, test } from 'vitest'
import { extensionName } from '../../source/engine/extension-name.ts'
import { noExtensions } from '../../source/protocol/extension.ts'
import { toPeerNumber } from '../../source/protocol/ids.ts'
import type { Core } from '../../source/torrent/core.ts'

const peer = toPeerNumber(1)
const peerExtensions = { ...noExtensions, ids: new Map([['ut_pex', 9] as const]) }
// The little of a core that is looked at.
const core = { peers: new Map([[peer, { session: { peerExtensions } }]]) } as unknown as Pick<Core, 'peers'>

test('an id is ours in what comes and that of the peer in what goes', () => {
	expect(extensionName(core, { direction: 'in', peer, id: 2 })).toBe('ut_pex')
	expect(extensionName(core, { direction: 'in', peer, id: 9 })).toBeUndefined()
	expect(extensionName(core, { direction: 'out', peer, id: 9 })).toBe('ut_pex')
	expect(extensionName(core, { direction: 'out', peer, id: 2 })).toBeUndefined()
	expect(extensionName(core, { direction: 'out', peer: toPeerNumber(7), id: 9 })).toBeUndefined()
})
