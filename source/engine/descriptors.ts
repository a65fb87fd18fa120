// What a process with few descriptors gives to whom (threats D11): a file that cannot be opened stops a download,
// a peer that is not let in stops nothing.

/** Of the engine and its thread themselves: the loop, sockets that listen, the state, a tracker or two. */
const ownDescriptors = 30
const fewestOfAKind = 4
/** With more than this nobody needs to be stinted. */
const plenty = 512

export type DescriptorShares = {
	/** Open files of the torrent. */
	readonly files: number
	readonly peers: number
	/** Connections that have not said yet what they want. */
	readonly strangers: number
}

const unlimited = Number.POSITIVE_INFINITY

/** At most so many of each; `limit` is what the process may hold, undefined where nobody knows. */
export function shareDescriptors(limit: number | undefined): DescriptorShares {
	if (limit === undefined || limit > plenty)
		return { files: unlimited, peers: unlimited, strangers: unlimited }
	const spare = limit - ownDescriptors
	const share = (part: number) => Math.max(fewestOfAKind, Math.floor(spare * part))
	return { files: share(0.25), peers: share(0.35), strangers: share(0.15) }
}
