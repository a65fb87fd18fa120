import { expect, it } from 'vitest'
import { Refusal } from '../../source/engine/refusal.ts'
import { refuseObstacles } from '../../source/engine/strangers.ts'
import { MemoryStorage } from '../../source/practice/memory-storage.ts'
import { parseMetainfo } from '../../source/protocol/metainfo.ts'
import { makeTorrent } from '../helpers/make-torrent.ts'

it('a disk that does not say what lies at the place of a torrent is a reason not to start, and no fault of ours', async () => {
	const storage = new MemoryStorage()
	storage.before = () => {
		throw Object.assign(new Error('EACCES: no'), { code: 'EACCES' })
	}
	const metainfo = parseMetainfo(makeTorrent({ name: 'made' }).bytes)
	const looking = refuseObstacles(storage, metainfo, { paths: [['made']], options: { directory: '/save' } })
	await expect(looking).rejects.toEqual(new Refusal('disk', 'EACCES: no'))
})
