// The panes, in the order of the keys 1 to 8 that open them.

export const paneNames = [
	'trackers',
	'peers',
	'pipeline',
	'pieces',
	'wire',
	'events',
	'files',
	'graphs',
] as const
export type PaneName = (typeof paneNames)[number]
