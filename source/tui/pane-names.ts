// The panes, in the order of the keys 1 to 9 that open them.

export const paneNames = [
	'trackers',
	'peers',
	'pipeline',
	'pieces',
	'wire',
	'events',
	'files',
	'graphs',
	'dht',
] as const
export type PaneName = (typeof paneNames)[number]
